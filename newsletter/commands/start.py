"""What must hold before a process may start, and the app that it hands to its threads."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click
from flask import Flask, current_app
from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.exc import DatabaseError

from newsletter import clock, config, keyring, logs, vitals
from newsletter.db import reader
from newsletter.errors import ConnectorsInvalid
from newsletter.feed import connectors
from newsletter.feed.connectors import Runner
from newsletter.feed.webhooks import WebhookSecret
from newsletter.guard import Lifting, Suppression
from newsletter.outbox import Letter
from newsletter.privacy import LockedProof
from newsletter.selfservice import AddressChange, FreshLink
from newsletter.signups import Resolution
from newsletter.subscriptions import Subscription

SIGNED = (
    Subscription.key_id,
    Suppression.key_id,
    Lifting.key_id,
    Letter.key_id,
    Resolution.key_id,
    FreshLink.key_id,
    AddressChange.key_id,
    LockedProof.key_id,
)
"""Which key each living link, and each keyed hash that is still looked up, was made with."""
P = ParamSpec("P")
log = logs.get("start")


def the_app() -> Flask:
    """For threads, which have no current one."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


def refuse_older_schema() -> None:
    """Exit where the database is older than this release. A worker could not settle what it has sent, and would send
    it again.
    """
    try:
        found = vitals.revision()
    except DatabaseError:
        log.warning("the database cannot be read yet, so its schema was not compared")
        return
    if not vitals.serves(found):
        needed = f"schema {found or '-'}, and {vitals.NEWEST} is needed"
        sys.exit(f"The service does not start:\n  The database is at {needed}: run `flask db upgrade`.")


def refuse_lost_keys() -> None:
    """Exit when the ring lacks a key that a living link, a suppression or a webhook's secret names (PRODUCT 4.12)."""
    try:
        lost = lost_keys()
    except DatabaseError:
        log.warning("the database cannot be read yet, so its keys were not compared")
        lost = []
    if lost:
        sys.exit(f"The service does not start:\n  NEWSLETTER_SECRET_KEYS: {sentence(lost)}")


def with_every_key(command: Callable[P, None]) -> Callable[P, None]:
    """For what looks an address up by keyed hashes: without a key of theirs it would say that there is nothing."""

    @wraps(command)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        if lost := lost_keys():
            raise click.ClickException(f"NEWSLETTER_SECRET_KEYS: {sentence(lost)}")
        command(*args, **kwargs)

    return checked


def connectors_or_exit() -> list[Runner]:
    """What keeps the tools' lists equal to ours. Exit when the file that declares it has mistakes."""
    try:
        return connectors.runners(config.current())
    except ConnectorsInvalid as error:
        sys.exit(f"The service does not start:\n{error}")


def sentence(lost: list[str]) -> str:
    return (
        f"lacks a key that living links, suppressions or webhooks still need ({', '.join(lost)}). "
        "Put it back, behind the others; reduce:KEY keeps it for leaving alone."
    )


def lost_keys() -> list[str]:
    """The names of keys that something living was made with and that the ring lacks."""
    still_signs = WebhookSecret.ends_at.is_(None) | (WebhookSecret.ends_at > clock.now())
    selects = [select(column).where(column.is_not(None)) for column in SIGNED]
    named: CompoundSelect[str | None] = union(*selects, select(WebhookSecret.key_id).where(still_signs))
    with reader() as session:
        used = {name for name in session.scalars(named) if name}
    return sorted(used - {key.id for key in keyring.ring()})
