"""Whom a mail is about, and what came of it."""

from collections.abc import Callable

from sqlalchemy import select

from newsletter import clock, mailboxes, subscriptions
from newsletter.db import reader
from newsletter.feed import stats
from newsletter.subscriptions import Subscription
from tests.conftest import Contents

API = "/api/v1/newsletters/nyhedsbrev"
UNSUBSCRIBE = "unsubscribe@back.example.org"
COMPLAINTS = "complaints@back.example.org"


def counted(event: str) -> int:
    """How often it happened today, as `GET .../stats` tells."""
    today = clock.now().date()
    return sum(item[event] for item in stats("nyhedsbrev", today, today))


def contact(address: str = "ada@example.org") -> Subscription:
    with reader() as session:
        found = session.scalars(
            select(Subscription)
            .join(Subscription.subscriber)
            .where(subscriptions.Subscriber.address == address)
            .order_by(Subscription.id.desc())
        ).first()
        assert found is not None
        return found


def status(address: str = "ada@example.org") -> str:
    return contact(address).status


def token(address: str = "ada@example.org") -> str:
    return contact(address).unsubscribe_token


def of_contact(address: str = "ada@example.org") -> str:
    """The envelope sender of a letter to somebody subscribed."""
    return mailboxes.sender(mailboxes.AddressKind.CONTACT, contact(address).id) or ""


def aside(contents: Callable[[], Contents]) -> int:
    return len(contents()["mails_aside"])
