"""What hangs on a person, and goes with them: by erasure, and when the proof's term is over."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.outbox import Letter
from newsletter.selfservice import AddressChange, FreshLink
from newsletter.signups import Resolution
from newsletter.subscriptions import SoftBounce, Subscriber, Subscription

OF_CONTACT: Sequence[InstrumentedAttribute[str]] = (Resolution.contact_id, SoftBounce.contact_id)
"""Whatever belongs to a contact beside its own row. A test wants every new table thought of."""
OF_PERSON: Sequence[InstrumentedAttribute[str]] = (FreshLink.subscriber_id, AddressChange.subscriber_id)
"""The same of a person."""


def delete_people(session: Session, subscriber_ids: Sequence[str]) -> None:
    """Delete people with all that is theirs but the evidence. The caller holds their locks, and has told the feed."""
    mine = Subscription.subscriber_id.in_(subscriber_ids)
    contact_ids = session.scalars(select(Subscription.id).where(mine)).all()
    for column in OF_CONTACT:
        session.execute(delete(column.class_).where(column.in_(contact_ids)))
    for column in OF_PERSON:
        session.execute(delete(column.class_).where(column.in_(subscriber_ids)))
    session.execute(delete(Letter).where(Letter.contact_id.in_(contact_ids)))
    session.execute(delete(Subscription).where(mine))
    session.execute(delete(Subscriber).where(Subscriber.id.in_(subscriber_ids)))
