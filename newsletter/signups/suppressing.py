"""Never writing to an address again, on its owner's word or on staff's; and staff's way back (A7.8)."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import catalog, clock, guard
from newsletter.consent import Act, Visit
from newsletter.db import transaction
from newsletter.guard import Lifting
from newsletter.signups.disputes import Order, let_go
from newsletter.signups.leaving import end_all
from newsletter.signups.signup import Signup
from newsletter.subscriptions import Cause, Channel, Deed, Subscriber, Subscription, person_lock, record


def suppress(address_key: str, order: Order) -> None:
    """Never write to an address again. What ended by it has both names in its evidence."""
    with transaction() as session:
        person_lock(session, address_key)
        never_again(session, address_key, f"{order.reason} ({order.actor})", Visit(ip=None), order.note)


def never_again(
    session: Session, address_key: str, reason: str, visit: Visit, note: Mapping[str, str] | None = None
) -> None:
    """Suppress an address in the caller's transaction: its signups and letters go, its subscriptions end.

    Signups go first: a confirmation that is faster has then committed, and its subscription is seen and ended.
    """
    let_go(session, Signup.of_address(session, address_key))
    end_all(session, address_key, Cause(Channel.SUPPRESSION, visit, note or {}))
    at = clock.now()
    guard.suppress(session, address_key, reason, at=at, until=catalog.term("suppressions").after(at))


def lift(address_key: str, order: Order) -> bool:
    """Lift the suppression of an address. False when there was none; then nothing is recorded.

    The record is evidence of the person, where there is one; otherwise it knows the address's hash alone.
    """
    with transaction() as session:
        person_lock(session, address_key)
        lifted, contact = guard.lift(session, address_key), newest(session, address_key)
        if lifted and contact:
            told = Cause(Channel.STAFF, note=order.note)
            record(session, contact, Deed(act=Act.SUPPRESSION_LIFTED, cause=told))
        elif lifted:
            session.add(Lifting.of(address_key, reason=order.reason, actor=order.actor, at=clock.now()))
        return lifted


def newest(session: Session, address_key: str) -> Subscription | None:
    theirs = select(Subscription).join(Subscription.subscriber).where(Subscriber.address_key == address_key)
    return session.scalars(theirs.order_by(Subscription.id.desc()).limit(1)).first()
