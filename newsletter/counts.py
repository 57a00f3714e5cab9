"""Daily counts per newsletter, language and source page, without personal data (PRODUCT 4.5).

Counting only ever inserts, so that nobody waits for a row that everybody updates; the worker adds up later.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, cast

from flask import current_app
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Index,
    Integer,
    Row,
    Select,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    union,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.db import Base, lock


class Event(StrEnum):
    SIGNED_UP = "signed_up"
    LETTER_ACCEPTED = "letter_accepted"
    LETTER_REFUSED = "letter_refused"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    NOT_ME = "not_me"
    UNSUBSCRIBED = "unsubscribed"


class Count(Base):
    """So many of one event. Several rows for one day are added up when read."""

    __tablename__ = "counts"
    __table_args__ = (Index("ix_counts_newsletter_day", "newsletter", "day"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    day: Mapped[date]
    newsletter: Mapped[str]
    language: Mapped[str]
    source: Mapped[str | None]
    event: Mapped[str]
    letter: Mapped[str | None]
    channel: Mapped[str | None]
    n: Mapped[int]


KEYS = (Count.day, Count.newsletter, Count.language, Count.source, Count.event, Count.letter, Count.channel)
AT_ONCE = 20_000
"""Rows that are added up in one transaction."""
MOST_DAYS = 1000
"""That are looked at for it."""
MOST_PAGES = 1000
"""That a newsletter's past day keeps apart: a page is what its sender says, and these rows are kept for ever."""
OPEN = timedelta(days=60)
"""So long something may be counted for a day that is over. What is older is as many rows as there were days, and is not
looked at again and again: a sign-up is counted for its own day, when a worker comes to it, and is deleted after 14.
"""
NEWSLETTERS = text("""
    WITH RECURSIVE counted(slug) AS (SELECT min(newsletter) FROM counts UNION ALL
        SELECT (SELECT min(newsletter) FROM counts WHERE newsletter > slug) FROM counted WHERE slug IS NOT NULL)
    SELECT slug FROM counted WHERE slug IS NOT NULL
""")  # by an index, and not by all rows


class Total(NamedTuple):
    """What is counted in all: how often an event has happened with one kind of letter, or by one door."""

    newsletter: str
    event: Event
    letter: str
    channel: str


class Concerned(Protocol):
    """What an event happens to: a signup, a subscription or a letter."""

    @property
    def newsletter(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def source(self) -> str | None: ...


def row(
    event: Event, of: Concerned, at: datetime, *, letter: str | None = None, channel: str | None = None
) -> dict[str, Any]:
    """One more of this event, on the UTC day of `at`; of a letter, which kind it was; of who left, by which door."""
    return {
        "day": at.date(),
        "newsletter": of.newsletter,
        "language": of.language,
        "source": of.source,
        "event": event.value,
        "letter": letter,
        "channel": channel,
        "n": 1,
    }


def add(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Insert these, equal ones as one row."""
    sums: Counter[tuple[tuple[str, Any], ...]] = Counter()
    for one in rows:
        sums[tuple((name, value) for name, value in one.items() if name != "n")] += one["n"]
    if sums:
        session.execute(insert(cast(Table, Count.__table__)), [{**dict(key), "n": n} for key, n in sums.items()])


def read(session: Session, newsletter: str, first: date, last: date) -> Sequence[Row[*tuple[Any, ...]]]:
    """The sums of each day from first to last, both included."""
    found: Sequence[Row[*tuple[Any, ...]]] = session.execute(
        select(*KEYS, func.sum(Count.n).label("n"))
        .where(Count.newsletter == newsletter, Count.day >= first, Count.day <= last)
        .group_by(*KEYS)
        .order_by(Count.day, Count.language, Count.source)
    ).all()
    return found


def totals(session: Session, today: date) -> Counter[Total]:
    """All that was ever counted.

    Of the days for which nothing is counted any more it stays the same: it is added up once a day, not for each scrape.
    """
    begin = today - OPEN
    known: dict[date, Counter[Total]] = current_app.extensions.setdefault("counts", {})
    before = known.get(begin)
    if before is None:
        before = sums(session, Count.day < begin)
        known.clear()
        known[begin] = before
    return before + sums(session, of_newest(session, begin))


def sums(session: Session, chosen: ColumnElement[bool]) -> Counter[Total]:
    keys = (Count.newsletter, Count.event, Count.letter, Count.channel)
    found = session.execute(select(*keys, func.sum(Count.n)).where(chosen).group_by(*keys))
    return Counter({Total(slug, Event(event), letter or "", door or ""): n for slug, event, letter, door, n in found})


def of_newest(session: Session, begin: date) -> ColumnElement[bool]:
    """The rows since that day, by an index that has the newsletters first."""
    return Count.newsletter.in_(session.scalars(NEWSLETTERS).all()) & (Count.day >= begin)


def crowded(session: Session, before: date) -> Sequence[tuple[str, date]]:
    """The newsletters' past days that hold several rows alike, or too many pages: some of them.

    This looks at weeks, so it is for somebody who only reads: others wait for whoever writes.
    """
    newest = of_newest(session, before - OPEN)
    past = select(Count.newsletter, Count.day).where(newest, Count.day < before)
    alike = past.group_by(*KEYS).having(func.count() > 1)
    of_many_pages = past.group_by(Count.newsletter, Count.day).having(func.count(Count.source.distinct()) > MOST_PAGES)
    return [(row.newsletter, row.day) for row in session.execute(union(alike, of_many_pages).limit(MOST_DAYS))]


def fold(session: Session, days: Collection[tuple[str, date]]) -> int:
    """Add up each of these days' rows into one, some at a time: exactly those that it deletes, whoever else writes or
    adds up meanwhile; how many.

    Never by one look a page: strangers can name any number of pages.
    """
    lock(session, "counts")
    theirs = of_newest(session, min(day for _, day in days)) & tuple_(Count.newsletter, Count.day).in_(days)
    equal = select(Count.id, func.count().over(partition_by=KEYS).label("rows")).where(theirs).order_by(*KEYS)
    alike = equal.subquery()
    several = take(session, select(alike.c.id).where(alike.c.rows > 1))
    add(session, several)
    rare = take(session, rarely_named(theirs))
    add(session, ({**one, "source": None} for one in rare))
    return len(several) + len(rare)


def take(session: Session, ids: Select[int]) -> list[dict[str, Any]]:
    """Delete some of these rows; what they said."""
    gone = session.execute(delete(Count).where(Count.id.in_(ids.limit(AT_ONCE))).returning(*KEYS, Count.n)).all()
    return [dict(row._mapping) for row in gone]


def rarely_named(theirs: ColumnElement[bool]) -> Select[int]:
    """The rows of these days' pages that are not among those named most; they are added to those of no page."""
    one_page, most_first = (Count.newsletter, Count.day, Count.source), (func.sum(Count.n).desc(), Count.source)
    place = func.row_number().over(partition_by=(Count.newsletter, Count.day), order_by=most_first)
    named = select(*one_page, place.label("place")).where(theirs, Count.source.is_not(None))
    placed = named.group_by(*one_page).subquery()
    rest = select(placed.c.newsletter, placed.c.day, placed.c.source).where(placed.c.place > MOST_PAGES)
    return select(Count.id).where(theirs, tuple_(*one_page).in_(rest))
