"""`flask requests`: what people asked for in writing or by phone, and until when it has to be answered (A8.3)."""

from datetime import date, datetime

import click

from newsletter import clock
from newsletter.commands.one_of import OneOf
from newsletter.commands.reason_and_actor import actor_option, reason_option
from newsletter.commands.refusing import Group, harmless
from newsletter.privacy import Request, RequestChannel, RequestKind, requests

DAY = click.DateTime(["%Y-%m-%d"])
NUMBER = click.IntRange(1, 2**31 - 1)
group = Group("requests", help="Requests of people about their data, with due dates.")
by = actor_option("Who you are.", "staff")


@group.command()
@click.argument("kind", type=OneOf(RequestKind))
@click.option("--channel", type=OneOf(RequestChannel), default="mail", show_default=True)
@click.option("--received", type=DAY, metavar="DATE", help="The day it reached you; today when left out.")
@click.option("--reference", metavar="TEXT", help="Where the request itself is filed. No name, no address.")
@by
def add(
    kind: RequestKind, channel: RequestChannel, received: datetime | None, reference: str | None, actor: str
) -> None:
    """Note a request, and until when it has to be answered: one month after it was received."""
    received_on = day_of(received, "--received")
    added = requests.add(kind=kind, channel=channel, received_on=received_on, reference=reference, actor=actor)
    click.echo(f"Request {added.id} is due on {added.due_on}.")


@group.command()
@click.argument("number", type=NUMBER)
@click.option("--months", type=int, default=2, show_default=True, help="One or two (GDPR 12(3)).")
@click.option(
    "--told", "told_on", type=DAY, metavar="DATE", help="The day on which the person was told; today when left out."
)
@reason_option("Why: the person has to be told within the first month.")
def extend(number: int, months: int, told_on: datetime | None, reason: str) -> None:
    """Give request NUMBER more time."""
    extended = requests.extend(number, months=months, reason=reason, told_on=day_of(told_on, "--told"))
    click.echo(f"Request {extended.id} is due on {extended.due_on}.")


@group.command()
@click.argument("number", type=NUMBER)
@click.option("--answer", metavar="TEXT", help="What came of it, in a few words. No name, no address.")
@by
def done(number: int, answer: str | None, actor: str) -> None:
    """Request NUMBER has been dealt with."""
    click.echo(f"Request {requests.finish(number, answer=answer, actor=actor).id} is done.")


def day_of(named: datetime | None, option: str) -> date:
    """Today, where none is named."""
    today = clock.now().date()
    day = named.date() if named else today
    if day > today:
        raise click.BadParameter("has not come yet.", param_hint=option)
    return day


@group.command("list")
@click.option("--all", "also_done", is_flag=True, help="Those that are done, too.")
def list_requests(also_done: bool) -> None:
    """List what is open, the next to be due first."""
    for request in requests.listed(also_done=also_done):
        click.echo(described(request, clock.now().date()))


def described(request: Request, today: date) -> str:
    parts = [
        f"{request.id} {request.kind} by {request.channel}, received {request.received_on}",
        standing(request, today),
    ]
    parts += [f"extended: {request.extended_because}"] if request.extended_because else []
    parts += [request.reference] if request.reference else []
    return harmless("; ".join(parts))


def standing(request: Request, today: date) -> str:
    if request.done_at:
        answer = f": {request.answer}" if request.answer else ""
        return f"done {request.done_at:%Y-%m-%d} by {request.done_by}{answer}"
    return f"due {request.due_on}" + (" OVERDUE" if request.due_on < today else "")
