"""Leaving: at once, by whichever door, as often as anybody likes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock, counts, db, links
from newsletter.changes import ChangeKind
from newsletter.consent import Act, Evidence
from newsletter.counts import Event
from newsletter.errors import LinkDead
from newsletter.subscriptions.cause import Cause
from newsletter.subscriptions.person import Deed, record
from newsletter.subscriptions.subscription import Subscription


def by_link(purpose: links.Purpose, token: str) -> Subscription:
    """The subscription that this long-lived link speaks of, over or not. Raises LinkDead.

    Of who has left and returned that is the one that lives: mail of before may still be in the mailbox, and whoever
    leaves from there wants no more of it (A6.5).
    """
    with db.reader() as session:
        issued_for = session.get(Subscription, links.read(purpose, token))
        if issued_for is None:
            raise LinkDead
        if not issued_for.is_over:
            return issued_for
        return Subscription.living(session, issued_for.subscriber_id, issued_for.newsletter) or issued_for


def others(subscription: Subscription) -> int:
    """How many more newsletters the same person gets."""
    with db.reader() as session:
        living = Subscription.all_living(session, subscription.subscriber_id)
    return len([other for other in living if other.id != subscription.id])


def end(session: Session, subscription: Subscription, act: Act, cause: Cause) -> bool:
    """End one subscription in the caller's transaction, with its evidence and its change. False if it was over.

    The caller holds the person's lock.
    """
    at = clock.now()
    if not subscription.end(at):
        return False
    deed = Deed(act=act, kind=ChangeKind.UNSUBSCRIBED, cause=cause, facts={"disputed": cause.is_dispute})
    record(session, subscription, deed)
    counts.add(session, [counts.row(Event.UNSUBSCRIBED, subscription, at, channel=cause.channel)])
    return True


def dispute(session: Session, subscription: Subscription, cause: Cause) -> None:
    """Record that somebody who had left already says that they never signed up; once, in the caller's transaction."""
    mine = (Evidence.subscriber_id == subscription.subscriber_id) & (Evidence.contact_id == subscription.id)
    if session.scalar(select(Evidence.seq).where(mine, Evidence.act == Act.CANCELLED)) is None:
        record(session, subscription, Deed(act=Act.CANCELLED, cause=cause, facts={"disputed": True}))
