"""Mail does not arrive: after one hard bounce, or several soft ones, nobody writes there until it is confirmed anew."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.changes import ChangeKind
from newsletter.columns import Id
from newsletter.consent import Act, Evidence
from newsletter.db import Base, insert_once
from newsletter.subscriptions.cause import Cause
from newsletter.subscriptions.person import Deed, record
from newsletter.subscriptions.states import Status
from newsletter.subscriptions.subscription import Subscription

SOFT_BOUNCES = 3
"""So many, on different days, suspend as one hard bounce does (PRODUCT 5.2) ..."""
SOFT_BOUNCES_WITHIN = timedelta(days=30)
"""... when they lie within this time."""


class SoftBounce(Base):
    """On this day mail to this contact could not be delivered for the moment. Several on one day count once."""

    __tablename__ = "soft_bounces"

    contact_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)


def suspend(session: Session, subscription: Subscription, cause: Cause) -> bool:
    """Suspend in the caller's transaction, with evidence and change. False if the contact was not mailed anyway.

    Of somebody who is restricted there is evidence alone: it shows once the restriction is lifted. The caller holds
    the person's lock. The consent stays as it is (B4.2).
    """
    if subscription.suspend(clock.now()):
        record(session, subscription, Deed(act=Act.SUSPENDED, kind=ChangeKind.SUSPENDED, cause=cause))
        return True
    if is_mailed_later(subscription):
        subscription.resumes_as = Status.SUSPENDED
        record(session, subscription, Deed(act=Act.SUSPENDED, cause=cause))
    return False


def is_mailed_later(subscription: Subscription) -> bool:
    """Whether the end of a restriction would have it mailed again."""
    return subscription.status == Status.RESTRICTED and subscription.resumes_as != Status.SUSPENDED


def bounced_softly(session: Session, subscription: Subscription, day: date, since: date) -> bool:
    """Remember a soft bounce; whether enough have come together since the address was last known to work."""
    if subscription.status != Status.SUBSCRIBED and not is_mailed_later(subscription):
        return False
    insert_once(session, SoftBounce, {"contact_id": subscription.id, "day": day})
    of_contact = select(SoftBounce.day).where(SoftBounce.contact_id == subscription.id, SoftBounce.day >= since)
    return too_many(session.scalars(of_contact.order_by(SoftBounce.day)).all())


def too_many(days: Sequence[date]) -> bool:
    """In order; reports may come late, so any stretch of them counts."""
    last = SOFT_BOUNCES - 1
    return any(late - early < SOFT_BOUNCES_WITHIN for early, late in zip(days, days[last:], strict=False))


def proven_at(session: Session, subscription: Subscription) -> datetime:
    """When this address was last proven to work: by the confirmation that began it, a later one, or having moved."""
    confirmed = select(func.max(Evidence.at)).where(
        Evidence.subscriber_id == subscription.subscriber_id,
        Evidence.contact_id == subscription.id,
        Evidence.act.in_([Act.CONFIRMED, Act.ADDRESS_CHANGED]),
    )
    return session.scalar(confirmed) or subscription.confirmed_at
