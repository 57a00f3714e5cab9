"""A tool gone mad must not empty a newsletter: a key that takes off too many within an hour is held."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter import clock, guard, logs
from newsletter.access import ApiKey
from newsletter.subscriptions import Status, Subscription

log = logs.get("feedback")


def took_off(session: Session, key_id: str, newsletter: str) -> None:
    """The key ended or suspended one more, in the caller's transaction. Hold it if that is one too many.

    The key's row is locked from here on, so that several processes count one after another.
    """
    key = ApiKey.locked(session, key_id)
    value = f"{key.id} {newsletter} {key.released_at or ''}"
    taken = guard.tally(session, "taken off", value, guard.GONE_WITHIN, clock.now())
    if key.held_at is None and is_looked_at(taken) and is_too_many(session, newsletter, taken):
        key.held_at = clock.now()
        log.warning("key held", key=key.id, newsletter=newsletter, taken_off=taken)


def is_looked_at(taken: int) -> bool:
    """Counting a large newsletter costs more than ending a subscription: every hundredth part of the way is enough."""
    return taken > guard.MOST_GONE and taken % (taken // guard.MOST_GONE) == 0


def is_too_many(session: Session, newsletter: str, taken: int) -> bool:
    """Whether what is left is less than what would make this a small part; never looks at more than that."""
    enough = guard.least_left(taken)
    left = select(Subscription.id).where(
        Subscription.newsletter == newsletter, Subscription.status == Status.SUBSCRIBED
    )
    return session.execute(select(func.count()).select_from(left.limit(enough).subquery())).scalar_one() < enough
