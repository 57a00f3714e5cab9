"""The only clock. Every instant in this service is aware and in UTC."""

import time
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

Day = TypeVar("Day", bound=date)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Before anything that this service knows of."""
SKEW = timedelta(minutes=1)
"""So far may one machine's clock be ahead of another's."""


def now() -> datetime:
    """The application's wall clock, to the microsecond (A2.7)."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that nobody sets: for pauses, time-outs and leases within one process."""
    return time.monotonic()


def is_far_ahead(instant: datetime) -> bool:
    """Whether it is yet to come, and by more than skew: a clock that was far ahead has dated it, and it is past."""
    return instant > now() + SKEW


def seconds_since(instant: datetime | None) -> float:
    """0 for what never was, and for what another machine's clock, a little ahead, puts into the future."""
    return max(0.0, (now() - instant).total_seconds()) if instant else 0.0


def iso(instant: datetime) -> str:
    """ISO 8601 with offset, as the feed and the evidence print it: `2026-11-23T09:00:00+00:00`."""
    return instant.astimezone(UTC).isoformat()


def months_after(day: Day, months: int) -> Day:
    """So many calendar months later, or earlier when negative; where that month has no such day, on its last.

    Counted back from now, as terms are, a month that lacks the day ends with its last hour (Regulation 1182/71, 3(2)):
    what ended on 29 February is two years old when 28 February is over.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def end_of_months(at: datetime, months: int) -> datetime:
    """When so many calendar months are over; where the last has no such day, with its last hour."""
    end = months_after(at, months)
    return end if end.day == at.day else end.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
