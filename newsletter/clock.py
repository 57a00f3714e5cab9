"""The only clock. Every instant in this service is aware and in UTC."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The application's wall clock, to the microsecond (A2.7)."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that nobody sets: for pauses, time-outs and leases within one process."""
    return time.monotonic()


def iso(instant: datetime) -> str:
    """ISO 8601 with offset, as the feed and the evidence print it: `2026-11-23T09:00:00+00:00`."""
    return instant.astimezone(UTC).isoformat()
