"""From where something was done: after its term, only the network is known (A2.12)."""

from datetime import datetime

from sqlalchemy import Select, and_, select

from newsletter import catalog, clock, consent
from newsletter.consent import Evidence, EvidenceValue
from newsletter.db import transaction
from newsletter.privacy.batches import BATCH, OVERLAP, take_up
from newsletter.privacy.restriction import IS_FREE, locked_free
from newsletter.subscriptions import Subscriber

RULE = "ip"
SAME = and_(Evidence.subscriber_id == EvidenceValue.subscriber_id, Evidence.seq == EvidenceValue.seq)


def shorten_ips() -> int:
    """Remove some of the IP addresses past their term. Their networks stay, and the chain goes on verifying."""
    with transaction() as session:
        progress = take_up(session, RULE)
        if progress is None:
            return 0
        until = catalog.term(RULE).before(clock.now())
        whole = session.execute(still_whole(progress.until - OVERLAP, until)).all()
        free = locked_free(session, {row.address_key for row in whole})
        past = [(row.subscriber_id, row.seq, row.field) for row in whole if row.address_key in free]
        consent.remove_values(session, past, RULE)
        if len(whole) < BATCH:
            progress.until = until
        return len(whole)


def still_whole(since: datetime, until: datetime) -> Select[str, int, str, str]:
    """Whoever was erased has none (docs/decisions/0015)."""
    past = and_(Evidence.at > since, Evidence.at <= until)
    kept = and_(EvidenceValue.field.in_(consent.TAKEN[RULE]), EvidenceValue.value.is_not(None), IS_FREE)
    columns = (EvidenceValue.subscriber_id, EvidenceValue.seq, EvidenceValue.field, Subscriber.address_key)
    found = select(*columns).join(Evidence, SAME).join(Subscriber, Subscriber.id == EvidenceValue.subscriber_id)
    return found.where(past, kept).limit(BATCH)
