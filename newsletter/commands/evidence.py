"""`flask evidence`: the proof of one person's consents, and whether everybody's still says what it said."""

import sys
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from itertools import chain

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter import addresses, consent, journal, privacy, proof, subscriptions
from newsletter.commands.reason_and_actor import because, by, by_account, note_reading
from newsletter.commands.refusing import Group
from newsletter.commands.start import with_every_key
from newsletter.commands.unknown_address import unknown
from newsletter.consent import Anchors, Audit, Elsewhere, Evidence, Fault, ToldRemovals
from newsletter.db import moment, reader
from newsletter.errors import ContactUnknown
from newsletter.privacy import LockedProof
from newsletter.proof import Proof
from newsletter.subscriptions import Subscriber

PAGE = 500  # people read at a time
NOBODY = "There is no evidence of this address: nobody ever confirmed it."
FORMATS = {"json": proof.JSON, "html": proof.HTML, "pdf": proof.PDF, "jsonld": proof.JSON_LD}
group = Group("evidence", help="What people agreed to, and the proof of it.")
in_format = click.option("--format", "form", type=click.Choice([*FORMATS]), default="json", show_default=True)


@group.command()
@click.argument("address")
@by_account
@in_format
@with_every_key
def show(address: str, actor: str, form: str) -> None:
    """Print the proof of ADDRESS. The reading is journaled (D4.3)."""
    refuse_pdf_on_terminal(form)
    with moment() as session:
        found = proof.prove(session, subscriber_of(session, address))
    note_reading(f"evidence of {found.subscriber_id} by {actor}", len(found.records))
    click.echo(proof.PRINTERS[FORMATS[form]](found))


def refuse_pdf_on_terminal(form: str) -> None:
    if form == "pdf" and sys.stdout.isatty():
        raise click.UsageError("A PDF is not for a terminal: send it into a file.")


@group.command()
@click.argument("address")
@because
@by
@in_format
@with_every_key
def locked(address: str, reason: str, actor: str, form: str) -> None:
    """Print the locked proof of whoever was erased at ADDRESS, to meet a claim; one after another, if there are more.

    The reading is journaled (A7.5).
    """
    refuse_pdf_on_terminal(form)
    with moment() as session:
        kept = privacy.locked_proofs(session, addresses.parse(address).key)
        if form == "pdf" and len(kept) > 1:
            raise click.UsageError(f"There are {len(kept)} locked proofs, and a PDF holds one: take --format html.")
        found = [proven(session, one.subscriber_id) for one in kept]
    people = " ".join(one.subscriber_id for one in found) or "nobody"
    note_reading(f"locked evidence of {people} by {actor}: {reason}", sum(len(one.records) for one in found))
    if not found:
        raise ContactUnknown("There is no locked proof of this address.")
    for one in found:
        click.echo(proof.PRINTERS[FORMATS[form]](one))


def proven(session: Session, subscriber_id: str) -> Proof:
    """Of somebody who was erased: its chain has to end with that."""
    found = proof.prove(session, subscriber_id)
    return found.with_faults(privacy.locked_faults(session, [subscriber_id]))


