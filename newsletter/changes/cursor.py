"""A position in the log, as readers keep it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, and_, tuple_

from newsletter import clock
from newsletter.changes.change import Change
from newsletter.db import is_postgresql
from newsletter.errors import CursorInvalid

LAST = 2**63 - 1
"""The largest number that a column of the log can hold, and so a cursor."""


@dataclass(frozen=True, order=True, kw_only=True)
class Cursor:
    """A position in the log. Everything at or before it has been read.

    `at`, in microseconds, tells the change that stands there from another that may come to stand there.
    """

    tx: int = 0
    id: int = 0
    at: int = field(default=0, compare=False)

    @classmethod
    def parse(cls, raw: str) -> Self:
        """Raises CursorInvalid for what no cursor is spelt or told as; 0 is the beginning, too."""
        if raw == "0":
            return cls()
        numbers = raw.split("-")
        if not (len(numbers) in (2, 3) and all(map(str.isdecimal, numbers)) and raw.isascii() and len(raw) < 60):
            raise CursorInvalid
        found = cls(**dict(zip(("tx", "id", "at"), map(int, numbers), strict=False)))
        if max(found.tx, found.id) > LAST or found.is_of_another_database:
            raise CursorInvalid
        return found

    @property
    def is_of_another_database(self) -> bool:
        """SQLite has no transaction numbers, and PostgreSQL none without; but for the beginning."""
        return self != Cursor() and (self.tx > 0) != is_postgresql()

    @classmethod
    def of(cls, change: Row[Any]) -> Self:
        """Where this change stands."""
        return cls(tx=change.tx, id=change.id, at=microseconds(change.at))

    @property
    def told(self) -> str:
        """For readers, whose memory may be longer than this database's."""
        return f"{self}-{self.at}" if self.at else str(self)

    def __str__(self) -> str:
        return f"{self.tx}-{self.id}"


def microseconds(at: datetime) -> int:
    return (at - clock.BEGINNING) // timedelta(microseconds=1)


def behind(cursor: Cursor) -> ColumnElement[bool]:
    """Of a change: it stands behind this position.

    SQLite, whose changes all have the same `tx`, would look for a pair among all of them: its index serves the first.
    """
    if is_postgresql():
        return tuple_(Change.tx, Change.id) > (cursor.tx, cursor.id)
    return and_(Change.tx == cursor.tx, Change.id > cursor.id)
