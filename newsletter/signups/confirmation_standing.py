"""How things stand when somebody presses a link: the signup, its letters, and who its address already is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from sqlalchemy import and_, bindparam, func, select

from newsletter.consent import Chain, Evidence
from newsletter.db import Base
from newsletter.entities import columns, made
from newsletter.one_statement import read_at_once
from newsletter.outbox import Letter, State
from newsletter.signups.signup import Signup
from newsletter.subscriptions import IS_LIVING, Subscriber, Subscription

PARTS = (Signup, Letter, Subscriber, Subscription)
ENDS = [sum(len(columns(part)) for part in PARTS[: n + 1]) for n in range(len(PARTS))]
earlier = Evidence.__table__.alias()
NEWEST = select(func.max(earlier.c.seq)).where(earlier.c.subscriber_id == Subscriber.id).scalar_subquery()
LIVING = and_(Subscription.subscriber_id == Subscriber.id, Subscription.newsletter == Signup.newsletter, IS_LIVING)
STANDING = (
    select(*(part.__table__ for part in PARTS), Evidence.seq, Evidence.hash)
    .select_from(Signup)
    .outerjoin(Letter, and_(Letter.signup_id == Signup.id, Letter.state == State.SENT))
    .outerjoin(Subscriber, Subscriber.address_key == Signup.address_key)
    .outerjoin(Subscription, LIVING)
    .outerjoin(Evidence, and_(Evidence.subscriber_id == Subscriber.id, Evidence.seq == NEWEST))
    .where(Signup.id == bindparam("signup_id"))
    .order_by(Letter.sent_at)
)
T = TypeVar("T", bound=Base)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Read without a lock, in one statement. Whoever writes upon it is stopped if it no longer holds."""

    signup: Signup
    letters: Sequence[Letter]
    subscriber: Subscriber | None
    subscription: Subscription | None
    seq: int | None
    head: str | None

    @classmethod
    def read(cls, signup_id: str) -> Self | None:
        """None when there is no such signup (any more)."""
        rows = read_at_once(STANDING, {"signup_id": signup_id})
        if not rows:
            return None
        signup, letter, person, relation = ENDS
        first = rows[0]
        subscriber = entity(Subscriber, first[letter:person])
        subscription = entity(Subscription, first[person:relation])
        if subscriber and subscription:
            subscription.subscriber = subscriber
        return cls(
            signup=loaded(Signup, first[:signup]),
            letters=[found for row in rows if (found := entity(Letter, row[signup:letter]))],
            subscriber=subscriber,
            subscription=subscription,
            seq=first[relation],
            head=first[relation + 1],
        )

    def chain(self, subscriber: Subscriber) -> Chain:
        """The evidence to append to: that of a known person, or of one who begins now."""
        if self.seq is None or self.head is None:
            return Chain(subscriber_id=subscriber.id)
        return Chain(subscriber_id=subscriber.id, seq=self.seq, head=self.head)


def entity(model: type[T], values: Sequence[Any]) -> T | None:
    """None where the join found nothing: no row of ours is without its first column."""
    return None if values[0] is None else loaded(model, values)


def loaded(model: type[T], values: Sequence[Any]) -> T:
    return made(model, dict(zip(columns(model), values, strict=True)))
