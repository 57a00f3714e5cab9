"""`flask feed`: how the tools stand, what was given up, and whether their lists are equal to ours (PRODUCT 4.10)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from newsletter import catalog, clock, config, feed, journal
from newsletter.commands.refusing import Group, harmless
from newsletter.db import reader
from newsletter.errors import ConnectorServed, ConnectorUnknown
from newsletter.feed import Standing, connectors, reconciling, webhooks
from newsletter.feed.connectors import Declared, ToolError
from newsletter.feed.reconciling import Counts, Difference
from newsletter.feed.webhooks import Webhook

REPAIRED = 500  # differences at once
EXPORT = click.Path(exists=True, dir_okay=False, path_type=Path)

group = Group("feed", help="The marketing tools, and what they hold.")


def declared(name: str) -> Declared:
    """Raises ConnectorUnknown."""
    known = connectors.declared(config.current())
    if name not in known:
        raise ConnectorUnknown
    return known[name]


@group.command()
def status() -> None:
    """Tell how far behind each connector and webhook is, what it was refused, and what keeps it from working."""
    known = connectors.declared(config.current())
    with reader() as session:
        found = feed.standings(session)
        lines = [*(line for one in found for line in described(one)), *webhook_lines(session)]
    for line in lines:
        click.echo(line)
    for name in sorted(set(known) - {one.state.name for one in found}):
        click.echo(f"{name}: declared, and no worker has begun with it.")
    if not (known or lines):
        click.echo("There is no connector, and no webhook.")


def described(one: Standing) -> Iterator[str]:
    state = one.state
    filling = ", first fill under way" if one.is_filling else ""
    yield f"{state.name} ({state.newsletter}): {lag(one.oldest)}, contacts due: {one.due}{filling}"
    if state.misconfigured:
        yield f"  STOPPED, set up wrongly: {harmless(state.answer or '')}"
    elif state.troubles:
        yield f"  in trouble: {harmless(state.answer or '')}; tried again at {moment(state.due_at)}"
    if one.oldest_withdrawal:
        yield f"  oldest withdrawal not told: {moment(one.oldest_withdrawal)}"
    yield f"  {state.done} told, {state.retried} tried again, {state.refused} refused{arrival(one.withdrawals)}"
    if one.refused or one.exhausted:
        given_up = f"{one.refused} refused by the tool, {one.exhausted} failed for days"
        yield f"  given up: {given_up}; `flask feed dead {state.name}` lists them"
    if state.drift is not None:
        yield f"  drift in contacts: {state.drift} at {moment(state.drift_at)}"


def lag(oldest: datetime | None) -> str:
    return f"{round(clock.seconds_since(oldest))} s behind" if oldest else "all told"


def arrival(known: tuple[int, float]) -> str:
    """How long withdrawals took to get there (A6.6): their number, and the sum of seconds."""
    number, seconds = known
    return f"; withdrawals: {number}, on average after {seconds / number:.1f} s" if number else ""


def moment(at: datetime | None) -> str:
    return clock.iso(at) if at else "-"


def webhook_lines(session: Session) -> Iterator[str]:
    for webhook in Webhook.all(session):
        oldest = webhooks.oldest_untold(session, webhook)
        yield f"webhook {webhook.id} ({webhook.newsletter}): {lag(oldest)}, {webhook.state}"
        results = f"{webhook.delivered} delivered, {webhook.failed} failed, {webhook.dead} given up"
        yield f"  {results}{arrival(webhook.withdrawals)}"


@group.command()
@click.argument("connector")
def check(connector: str) -> None:
    """Look whether the tool's credentials, lists and fields are as they must be. Nobody is sent."""
    try:
        connectors.check(declared(connector), config.current())
    except ToolError as error:
        raise click.ClickException(f"{connector}: {harmless(str(error))}.") from error
    click.echo(f"{connector}: the tool is as it must be.")


@group.command()
@click.argument("connector")
def dead(connector: str) -> None:
    """List the contacts that the tool will not take, or that failed for days, with its answer."""
    declared(connector)
    with reader() as session:
        for copy in feed.dead_copies(session, connector):
            click.echo(f"{copy.contact_id}  {copy.dead}  {moment(copy.since)}  {harmless(copy.answer or '')}")


@group.command()
@click.argument("connector")
@click.argument("contacts", nargs=-1)
def retry(connector: str, contacts: tuple[str, ...]) -> None:
    """Tell the tool again of what was given up or waits, at once: of these CONTACTS, or of all of them.

    Where files are dropped, the next one is.
    """
    one = declared(connector)
    due = feed.retry_copies(connector, contacts)
    click.echo("The next file is due now." if one.drops_files else f"Contacts due now: {due}.")


@group.command()
@click.argument("connector")
def forget(connector: str) -> None:
    """Forget a connector that is in the file no more, and what its tool holds. Nobody is erased there."""
    if connector in connectors.declared(config.current()):
        raise ConnectorServed
    click.echo(f"People not told of there any more: {connectors.forget(connector)}.")


@group.command()
@click.argument("connector", required=False)
@click.option("--repair", is_flag=True, help="Have the workers tell the tool what it needs to be equal.")
@click.option("--file", "theirs", type=EXPORT, metavar="CSV", help="A tool's export, instead of a CONNECTOR.")
@click.option("--newsletter", metavar="SLUG", help="Whose contacts CSV should hold; needed where there are several.")
def reconcile(connector: str | None, repair: bool, theirs: Path | None, newsletter: str | None) -> None:
    """Compare what the tool of CONNECTOR, or its export, holds with who may be mailed. Exit code 1 when they differ."""
    if (connector is None) == (theirs is None) or (theirs and repair) or (connector and newsletter):
        raise click.UsageError("Name a connector, or --file with --newsletter; only a connector can be repaired.")
    journal.refuse_restored()
    counts = reconcile_file(theirs, newsletter) if theirs else reconcile_connector(declared(connector or ""), repair)
    for kind, number in counts.items():
        click.echo(f"{kind}: {number}", err=True)
    if any(counts.values()) and not repair:
        raise click.exceptions.Exit(1)


def reconcile_connector(one: Declared, repair: bool) -> Counts:
    waiting: list[Difference] = []

    def tell(difference: Difference) -> None:
        show(difference)
        waiting.append(difference)
        if len(waiting) == REPAIRED and repair:
            reconciling.repair(one.name, waiting)
            waiting.clear()

    try:
        counts = reconciling.reconcile(connectors.tool_of(one, config.current()), one.name, one.newsletter, tell)
    except ToolError as error:
        raise click.ClickException(f"{one.name}: {harmless(str(error))}.") from error
    if repair:
        reconciling.repair(one.name, waiting)
    return counts


def reconcile_file(file: Path, newsletter: str | None) -> Counts:
    known = list(catalog.current().newsletters)
    if newsletter is None and len(known) != 1:
        raise click.UsageError(f"Say --newsletter, of {', '.join(known)}.")
    slug = catalog.current().newsletter(newsletter or known[0]).slug
    return reconciling.reconcile_file(file, slug, show)


def show(difference: Difference) -> None:
    told = difference.contact_id, difference.remote_id, difference.email_sha256
    click.echo("  ".join([difference.kind, *(harmless(one or "-") for one in told)]))


@group.command()
@click.argument("connector")
def plan(connector: str) -> None:
    """Tell what the tool would be told now, contact by contact, and tell it nothing (dry run)."""
    journal.refuse_restored()
    for line in connectors.planned(declared(connector)):
        click.echo(line)
