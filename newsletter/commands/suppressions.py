"""`flask suppressions`: addresses that must never be mailed (A7.8)."""

import click

from newsletter import addresses, clock, guard, logs, signups
from newsletter.commands.reason_and_actor import account, by_account, note_reading, reason_option
from newsletter.commands.refusing import Group, harmless
from newsletter.commands.start import with_every_key
from newsletter.db import reader
from newsletter.signups import Order

group = Group("suppressions", help="Addresses that asked never to be mailed.")
NOT_SUPPRESSED = "Not suppressed."
log = logs.get("suppressions")
because = reason_option("Why: it is kept with what you do.", "none given")


@group.command()
@click.argument("address")
@because
@by_account
@with_every_key
def add(address: str, reason: str, actor: str) -> None:
    """Never mail ADDRESS again. Its sign-ups are deleted and its subscriptions end, with evidence of both names."""
    key = addresses.parse(address).key
    signups.suppress(key, Order(reason=reason, actor=actor))
    log.info("suppression added", actor=actor)
    click.echo(standing(key))


@group.command()
@click.argument("address")
@because
@by_account
@with_every_key
def lift(address: str, reason: str, actor: str) -> None:
    """Allow ADDRESS to be mailed again: it can be signed up, and nothing that ended comes back.

    Who did it and why stays on record: as evidence of the person, or beside a hash of the address.
    """
    lifted = signups.lift(addresses.parse(address).key, Order(reason=reason, actor=actor))
    log.info("suppression lifted" if lifted else "no suppression to lift", actor=actor)
    click.echo("The suppression is lifted." if lifted else NOT_SUPPRESSED)


@group.command()
@click.argument("address")
@with_every_key
def show(address: str) -> None:
    """Tell whether ADDRESS is suppressed, and until when. The reading is journaled."""
    told = standing(addresses.parse(address).key)
    note_reading(f"suppressions show by {account()}", int(told != NOT_SUPPRESSED))
    click.echo(told)


def standing(address_key: str) -> str:
    with reader() as session:
        found = guard.suppression_of(session, address_key, clock.now())
    if found is None:
        return NOT_SUPPRESSED
    return f"Suppressed since {found.at:%Y-%m-%d} until {found.expires_at:%Y-%m-%d}: {harmless(found.reason)}"
