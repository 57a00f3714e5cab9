"""Does a person's evidence still tell of all that happened to their subscriptions?"""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter import consent
from newsletter.consent import Act, Evidence, Fault
from newsletter.subscriptions.subscription import Subscription


def verify(session: Session, subscriber_id: str) -> list[Fault]:
    """Every fault of one person's chain, and of what it leaves out: one cut off at its end still holds by itself."""
    return verify_all(session, [subscriber_id])


def verify_all(session: Session, subscriber_ids: Sequence[str]) -> list[Fault]:
    """Every fault of these people's chains, and of what they leave out; many are read at once."""
    return [*consent.verify_all(session, subscriber_ids), *left_out(session, subscriber_ids)]


def left_out(session: Session, subscriber_ids: Sequence[str]) -> Iterator[Fault]:
    """Each subscription whose last change no act accounts for."""
    told = (
        select(Evidence.contact_id, func.max(Evidence.at).label("at"), func.max(Evidence.seq).label("seq"))
        .where(Evidence.subscriber_id.in_(subscriber_ids), Evidence.act != Act.LETTER_SENT)
        .group_by(Evidence.contact_id)
    )
    acts = {act.contact_id: act for act in session.execute(told)}
    mine = select(Subscription.id, Subscription.subscriber_id, Subscription.changed_at)
    for contact in session.execute(mine.where(Subscription.subscriber_id.in_(subscriber_ids))):
        last = acts.get(contact.id)
        if last is None or last.at < contact.changed_at:
            sentence = f"the last change of contact {contact.id} is not on record"
            yield Fault(subscriber_id=contact.subscriber_id, seq=last.seq if last else 0, sentence=sentence)
