"""How things stand when somebody presses a link: the signup, its letters, and who its address already is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from newsletter.consent import Chain, Evidence
from newsletter.outbox import Letter, State
from newsletter.signups.signup import Signup
from newsletter.subscriptions import IS_LIVING, Subscriber, Subscription

Earlier = aliased(Evidence)
NEWEST = select(func.max(Earlier.seq)).where(Earlier.subscriber_id == Subscriber.id).scalar_subquery()
LIVING = and_(
    Subscription.subscriber_id == Subscriber.id,
    Subscription.newsletter == Signup.newsletter,
    IS_LIVING,
)
STANDING = (
    select(Signup, Letter, Subscriber, Subscription, Evidence.seq, Evidence.hash)
    .outerjoin(Letter, and_(Letter.signup_id == Signup.id, Letter.state == State.SENT))
    .outerjoin(Subscriber, Subscriber.address_key == Signup.address_key)
    .outerjoin(Subscription, LIVING)
    .outerjoin(Evidence, and_(Evidence.subscriber_id == Subscriber.id, Evidence.seq == NEWEST))
    .where(Signup.id == bindparam("signup_id"))
    .order_by(Letter.sent_at)
    .options(contains_eager(Subscription.subscriber))
)


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
    def read(cls, session: Session, signup_id: str) -> Self | None:
        """None when there is no such signup (any more)."""
        found: Sequence[Row[*tuple[Any, ...]]] = session.execute(STANDING, {"signup_id": signup_id}).all()
        if not found:
            return None
        signup, _, subscriber, subscription, seq, head = found[0]
        letters = [row[1] for row in found if row[1] is not None]
        return cls(signup=signup, letters=letters, subscriber=subscriber, subscription=subscription, seq=seq, head=head)

    def chain(self, subscriber: Subscriber) -> Chain:
        """The evidence to append to: that of a known person, or of one who begins now."""
        if self.seq is None or self.head is None:
            return Chain(subscriber_id=subscriber.id)
        return Chain(subscriber_id=subscriber.id, seq=self.seq, head=self.head)
