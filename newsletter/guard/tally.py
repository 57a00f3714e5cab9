"""Counting what somebody does within a span of time, where the count decides instead of a limit."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from newsletter.config import Limit
from newsletter.db import Instant
from newsletter.guard.limits import SPENT, Counted, bucket

ADD = text(
    "INSERT INTO post_hits (key, slot, hits, expires_at) VALUES (:key, :slot, 1, :expires_at) "
    "ON CONFLICT (key, slot) DO UPDATE SET hits = post_hits.hits + 1"
).bindparams(bindparam("expires_at", type_=Instant))


def tally(session: Session, kind: str, value: str, seconds: int, at: datetime) -> int:
    """Count one more, in the caller's transaction; how many that makes within the last so many seconds.

    It shares the table of the posts' limits, and so its end: a row is gone once its span is over.
    """
    here: dict[str, Any] = bucket(
        Counted(kind=kind, value=value, limits=()), Limit(most=0, seconds=seconds), at.astimezone(UTC)
    )
    session.execute(ADD, {**here, "expires_at": datetime.fromisoformat(here["expires_at"])})
    return int(session.execute(SPENT, here).scalar_one())


def left(session: Session, counted: Counted, at: datetime) -> list[tuple[Limit, int]]:
    """How many more each of these bounds would take now."""
    spent = {limit: session.execute(SPENT, bucket(counted, limit, at)).scalar_one() for limit in counted.limits}
    return [(limit, max(0, limit.most - int(spent[limit]))) for limit in counted.limits]
