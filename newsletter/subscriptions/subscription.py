"""A person's relation to one newsletter, and the only rules by which it changes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from newsletter import ids, keyring, links
from newsletter.columns import KEPT, Id, Instant, Json
from newsletter.db import Base
from newsletter.entities import made
from newsletter.errors import SubscriptionOver
from newsletter.subscriptions.beginning import Asked
from newsletter.subscriptions.contact import written
from newsletter.subscriptions.states import ConsentState, Status, begun, consent
from newsletter.subscriptions.subscriber import Subscriber

IS_LIVING = text("subscriptions.status <> 'unsubscribed'")
"""Spelt out and never a parameter: only so does the planner know that the index of living subscriptions will do."""
OVER = text("status = 'unsubscribed'")


class Subscription(Base):
    """One contact of the feed. It ends and is never revived: who returns gets a new one."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index(
            "uq_subscriptions_living",
            "subscriber_id",
            "newsletter",
            unique=True,
            postgresql_where=text("status <> 'unsubscribed'"),
            sqlite_where=text("status <> 'unsubscribed'"),
        ),
        Index("ix_subscriptions_subscriber_id", "subscriber_id"),
        Index("ix_subscriptions_newsletter_status_id", "newsletter", "status", "id"),
        Index("ix_subscriptions_newsletter_status_changed_at", "newsletter", "status", "changed_at"),
        Index("ix_subscriptions_ended_at", "ended_at", postgresql_where=OVER, sqlite_where=OVER),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subscriber_id: Mapped[str] = mapped_column(Id, ForeignKey("subscribers.id"))
    newsletter: Mapped[str]
    status: Mapped[str]
    language: Mapped[str]
    fields: Mapped[dict[str, str]] = mapped_column(Json)
    topics: Mapped[list[str]] = mapped_column(Json)
    consents: Mapped[dict[str, dict[str, Any]]] = mapped_column(Json)
    granted: Mapped[list[str]] = mapped_column(Json)
    source: Mapped[str | None]
    signed_up_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_on: Mapped[date | None] = mapped_column(info=KEPT)
    resumes_as: Mapped[str | None]
    version: Mapped[int]
    key_id: Mapped[str]
    unsubscribe_token: Mapped[str]
    manage_token: Mapped[str]
    contact: Mapped[str]
    sheet: Mapped[str | None]
    sheet_key: Mapped[str | None]

    subscriber: Mapped[Subscriber] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def begin(cls, subscriber: Subscriber, asked: Asked, granted: Mapping[str, str], at: datetime) -> Self:
        """A new subscription from this instant on; `granted` is purpose -> wording id."""
        contact_id = ids.new()
        values = {
            "id": contact_id,
            "subscriber_id": subscriber.id,
            "subscriber": subscriber,
            "newsletter": asked.newsletter,
            "status": Status.SUBSCRIBED,
            "language": asked.language,
            "fields": dict(asked.fields),
            "topics": sorted(asked.topics),
            "consents": begun(asked.offered, granted, at),
            "granted": sorted(granted),
            "source": asked.source,
            "signed_up_at": asked.signed_up_at,
            "confirmed_at": at,
            "version": 0,
            "key_id": keyring.newest().id,
            "unsubscribe_token": links.sign(links.Purpose.UNSUBSCRIBE, contact_id),
            "manage_token": links.sign(links.Purpose.MANAGE, contact_id),
        }
        subscription = made(cls, values)
        subscription.touch(at)
        return subscription

    @classmethod
    def living(cls, session: Session, subscriber_id: str, newsletter: str) -> Self | None:
        mine = select(cls).where(cls.subscriber_id == subscriber_id, cls.newsletter == newsletter, IS_LIVING)
        return session.scalar(mine)

    @classmethod
    def all_living(cls, session: Session, subscriber_id: str) -> list[Self]:
        return list(session.scalars(select(cls).where(cls.subscriber_id == subscriber_id, IS_LIVING).order_by(cls.id)))

    @classmethod
    def all_of(cls, session: Session, subscriber_id: str) -> list[Self]:
        """Every subscription of a person, over or not; the oldest first."""
        return list(session.scalars(select(cls).where(cls.subscriber_id == subscriber_id).order_by(cls.id)))

    @property
    def agreed(self) -> dict[str, str]:
        """Purpose -> id of the wording under which it is granted."""
        return {purpose: self.consents[purpose]["wording"] for purpose in self.granted}

    @property
    def is_over(self) -> bool:
        return self.status == Status.UNSUBSCRIBED

    def refuse_when_over(self) -> None:
        if self.is_over:
            raise SubscriptionOver

    def lacks(self, topics: Iterable[str], purposes: Iterable[str]) -> bool:
        """Whether confirming these would add anything."""
        return bool(set(topics) - set(self.topics) or set(purposes) - set(self.granted))

    def add_topics(self, topics: Iterable[str], at: datetime) -> bool:
        """Add topics and remove none, at an address that has just proven that it works. False when nothing is new."""
        wanted, was_suspended = sorted({*self.topics, *topics}), self.unsuspend()
        if wanted == self.topics and not was_suspended:
            return False
        self.topics = wanted
        self.touch(at)
        return True

    def unsuspend(self) -> bool:
        """The address works, so it is mailed again, or will be once a restriction ends. False when nothing was."""
        was_suspended = Status.SUSPENDED in (self.status, self.resumes_as)
        if self.status == Status.SUSPENDED:
            self.status = Status.SUBSCRIBED
        elif was_suspended:
            self.resumes_as = Status.SUBSCRIBED
        return was_suspended

    def add_purposes(self, granted: Mapping[str, str], at: datetime) -> bool:
        """Grant purposes and withdraw none. False when each was granted before, by whatever words."""
        self.refuse_when_over()
        new = {
            name: consent(ConsentState.GRANTED, at, wording)
            for name, wording in granted.items()
            if name not in self.granted
        }
        if not new:
            return False
        self.consents, self.granted = {**self.consents, **new}, sorted({*self.granted, *new})
        self.touch(at)
        return True

    def withdraw(self, purposes: Iterable[str], at: datetime) -> bool:
        """Say no to purposes: what was granted is withdrawn, what was never asked is declined (PRODUCT 4.7).

        False when each had been refused before. What the catalogue no longer offers can be withdrawn as well.
        """
        refused = {purpose: no for purpose in purposes if (no := self.refusal_of(purpose, at)) is not None}
        if self.is_over or not refused:
            return False
        self.consents = {**self.consents, **refused}
        self.granted = [purpose for purpose in self.granted if purpose not in refused]
        self.touch(at)
        return True

    def refusal_of(self, purpose: str, at: datetime) -> dict[str, Any] | None:
        """The purpose's state after a no; None where the no that it already has goes on standing."""
        state = self.state_of(purpose)
        if state is ConsentState.GRANTED:
            return consent(ConsentState.WITHDRAWN, at, self.consents[purpose]["wording"])
        return consent(ConsentState.DENIED, at, None) if state is ConsentState.UNKNOWN else None

    def state_of(self, purpose: str) -> ConsentState:
        """Unknown is what the catalogue came to offer only after this subscription began."""
        known = self.consents.get(purpose)
        return ConsentState(known["state"]) if known else ConsentState.UNKNOWN

    def rectify(self, *, fields: Mapping[str, str], language: str, topics: Iterable[str], at: datetime) -> bool:
        """Put right what is kept of the person. False when it was so before."""
        self.refuse_when_over()
        wanted = (dict(fields), language, sorted(topics))
        if wanted == (self.fields, self.language, self.topics):
            return False
        self.fields, self.language, self.topics = wanted
        self.touch(at)
        return True

    def restrict(self) -> bool:
        """Keep everything and use nothing (Article 18 GDPR). False when it is so, or when the person has left."""
        if self.status in (Status.RESTRICTED, Status.UNSUBSCRIBED):
            return False
        self.resumes_as, self.status = self.status, Status.RESTRICTED
        return True

    def lift(self) -> bool:
        """End a restriction: what was suspended before is so again. False when there is none."""
        if self.status != Status.RESTRICTED:
            return False
        self.status, self.resumes_as = self.resumes_as or Status.SUBSCRIBED, None
        return True

    def move(self, at: datetime) -> None:
        """The person has another address by now, which has just proven that it works."""
        self.unsuspend()
        self.touch(at)

    def end(self, at: datetime) -> bool:
        """Leave: every purpose ends with it. False when that had already happened."""
        if self.is_over:
            return False
        self.status, self.ended_at = Status.UNSUBSCRIBED, at
        ended = {name: consent(ConsentState.WITHDRAWN, at, wording) for name, wording in self.agreed.items()}
        self.consents = {**self.consents, **ended}
        self.granted = []
        self.touch(at)
        return True

    def suspend(self, at: datetime) -> bool:
        """Mail does not arrive: pause, until the address is confirmed again. False when it is not mailed anyway."""
        if self.status != Status.SUBSCRIBED:
            return False
        self.status = Status.SUSPENDED
        self.touch(at)
        return True

    def used(self, day: date) -> bool:
        """The consent was made use of on this day (A2.14). False when a later use is known; it is no change."""
        before, self.last_used_on = self.last_used_on, max(day, self.last_used_on or day)
        return before != self.last_used_on

    def empty(self) -> None:
        """Forget names and choices after leaving. Nothing happened to the person, so it is no change of the feed."""
        self.fields, self.topics = {}, []
        self.contact, self.sheet, self.sheet_key = written(self)

    def touch(self, at: datetime) -> None:
        """Count the change, and write the contact as the feed will tell it."""
        self.version += 1
        self.changed_at = at
        self.contact, self.sheet, self.sheet_key = written(self)
