"""What must hold before a process may start."""

import sys

from flask import current_app
from sqlalchemy import select, union
from sqlalchemy.exc import OperationalError

from newsletter import keyring
from newsletter.db import reader
from newsletter.guard import Suppression
from newsletter.outbox import Letter
from newsletter.signups import Resolution
from newsletter.subscriptions import Subscription


def refuse_lost_keys() -> None:
    """Exit when a living link or a suppression names a key that is no longer in the ring (PRODUCT 4.12)."""
    lost = lost_keys()
    if lost:
        sys.exit(
            "The service does not start:\n"
            f"  NEWSLETTER_SECRET_KEYS: lacks a key that living links or suppressions still need ({', '.join(lost)}). "
            "Put it back, behind the others; reduce:KEY keeps it for leaving alone."
        )


def lost_keys() -> list[str]:
    """The names of keys that something living was made with and that the ring lacks. Without a database, none."""
    columns = (Subscription.key_id, Suppression.key_id, Letter.key_id, Resolution.key_id)
    named = union(*(select(column).where(column.is_not(None)) for column in columns))
    try:
        with reader() as session:
            used = {str(name) for name in session.scalars(named)}
    except OperationalError:
        current_app.logger.warning("The database cannot be reached yet, so its keys were not compared.")
        return []
    return sorted(used - {key.id for key in keyring.ring()})
