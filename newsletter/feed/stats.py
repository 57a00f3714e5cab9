"""How sign-ups went: daily counts per language and source page, of nobody in particular (PRODUCT 4.5)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Row

from newsletter import counts
from newsletter.counts import Event
from newsletter.db import reader
from newsletter.signups import LetterKind

LONGEST_SPAN = 366  # days
EVENTS = (Event.SIGNED_UP, Event.LETTER_ACCEPTED, Event.CONFIRMED, Event.EXPIRED, Event.NOT_ME)
TO_SUBSCRIBERS = (LetterKind.WELCOME, LetterKind.GOODBYE)
"""Letters that tell nothing of how sign-ups go."""

Item = dict[str, Any]


def stats(newsletter: str, first: date, last: date) -> list[Item]:
    """One item per day, language and source page on which something happened, both days included."""
    with reader() as session:
        return gathered(counts.read(session, newsletter, first, last))


def gathered(rows: Iterable[Row[Any]]) -> list[Item]:
    found: dict[tuple[date, str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(EVENTS, 0))
    for row in rows:
        if row.event in EVENTS and row.letter not in TO_SUBSCRIBERS:
            found[row.day, row.language, row.source or ""][row.event] += row.n
    return [item(*key, numbers) for key, numbers in sorted(found.items())]


def item(day: date, language: str, source: str, numbers: dict[str, int]) -> Item:
    return {"day": day.isoformat(), "language": language, "source": source or None, **numbers}