@group.command()
@click.argument("address", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody's; so it is without an ADDRESS, too.")
@click.option("--anchor", "anchors", multiple=True, metavar="NUMBER=ROOT", help="With --all: as a letter has it.")
def verify(address: str | None, everybody: bool, anchors: tuple[str, ...]) -> None:
    """Check that evidence is whole: of one ADDRESS, or of everybody. Exit code 1 when there is a fault."""
    if address is not None and (everybody or anchors):
        raise click.UsageError("Say an ADDRESS, or --all with the anchors.")
    whole = verify_all(set(map(anchor, anchors))) if address is None else verify_one(address)
    if not whole:
        raise click.exceptions.Exit(1)


def anchor(said: str) -> tuple[int, str]:
    number, _, root = said.strip().partition("=")
    if not number.isdecimal() or not root:
        raise click.UsageError(f"Say --anchor NUMBER=ROOT, not {said!r}.")
    return int(number), root.strip().lower()


def subscriber_of(session: Session, address: str) -> str:
    key = addresses.parse(address).key
    found = Subscriber.by_address(session, key)
    if found is None:
        raise unknown(key, NOBODY)
    return found.id


def verify_one(address: str) -> bool:
    """The chain, that the anchors are those of the journal, and that its newest leaf leads to one of them."""
    with moment() as session:
        subscriber_id = subscriber_of(session, address)
        found = subscriptions.verify(session, subscriber_id)
        written = consent.written_anchors(session) if journal.is_kept() else frozenset[int]()
        entries = outside()
        found += consent.anchor_faults(session, subscriber_id, entries)
        unlike = consent.unlike_the_journal(session, entries, written)
    tell(found)
    for sentence in unlike:
        click.echo(sentence)
    return conclude(1, int(bool(found))) and not unlike


def verify_all(roots: Set[tuple[int, str]]) -> bool:
    """First every chain, then every anchor; a page at a time, so that any number fits into memory."""
    checked = broken = 0
    with reader() as session:
        total = session.execute(select(func.count()).select_from(Subscriber)).scalar_one()
        anchors = Anchors.read(session)  # what is made meanwhile dates none of their records
    with click.progressbar(length=total, label="Checking evidence", file=sys.stderr) as bar:
        for page in people():
            with moment() as session:
                checked, broken = checked + len(page), broken + len(tell_faults(session, page, anchors))
            bar.update(len(page))
    holds = tell_anchors(roots)
    return conclude(checked, broken) and holds


def tell_faults(session: Session, subscriber_ids: list[str], anchors: Anchors) -> set[str]:
    """Print each fault; whose chains have one."""
    faults = subscriptions.verify_all(session, subscriber_ids, anchors)
    faults += privacy.locked_faults(session, subscriber_ids)
    tell(faults)
    return {fault.subscriber_id for fault in faults}


def tell(faults: Sequence[Fault]) -> None:
    for fault in faults:
        click.echo(f"{fault.subscriber_id} {fault}")


def conclude(checked: int, broken: int) -> bool:
    click.echo(f"{checked} checked, {broken} not whole." if broken else f"{checked} checked, all whole.")
    return not broken


def tell_anchors(roots: Set[tuple[int, str]]) -> bool:
    """Print what the anchors say, where there is one; whether they hold."""
    with moment() as session, elsewhere(session, roots) as known:
        found = consent.audit(session, known)
    for sentence in found.faults:
        click.echo(sentence)
    for line in noted(found):
        click.echo(line)
    return not found.faults


@contextmanager
def elsewhere(session: Session, roots: Set[tuple[int, str]]) -> Iterator[Elsewhere]:
    """What the database says to be written by now is asked for before the files are read."""
    if not journal.is_kept():
        yield Elsewhere(roots=roots)
        return
    written = consent.written_anchors(session)
    with journal.readable(), ToldRemovals.of(journal.removed_chains()) as removals:
        yield Elsewhere(entries=journal.anchors(), written=written, removals=removals, roots=roots)


def noted(found: Audit) -> Iterator[str]:
    if found.anchors:
        last = found.anchors[-1]
        state = "not all hold" if found.faults else "all hold"
        yield f"{len(found.anchors)} anchors, the last of {last.at:%Y-%m-%d}: {state}."
    else:
        yield "No anchor: nothing outside the database vouches for it."
    if found.removed:
        chains = "1 anchored chain was" if found.removed == 1 else f"{found.removed} anchored chains were"
        yield f"{chains} removed by a rule of retention."
    for lost in found.lost:
        yield f"anchor {lost.number} of {lost.at:%Y-%m-%d} belongs to a time that was lost in a restore."


def outside() -> list[journal.Entry]:
    """The anchors as other storage has them; none where no journal is kept."""
    with journal.readable():
        return journal.anchors() if journal.is_kept() else []


def people() -> Iterator[list[str]]:
    """Everybody who has evidence or should have, in the order of their ids, a page at a time.

    SQLite can hold an id that is no text. It comes after all that are, and is nobody's: that of its person is missed.
    """
    last = ""
    while page := people_after(last):
        yield page
        last = page[-1]


def people_after(last: str) -> list[str]:
    with reader() as session:
        columns = (Subscriber.id, Evidence.subscriber_id, LockedProof.subscriber_id)
        pages = [session.scalars(select(c).distinct().where(c > last).order_by(c).limit(PAGE)).all() for c in columns]
    found: set[object] = set(chain(*pages))
    return sorted(name for name in found if isinstance(name, str))[:PAGE]
