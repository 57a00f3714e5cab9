"""Allowing letters again to an address that asked for silence: staff's way back, and never without a record (A7.8)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock, guard
from newsletter.consent import Act, Chain
from newsletter.db import transaction
from newsletter.guard import Lifting
from newsletter.signups.disputes import Order
from newsletter.subscriptions import Channel, Subscriber, Subscription, person_lock


def lift(address_key: str, order: Order) -> bool:
    """Lift the suppression of an address. False when there was none; then nothing is recorded."""
    with transaction() as session:
        person_lock(session, address_key)
        lifted = guard.lift(session, address_key)
        if lifted:
            record(session, address_key, order)
        return lifted


def record(session: Session, address_key: str, order: Order) -> None:
    """As evidence of the person, where there is one; otherwise by the address's hash alone."""
    contact = newest(session, address_key)
    if contact is None:
        lifting = Lifting.of(address_key, reason=order.reason, actor=order.actor, at=clock.now())
        session.add(lifting)
    else:
        append(session, contact, order)


def newest(session: Session, address_key: str) -> Subscription | None:
    theirs = select(Subscription).join(Subscription.subscriber).where(Subscriber.address_key == address_key)
    return session.scalars(theirs.order_by(Subscription.id.desc()).limit(1)).first()


def append(session: Session, contact: Subscription, order: Order) -> None:
    chain = Chain.of(session, contact.subscriber_id)
    chain.append(
        Act.SUPPRESSION_LIFTED,
        at=clock.now(),
        contact=(contact.newsletter, contact.id),
        facts={"channel": Channel.STAFF.value},
        values={"reason": order.reason, "actor": order.actor},
    )
    chain.write(session)
