"""What the connected tools hold of one person, for that person to read (Articles 15(1)(c) and 19 GDPR)."""

from sqlalchemy import select

from newsletter import clock
from newsletter.db import reader
from newsletter.feed.copies import Copy
from newsletter.subscriptions import Subscription

Told = dict[str, str | None]


def held_by_tools(contact_id: str) -> list[Told]:
    """Of the person behind a contact: what each tool holds, by its own number, and since when it is to be told more."""
    whose = select(Subscription.subscriber_id).where(Subscription.id == contact_id).scalar_subquery()
    theirs = select(Subscription.id).where(Subscription.subscriber_id == whose)
    mine = select(Copy).where(Copy.contact_id.in_(theirs)).order_by(Copy.connector, Copy.contact_id)
    with reader() as session:
        return [told(copy) for copy in session.scalars(mine)]


def told(copy: Copy) -> Told:
    return {
        "tool": copy.connector,
        "contact": copy.contact_id,
        "number": copy.remote_id,
        "holds": copy.held,
        "waiting_since": clock.iso(copy.since) if copy.since else None,
    }
