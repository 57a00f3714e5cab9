"""`flask evidence`: the proof of one person's consents, and whether everybody's still says what it said."""

import sys
from collections.abc import Iterator
from itertools import chain, islice

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import access, addresses, logs, privacy, proof
from newsletter.commands.refusing import Group
from newsletter.consent import Evidence
from newsletter.db import reader
from newsletter.errors import ContactUnknown
from newsletter.subscriptions import Subscriber

PAGE = 500  # people read at a time
LONGEST_NOTE = 300  # characters of the journal
group = Group("evidence", help="What people agreed to, and the proof of it.")


FORMATS = {"json": proof.JSON, "html": proof.HTML, "pdf": proof.PDF, "jsonld": proof.JSON_LD}


@group.command()
@click.argument("address")
@click.option("--format", "form", type=click.Choice([*FORMATS]), default="json", show_default=True)
def show(address: str, form: str) -> None:
    """Print the proof of ADDRESS. The reading is journaled (D4.3)."""
    if form == "pdf" and sys.stdout.isatty():
        raise click.UsageError("A PDF is not for a terminal: send it into a file.")
    with reader() as session:
        found = proof.prove(session, subscriber_of(session, address))
    access.record(key_id=None, peer=None, what=f"evidence of {found.subscriber_id}", rows=len(found.records))
    click.echo(proof.PRINTERS[FORMATS[form]](found))


@group.command()
@click.argument("address")
@click.option("--reason", required=True, metavar="TEXT", help="Why: it is kept in the journal of readings.")
@click.option("--actor", required=True, metavar="NAME", help="Who you are: it is kept there too.")
@click.option("--format", "form", type=click.Choice([*FORMATS]), default="json", show_default=True)
def locked(address: str, reason: str, actor: str, form: str) -> None:
    """Print the locked proof of whoever was erased at ADDRESS, to meet a claim; one after another, if there are more.

    The reading is journaled (A7.5).
    """
    with reader() as session:
        kept = privacy.locked_proofs(session, addresses.parse(address).key)
        found = [proof.prove(session, one.subscriber_id) for one in kept]
    people = " ".join(one.subscriber_id for one in found) or "nobody"
    said = logs.masked(f"locked evidence of {people} by {actor}: {reason}")[:LONGEST_NOTE]
    access.record(key_id=None, peer=None, what=said, rows=sum(len(one.records) for one in found))
    if not found:
        raise ContactUnknown("There is no locked proof of this address.")
    for one in found:
        click.echo(proof.PRINTERS[FORMATS[form]](one))


@group.command()
@click.argument("address", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody's, instead of that of ADDRESS.")
def verify(address: str | None, everybody: bool) -> None:
    """Check that evidence is whole. Prints every fault; exit code 1 when there is one."""
    if bool(address) == everybody:
        raise click.UsageError("Say an ADDRESS or --all.")
    whole = report(people() if address is None else one_person(address))
    if not whole:
        raise click.exceptions.Exit(1)


def subscriber_of(session: Session, address: str) -> str:
    found = Subscriber.by_address(session, addresses.parse(address).key)
    if found is None:
        raise ContactUnknown("There is no evidence of this address: nobody ever confirmed it.")
    return found.id


def report(subscriber_ids: Iterator[str]) -> bool:
    """Print each fault and the sum; a page of people at a time, so that any number fits into memory."""
    checked = broken = 0
    while page := list(islice(subscriber_ids, PAGE)):
        with reader() as session:
            for subscriber_id in page:
                faults = proof.faults(session, subscriber_id)
                for fault in faults:
                    click.echo(f"{subscriber_id} {fault}")
                checked, broken = checked + 1, broken + bool(faults)
                session.expunge_all()
    click.echo(f"{checked} checked, {broken} not whole." if broken else f"{checked} checked, all whole.")
    return not broken


def one_person(address: str) -> Iterator[str]:
    with reader() as session:
        return iter([subscriber_of(session, address)])


def people() -> Iterator[str]:
    """Everybody who has evidence or should have, in the order of their ids."""
    last = ""
    while page := people_after(last):
        yield from page
        last = page[-1]


def people_after(last: str) -> list[str]:
    with reader() as session:
        columns = (Subscriber.id, Evidence.subscriber_id)
        pages = [session.scalars(select(c).distinct().where(c > last).order_by(c).limit(PAGE)).all() for c in columns]
    return sorted(set(chain(*pages)))[:PAGE]
