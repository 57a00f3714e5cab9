"""`flask keys`: who may use the machine interface (D4.2)."""

from datetime import datetime, timedelta

import click

from newsletter import access, catalog, clock, logs
from newsletter.access import ApiKey, Scope
from newsletter.commands.one_of import OneOf
from newsletter.commands.reason_and_actor import said
from newsletter.commands.refusing import Group, harmless
from newsletter.config import limits
from newsletter.db import reader
from newsletter.feed import webhooks

LONGEST = 36_500  # days

log = logs.get("keys")
group = Group("keys", help="API keys: each for one client, with the least it needs.")


def spelt(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Limits as the settings have them."""
    try:
        limits(value or "")
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


@group.command()
@click.argument("name", callback=said)
@click.option("--scope", "scopes", required=True, multiple=True, type=OneOf(Scope), help="What it may do.")
@click.option("--newsletter", "newsletters", multiple=True, metavar="SLUG", help="Where; everywhere when left out.")
@click.option("--limit", metavar="LIMITS", callback=spelt, help="Sign-ups that it may send, like 200/hour.")
@click.option("--expires", type=click.IntRange(1, LONGEST), metavar="DAYS", help="When it ends; never when left out.")
def create(
    name: str, scopes: tuple[Scope, ...], newsletters: tuple[str, ...], limit: str | None, expires: int | None
) -> None:
    """Make a key for the client NAME. It is the last line, and never shown again."""
    for slug in newsletters:
        catalog.current().newsletter(slug)
    made = access.create(name, scopes, newsletters, expires, limits=limit)
    log.info("key created", key=id_of(made), scopes=list(scopes), newsletters=list(newsletters))
    click.echo(made)


@group.command(name="list")
def show() -> None:
    """Tell of every key but what it is."""
    with reader() as session:
        for key in ApiKey.all(session):
            click.echo(described(key))


@group.command()
@click.argument("id")
def revoke(id: str) -> None:
    """End the key ID now. Safe to repeat. Webhooks that it made and that are enabled go on, and are named."""
    key = access.revoke(id)
    log.info("key revoked", key=key.id)
    click.echo(f"{key.id} ({harmless(key.name)}) is revoked.")
    for webhook in webhooks.all_webhooks():
        if webhook.created_by == key.id and webhook.is_enabled:
            click.echo(f"{webhook.id}, a webhook that it made, goes on to {harmless(webhook.url)}")


@group.command()
@click.argument("id")
def release(id: str) -> None:
    """Believe the reports of the held key ID again. Safe to repeat."""
    key = access.release(id)
    log.info("key released", key=key.id)
    click.echo(f"{key.id} ({harmless(key.name)}) is not held.")


@group.command()
@click.argument("id")
@click.option(
    "--overlap",
    type=click.IntRange(0, LONGEST),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="How long ID still works.",
)
def rotate(id: str, overlap: int) -> None:
    """Make a key that may do what the key ID may, which ends after the overlap. It is the last line."""
    made = access.rotate(id, timedelta(days=overlap))
    log.info("key rotated", key=id, by=id_of(made))
    click.echo(made)


def id_of(made: str) -> str:
    """What may be told of a key that was just made."""
    return made.split("_")[1]


def described(key: ApiKey) -> str:
    return "  ".join(
        [
            key.id,
            harmless(key.name),
            " ".join(key.scopes),
            ",".join(key.newsletters) or "all newsletters",
            *([f"limit {key.limits}"] if key.limits else []),
            f"created {key.created_at:%Y-%m-%d}",
            state(key, clock.now()),
            f"last used {key.last_used_on}" if key.last_used_on else "never used",
            *([f"held since {key.held_at:%Y-%m-%d %H:%M}"] if key.held_at else []),
        ]
    )


def state(key: ApiKey, at: datetime) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "never expires"
    return f"{'expires' if key.is_valid(at) else 'expired'} {key.expires_at:%Y-%m-%d}"
