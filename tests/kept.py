"""What is kept of somebody, found by their address: the person, their newest contact, and their evidence."""

from typing import Any

from sqlalchemy import select

from newsletter import consent, subscriptions
from newsletter.changes import Change
from newsletter.db import reader
from newsletter.subscriptions import Subscriber, Subscription


def subscriber_id(address: str = "ada@example.org") -> str:
    with reader() as session:
        found = Subscriber.by_address(session, address)
        assert found is not None
        return found.id


def contact(address: str = "ada@example.org") -> Subscription:
    """Their newest one."""
    with reader() as session:
        return Subscription.all_of(session, subscriber_id(address))[-1]


def kinds(contact_id: str) -> list[str]:
    """Of what was told of this contact."""
    with reader() as session:
        return list(session.scalars(select(Change.kind).where(Change.contact_id == contact_id).order_by(Change.id)))


def faults(address: str = "ada@example.org") -> list[str]:
    """What verification finds."""
    with reader() as session:
        return [fault.sentence for fault in subscriptions.verify(session, subscriber_id(address))]


def proof(address: str = "ada@example.org") -> list[dict[str, Any]]:
    with reader() as session:
        return consent.proof(session, subscriber_id(address))


def acts(address: str = "ada@example.org") -> list[str]:
    return [record["act"] for record in proof(address)]


def last_act(address: str = "ada@example.org") -> dict[str, Any]:
    """Of evidence that is whole."""
    assert faults(address) == []
    return proof(address)[-1]
