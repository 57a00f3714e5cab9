"""`flask doctor`: is everything here that the service needs? One line a check."""

from collections.abc import Callable, Iterator

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from newsletter.commands import checks, dns, tools
from newsletter.commands.finding import Finding, Level, fail
from newsletter.commands.refusing import Command, harmless, unusable
from newsletter.commands.start import refuse_lost_keys
from newsletter.errors import NewsletterError

Check = Callable[[], Iterator[Finding]]
CHECKS: dict[str, Check] = {
    "settings": checks.settings,
    "database": checks.database,
    "rights": checks.rights,
    "durability": checks.durability,
    "catalogue": checks.catalogue,
    "relay": checks.relay,
    "dns": dns.senders,
    "clock": checks.server_clock,
    "keys": checks.keys,
    "forwarding": checks.forwarding,
    "webhooks": tools.receivers,
    "connectors": tools.connected,
    "journal": checks.journal_folder,
}


@click.command(cls=Command)
@click.option("--start", is_flag=True, help="Only what would keep the service from starting, as gunicorn asks.")
@with_appcontext
def doctor(start: bool) -> None:
    """Check settings, database, catalogue, relay, DNS, clock, keys, proxies, tools. Exit code 1 when one fails."""
    if start:
        refuse_lost_keys()
    else:
        check_everything()


def check_everything() -> None:
    """What keeps several checks from being made is told with the first of them."""
    failed: dict[str, str] = {}
    for name, check in CHECKS.items():
        for finding in findings(check):
            first = failed.get(finding.sentence)
            sentence = f"The reason is told with {first}." if first else harmless(finding.sentence)
            click.echo(f"{finding.level:<4}  {name}: {sentence}")
            if finding.level is Level.FAIL:
                failed.setdefault(finding.sentence, name)
    if failed:
        raise click.exceptions.Exit(1)


def findings(check: Check) -> Iterator[Finding]:
    """One check that cannot be made does not keep the others from being made."""
    try:
        yield from check()
    except SQLAlchemyError as error:
        yield fail(unusable(error))
    except NewsletterError as refusal:
        yield fail(str(refusal))
