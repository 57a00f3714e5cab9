"""Changes to what somebody wants, as each door makes them."""

from typing import Any

from sqlalchemy import select

from newsletter import consent, feed, subscriptions
from newsletter.changes import Change
from newsletter.consent import Visit
from newsletter.db import reader
from newsletter.subscriptions import Cause, Channel, Subscription

ADA = "ada@example.org"
HER_PAGE = Cause(Channel.ME, Visit(ip="192.0.2.7"))


def contact(address: str = ADA) -> Subscription:
    """The newest contact of this address."""
    [*_, newest] = feed.contacts_of(address)
    with reader() as session:
        return session.get_one(Subscription, newest.id)


def kinds(contact_id: str) -> list[str]:
    with reader() as session:
        told = select(Change.kind).where(Change.contact_id == contact_id).order_by(Change.id)
        return list(session.scalars(told))


def last_act(address: str = ADA) -> dict[str, Any]:
    with reader() as session:
        assert subscriptions.verify(session, contact(address).subscriber_id) == []
        return consent.proof(session, contact(address).subscriber_id)[-1]


def state(purpose: str = "tracking", address: str = ADA) -> str:
    return contact(address).state_of(purpose)
