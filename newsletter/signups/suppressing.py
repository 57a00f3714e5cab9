"""Allowing letters again to an address that asked for silence: staff's way back, and never without a record (A7.8)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock, guard
from newsletter.consent import Act
from newsletter.db import transaction
from newsletter.guard import Lifting
from newsletter.signups.disputes import Order
from newsletter.subscriptions import Cause, Channel, Deed, Subscriber, Subscription, person_lock, record


def lift(address_key: str, order: Order) -> bool:
    """Lift the suppression of an address. False when there was none; then nothing is recorded.

    The record is evidence of the person, where there is one; otherwise it knows the address's hash alone.
    """
    with transaction() as session:
        person_lock(session, address_key)
        lifted, contact = guard.lift(session, address_key), newest(session, address_key)
        if lifted and contact:
            told = Cause(Channel.STAFF, note={"reason": order.reason, "actor": order.actor})
            record(session, contact, Deed(act=Act.SUPPRESSION_LIFTED, cause=told))
        elif lifted:
            session.add(Lifting.of(address_key, reason=order.reason, actor=order.actor, at=clock.now()))
        return lifted


def newest(session: Session, address_key: str) -> Subscription | None:
    theirs = select(Subscription).join(Subscription.subscriber).where(Subscriber.address_key == address_key)
    return session.scalars(theirs.order_by(Subscription.id.desc()).limit(1)).first()
