"""From where something was done: after its term, only the network is known (A2.12)."""

from datetime import datetime

from sqlalchemy import Select, and_, exists, select

from newsletter import catalog, clock, consent
from newsletter.consent import Evidence, EvidenceValue
from newsletter.db import transaction
from newsletter.privacy.batches import BATCH, OVERLAP, take_up
from newsletter.privacy.restriction import IS_FREE
from newsletter.subscriptions import Subscriber

RULE = "ip"
WHOLE = ("ip", "asked_ip")
SAME = and_(Evidence.subscriber_id == EvidenceValue.subscriber_id, Evidence.seq == EvidenceValue.seq)


def shorten_ips() -> int:
    """Remove some of the IP addresses past their term. Their networks stay, and the chain goes on verifying."""
    with transaction() as session:
        progress = take_up(session, RULE)
        if progress is None:
            return 0
        until = catalog.term(RULE).before(clock.now())
        whole = session.execute(still_whole(progress.until - OVERLAP, until)).all()
        consent.remove_values(session, whole, RULE)
        if len(whole) < BATCH:
            progress.until = until
        return len(whole)


def still_whole(since: datetime, until: datetime) -> Select[str, int, str]:
    past = and_(Evidence.at > since, Evidence.at <= until)
    restricted = exists().where(Subscriber.id == EvidenceValue.subscriber_id, ~IS_FREE)
    kept = and_(EvidenceValue.field.in_(WHOLE), EvidenceValue.value.is_not(None), ~restricted)
    columns = (EvidenceValue.subscriber_id, EvidenceValue.seq, EvidenceValue.field)
    return select(*columns).join(Evidence, SAME).where(past, kept).limit(BATCH)
