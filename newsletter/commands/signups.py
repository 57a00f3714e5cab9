"""`flask signups`: keeping a disputed sign-up as evidence (A4.7)."""

from datetime import UTC, datetime, timedelta

import click

from newsletter import addresses, clock, logs
from newsletter.commands.reason_and_actor import actor_option, reason_option
from newsletter.commands.refusing import Group, harmless
from newsletter.signups import Hold, Order, disputes

DAY = click.DateTime(["%Y-%m-%d"])
group = Group("signups", help="Sign-ups that nobody has confirmed yet.")
log = logs.get("signups")
because = reason_option("Why: it is kept with the hold.", "disputed")
by = actor_option("Who you are: kept as well.", "staff")


@group.command()
@click.argument("address")
@click.option("--until", "last_day", type=DAY, required=True, metavar="DATE", help="The last day, like 2027-01-31.")
@because
@by
def hold(address: str, last_day: datetime, reason: str, actor: str) -> None:
    """Do not delete the sign-ups of ADDRESS that wait now, up to and with that day. Their links die in time."""
    until = day_after(last_day)
    if until <= clock.now():
        raise click.BadParameter("is a day that is over.", param_hint="--until")
    key = addresses.parse(address).key
    held = disputes.keep(key, until, Order(reason=reason, actor=actor))
    log.info("signups held", actor=actor, signups=[each.signup_id for each in held], until=clock.iso(until))
    click.echo(f"{len(held)} held until {last_day:%Y-%m-%d}.{longer(key, until)}")


def longer(address_key: str, until: datetime) -> str:
    """Of several holds the latest end counts."""
    found = disputes.holds_of(address_key)
    return f" An earlier hold lasts until {found[-1].last_day}." if found and found[-1].until > until else ""


def day_after(last_day: datetime) -> datetime:
    """Its first instant. The last day of all has none."""
    try:
        return last_day.replace(tzinfo=UTC) + timedelta(days=1)
    except OverflowError as error:
        raise click.BadParameter("is too far away.", param_hint="--until") from error


@group.command()
@click.argument("address")
@because
@by
def release(address: str, reason: str, actor: str) -> None:
    """End the holds on the sign-ups of ADDRESS. What is past its deadline goes within a minute."""
    ended = disputes.release(addresses.parse(address).key, Order(reason=reason, actor=actor))
    log.info("signups released", actor=actor, holds=ended)
    click.echo(f"{ended} released." if ended else "Nothing was held.")


@group.command("list")
def list_holds() -> None:
    """List what is held: the sign-up's id, its newsletter, until when, who said so and why."""
    for found in disputes.holds():
        click.echo(described(found))


def described(found: Hold) -> str:
    return f"{found.signup_id} {found.newsletter} until {found.last_day}, {harmless(f'{found.actor}: {found.reason}')}"
