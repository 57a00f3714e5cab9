"""Counting what somebody does within a span of time, where the count decides instead of a limit."""

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.config import Limit
from newsletter.guard.limits import HIT, SPENT, Counted, bucket, timed


def tally(session: Session, kind: str, value: str, seconds: int, at: datetime) -> int:
    """Count one more, in the caller's transaction; how many that makes within the last so many seconds.

    It shares the table of the posts' limits, and so its end: a row is gone once its span is over.
    """
    here = timed(bucket(Counted(kind=kind, value=value, limits=()), Limit(most=0, seconds=seconds), at))
    session.execute(HIT, here)
    return int(session.execute(SPENT, here).scalar_one())


def left(session: Session, counted: Counted, at: datetime) -> list[tuple[Limit, int]]:
    """How many more each of these bounds would take now."""
    spent = {limit: session.execute(SPENT, timed(bucket(counted, limit, at))).scalar_one() for limit in counted.limits}
    return [(limit, max(0, limit.most - int(spent[limit]))) for limit in counted.limits]
