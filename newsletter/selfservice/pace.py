"""How often a person may change something on their own page: a program could fill evidence and feed from there."""

from datetime import datetime, timedelta

from newsletter import consent, guard, metrics
from newsletter.config import Limit
from newsletter.db import reader
from newsletter.errors import LimitReached

LIMIT = Limit(most=60, seconds=3600)
"""Of a person's acts, wherever they come from. What ends or reduces something waits for none."""


def keep_pace(subscriber_id: str, at: datetime) -> None:
    """Raises LimitReached when the person has done so much within the hour. What is dated further ahead than that was
    done by a clock that was far ahead, and counts no more.
    """
    with reader() as session:
        earliest = consent.time_of_recent(session, subscriber_id, LIMIT.most)
    if earliest is not None and abs(at - earliest) < timedelta(seconds=LIMIT.seconds):
        metrics.RATE_LIMITED.labels("own_page").inc()
        raise LimitReached(guard.coarse_wait([LIMIT]), {})
