"""Counting what somebody does within a span of time, where the count decides instead of a limit."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy.orm import Session

from newsletter import metrics
from newsletter.config import Limit
from newsletter.db import reader
from newsletter.errors import LimitReached
from newsletter.guard.limits import HIT, SOURCE, SPENT, Counted, bucket, coarse_wait, timed


def tally(session: Session, kind: str, value: str, seconds: int, at: datetime) -> int:
    """Count one more, in the caller's transaction; how many that makes within the last so many seconds.

    It shares the table of the posts' limits, and so its end: a row is gone once its span is over.
    """
    session.execute(HIT, place(kind, value, seconds, at))
    return tallied(session, kind, value, seconds, at)


def tallied(session: Session, kind: str, value: str, seconds: int, at: datetime) -> int:
    """How many were counted within the last so many seconds."""
    return int(session.execute(SPENT, place(kind, value, seconds, at)).scalar_one())


def place(kind: str, value: str, seconds: int, at: datetime) -> dict[str, Any]:
    return timed(bucket(Counted(kind=kind, value=value, limits=()), Limit(most=0, seconds=seconds), at))


def refuse(counted: Iterable[Counted], at: datetime) -> NoReturn:
    """Raises LimitReached, for a post for which not all of these had room."""
    metrics.RATE_LIMITED.labels("posts").inc()
    things = list(counted)
    raise LimitReached(coarse_wait(limit for thing in things for limit in thing.limits), room_left(things, at))


def room_left(counted: Iterable[Counted], at: datetime) -> dict[str, tuple[Limit, int]]:
    """Each bound, and how many more it would take now, by the names that machines with a key know them by (E10)."""
    named = {name_of(thing, limit): (thing, limit) for thing in counted for limit in thing.limits}
    with reader() as session:
        return {name: (limit, room(session, thing, limit, at)) for name, (thing, limit) in named.items()}


def name_of(thing: Counted, limit: Limit) -> str:
    return f"{'signups' if thing.kind == SOURCE else thing.kind}-{limit.seconds}s"


def room(session: Session, thing: Counted, limit: Limit, at: datetime) -> int:
    return max(0, limit.most - int(session.execute(SPENT, timed(bucket(thing, limit, at))).scalar_one()))
