"""Does a person's evidence still tell of all that happened to their subscriptions?"""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter import consent
from newsletter.consent import Act, Evidence, Fault
from newsletter.subscriptions.subscription import Subscription


def verify(session: Session, subscriber_id: str) -> list[Fault]:
    """Every fault of the chain, and of what it leaves out: a chain cut off at its end still holds by itself."""
    return [*consent.verify(session, subscriber_id), *left_out(session, subscriber_id)]


def left_out(session: Session, subscriber_id: str) -> Iterator[Fault]:
    """Each subscription whose last change no act accounts for."""
    told = (
        select(Evidence.contact_id, func.max(Evidence.at).label("at"), func.max(Evidence.seq).label("seq"))
        .where(Evidence.subscriber_id == subscriber_id, Evidence.act != Act.LETTER_SENT)
        .group_by(Evidence.contact_id)
    )
    acts = {act.contact_id: act for act in session.execute(told)}
    for subscription in session.scalars(select(Subscription).where(Subscription.subscriber_id == subscriber_id)):
        last = acts.get(subscription.id)
        if last is None or last.at < subscription.changed_at:
            sentence = f"the last change of contact {subscription.id} is not on record"
            yield Fault(subscriber_id=subscriber_id, seq=last.seq if last else 0, sentence=sentence)
