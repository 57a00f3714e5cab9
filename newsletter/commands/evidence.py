"""`flask evidence`: the proof of one person's consents, and whether everybody's still says what it said."""

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import access, addresses, consent, subscriptions
from newsletter.commands.refusing import Group
from newsletter.consent import Evidence, Fault
from newsletter.db import reader
from newsletter.errors import ContactUnknown
from newsletter.subscriptions import Subscriber

PAGE = 500  # people read at a time
NO_EVIDENCE = "there is no evidence at all"
group = Group("evidence", help="What people agreed to, and the proof of it.")


@group.command()
@click.argument("address")
@click.option("--format", "_format", type=click.Choice(["json"]), default="json", show_default=True)
def show(address: str, _format: str) -> None:
    """Print the proof of ADDRESS. The reading is journaled (D4.3)."""
    with reader() as session:
        subscriber_id = subscriber_of(session, address)
        told = proof(session, subscriber_id)
    access.record(key_id=None, peer=None, what=f"evidence of {subscriber_id}", rows=len(told["evidence"]))
    click.echo(json.dumps(told, indent=2))


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


def proof(session: Session, subscriber_id: str) -> dict[str, Any]:
    faults = faults_of(session, subscriber_id)
    return {
        "subscriber": subscriber_id,
        "chain": {"whole": not faults, "faults": [described(fault) for fault in faults]},
        "evidence": consent.proof(session, subscriber_id),
    }


def report(subscriber_ids: Iterator[str]) -> bool:
    """Print each fault and the sum; a page of people at a time, so that any number fits into memory."""
    checked = broken = 0
    while page := list(islice(subscriber_ids, PAGE)):
        with reader() as session:
            for subscriber_id in page:
                faults = faults_of(session, subscriber_id)
                for fault in faults:
                    click.echo(f"{subscriber_id} {described(fault)}")
                checked, broken = checked + 1, broken + bool(faults)
                session.expunge_all()
    click.echo(f"{checked} checked, {broken} not whole." if broken else f"{checked} checked, all whole.")
    return not broken


def faults_of(session: Session, subscriber_id: str) -> list[Fault]:
    """A subscriber without evidence is a fault as well: confirming writes both at once."""
    faults = subscriptions.verify(session, subscriber_id)
    known = session.scalar(select(Evidence.seq).where(Evidence.subscriber_id == subscriber_id).limit(1))
    return faults if known else [Fault(subscriber_id=subscriber_id, seq=0, sentence=NO_EVIDENCE)]


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


def described(fault: Fault) -> str:
    return f"record {fault.seq}: {fault.sentence}"
