"""Contacts one by one, and page by page.

A contact is never built here: its document was finished when the subscription changed, and pages are made by
joining such documents.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from sqlalchemy import Connection, select

from newsletter import changes, ids
from newsletter.changes import Cursor
from newsletter.db import reader, snapshot
from newsletter.errors import ContactUnknown, CursorInvalid
from newsletter.feed.selection import Selection
from newsletter.subscriptions import Completion, Subscriber, Subscription

LONGEST_CURSOR = 200  # characters
OTHERS = "The cursor goes on with the newsletter and the filters that it was given for, and with no others."


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One contact: its document, and what decides who may read it."""

    id: str
    newsletter: str
    subscriber_id: str
    document: str

    @classmethod
    def of(cls, subscription: Subscription) -> Self:
        return cls(
            id=subscription.id,
            newsletter=subscription.newsletter,
            subscriber_id=subscription.subscriber_id,
            document=Completion.now().text(subscription.contact),
        )


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A walk through the list: where it stands, how things stood when it began, and who is meant.

    Whoever has walked to the end asks `changes` for what happened since the beginning, so every page says where
    that was; and counting a million contacts anew for each page would cost more than the page.
    """

    last_id: str
    began: Cursor
    count: int
    mark: str

    @classmethod
    def begin(cls, connection: Connection, selection: Selection) -> Self:
        began, count = changes.latest(connection, selection.newsletter), selection.count(connection)
        return cls(last_id="", began=began, count=count, mark=selection.mark)

    @classmethod
    def parse(cls, raw: str) -> Self:
        """Raises CursorInvalid for what `str()` of a walk never gave."""
        last_id, began, count, mark = unpacked(raw)
        if not (ids.could_be(last_id) and count.isdecimal() and len(count) < 12):
            raise CursorInvalid
        return cls(last_id=last_id, began=Cursor.parse(began), count=int(count), mark=mark)

    def __str__(self) -> str:
        packed = f"{self.last_id} {self.began.told} {self.count} {self.mark}".encode()
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def unpacked(raw: str) -> tuple[str, str, str, str]:
    padded = raw[:LONGEST_CURSOR] + "=" * (-len(raw) % 4)
    try:
        last_id, began, count, mark = base64.b64decode(padded, b"-_", validate=True).decode("ascii").split(" ")
    except ValueError as error:
        raise CursorInvalid from error
    return last_id, began, count, mark


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """A page of the list."""

    documents: Sequence[str]
    walk: Walk
    next: Walk | None


def contacts(selection: Selection, walk: Walk | None, limit: int) -> Contacts:
    """The next page of a walk, or the first one of a new walk; all of a page is from one snapshot.

    Raises CursorInvalid for a walk through other contacts than these.
    """
    if walk and walk.mark != selection.mark:
        raise CursorInvalid(OTHERS)
    with snapshot() as connection:
        walk = walk or Walk.begin(connection, selection)
        wanted = selection.page(walk.last_id, limit + 1, Subscription.id, Subscription.contact)
        found = connection.execute(wanted).all()
    page = found[:limit]
    more = len(found) > limit
    follow = replace(walk, last_id=page[-1].id) if more else None
    completion = Completion.now()
    return Contacts(documents=[completion.text(row.contact) for row in page], walk=walk, next=follow)


def contact(contact_id: str) -> Contact:
    """Raises ContactUnknown."""
    with reader() as session:
        found = session.get(Subscription, contact_id) if ids.could_be(contact_id) else None
        if found is None:
            raise ContactUnknown
        return Contact.of(found)


def contacts_of(address_key: str) -> list[Contact]:
    """Every contact of one address, whatever its status, oldest first."""
    wanted = select(Subscription).join(Subscription.subscriber).where(Subscriber.address_key == address_key)
    with reader() as session:
        return [Contact.of(found) for found in session.scalars(wanted.order_by(Subscription.id))]


def contacts_of_person(subscriber_id: str) -> list[Contact]:
    """Every contact of one person, whatever its status, oldest first."""
    with reader() as session:
        return [Contact.of(found) for found in Subscription.all_of(session, subscriber_id)]
