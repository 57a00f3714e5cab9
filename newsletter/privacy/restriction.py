"""Restriction (Article 18 GDPR): everything is kept, and nothing is used until it is lifted (A8.5).

It holds for the person: every newsletter, out of the feed at once. Whoever has left some stays gone there, but the tool
may still have their data, and is told (Article 19); retention leaves it alone as well while it holds.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock, selfservice
from newsletter.changes import ChangeKind
from newsletter.consent import Act
from newsletter.db import detached, lock_all, transaction
from newsletter.privacy.batches import begin_anew
from newsletter.subscriptions import Cause, Channel, Deed, Subscriber, Subscription, lock_name, locked, record

IS_FREE = Subscriber.restricted_at.is_(None)
"""Whoever is restricted keeps everything: it may be needed for a claim (Article 18(1)(c) GDPR, A8.5)."""


def restrict(contact_id: str, cause: Cause) -> Subscription:
    """Restrict a person in every newsletter. Safe to repeat. Raises ContactUnknown."""
    deed = Deed(act=Act.RESTRICTED, kind=ChangeKind.RESTRICTED, cause=cause)
    with transaction() as session:
        subscription = locked(session, contact_id)
        person, at = subscription.subscriber, clock.now()
        contacts = Subscription.all_of(session, person.id)
        moved = [contact for contact in contacts if contact.restrict()]
        tell(session, moved if person.restricted_at else contacts, deed, at)
        person.restricted_at = person.restricted_at or at
        return detached(session, subscription)


def lift(contact_id: str, cause: Cause) -> Subscription:
    """Lift it again: what was suspended before is suspended still. Safe to repeat. Raises ContactUnknown.

    Whoever has not lifted it themselves is told by a letter, stored with the act (Article 18(3) GDPR). Retention looks
    at everybody once more, because it has passed over this person.
    """
    deed = Deed(act=Act.LIFTED, kind=ChangeKind.UPDATED, cause=cause)
    with transaction() as session:
        subscription = locked(session, contact_id)
        person, at = subscription.subscriber, clock.now()
        contacts = Subscription.all_of(session, person.id)
        moved = [contact for contact in contacts if contact.lift()]
        if person.restricted_at is not None:
            tell(session, contacts, deed, at)
            if cause.channel is not Channel.ME:
                selfservice.tell_lifted(session, moved[-1] if moved else subscription)
            person.restricted_at = None
            begin_anew(session)
        return detached(session, subscription)


def tell(session: Session, contacts: Sequence[Subscription], deed: Deed, at: datetime) -> None:
    """Evidence and change for each, those that are over first: the last that is heard of who is back is that they are.

    Ids would not tell, where a clock was ahead.
    """
    for contact in sorted(contacts, key=lambda contact: not contact.is_over):
        contact.touch(at)
        record(session, contact, deed)


def locked_free(session: Session, address_keys: Collection[str]) -> set[str]:
    """Whom retention may touch of these people, once it holds their locks: until then they may be restricted."""
    lock_all(session, [lock_name(key) for key in address_keys])
    return set(session.scalars(select(Subscriber.address_key).where(Subscriber.address_key.in_(address_keys), IS_FREE)))
