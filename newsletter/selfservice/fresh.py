"""Fresh links: who reads the mailbox may see and change everything, for an hour (PRODUCT 4.6, A8.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock, ids, keyring, links
from newsletter.columns import Id, Instant
from newsletter.db import Base, reader, transaction
from newsletter.errors import ContactUnknown, LinkDead
from newsletter.links import Purpose
from newsletter.subscriptions import Subscriber, Subscription

LIFETIME = timedelta(hours=1)


class FreshLink(Base):
    """The one fresh link that a person has at a time; a newer one takes its place."""

    __tablename__ = "fresh_links"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subscriber_id: Mapped[str] = mapped_column(Id, ForeignKey("subscribers.id"), unique=True)
    letter_id: Mapped[str] = mapped_column(Id)
    key_id: Mapped[str]
    issued_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)

    @classmethod
    def of(cls, session: Session, subscriber: Subscriber) -> Self | None:
        return session.scalar(select(cls).where(cls.subscriber_id == subscriber.id))

    @classmethod
    def issue(cls, session: Session, subscriber: Subscriber, letter_id: str, at: datetime) -> Self:
        """A new one, which kills the older. The caller holds the person's lock."""
        forget(session, subscriber.id)
        issued = cls(
            id=ids.new(),
            subscriber_id=subscriber.id,
            letter_id=letter_id,
            key_id=keyring.newest().id,
            issued_at=at,
            expires_at=at + LIFETIME,
        )
        session.add(issued)
        return issued

    @property
    def url(self) -> str:
        return links.url(Purpose.ME, links.sign(Purpose.ME, self.id))


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whoever opened a living fresh link, with all their subscriptions, the newest first."""

    link_id: str
    expires_at: datetime
    subscriber: Subscriber
    subscriptions: Sequence[Subscription]

    @property
    def newest(self) -> Subscription:
        """The subscription in whose language, and in whose newsletter's name, the person is spoken to."""
        return spokesman(self.subscriptions)

    def own(self, contact_id: str) -> Subscription:
        """One of this person's subscriptions. Raises ContactUnknown for anybody else's."""
        found = next((one for one in self.subscriptions if one.id == contact_id), None)
        if found is None:
            raise ContactUnknown
        return found


def spokesman(subscriptions: Sequence[Subscription]) -> Subscription:
    """The newest living subscription, else the newest of all; they come with the newest first."""
    return next((one for one in subscriptions if not one.is_over), subscriptions[0])


def subscriptions_of(session: Session, subscriber_id: str) -> Sequence[Subscription]:
    """All of a person's, the newest first."""
    return Subscription.all_of(session, subscriber_id)[::-1]


def by_link(token: str, at: datetime | None = None) -> Person:
    """The person that this fresh link was mailed to, while it lives, to the second, now or then. Raises LinkDead."""
    link_id = links.read(Purpose.ME, token)
    with reader() as session:
        link = session.get(FreshLink, link_id)
        if link is None or link.expires_at <= (at or clock.now()):
            raise LinkDead
        subscriptions = subscriptions_of(session, link.subscriber_id)
    if not subscriptions:
        raise LinkDead
    return Person(
        link_id=link.id, expires_at=link.expires_at, subscriber=subscriptions[0].subscriber, subscriptions=subscriptions
    )


def forget(session: Session, subscriber_id: str) -> None:
    """Kill a person's fresh link, in the caller's transaction: a newer one comes, or the person is erased."""
    session.execute(delete(FreshLink).where(FreshLink.subscriber_id == subscriber_id))


def forget_expired() -> int:
    """Delete the rows of links that are dead by their age; how many."""
    with transaction() as session:
        dead = delete(FreshLink).where(FreshLink.expires_at <= clock.now())
        return len(session.execute(dead.returning(FreshLink.id)).all())
