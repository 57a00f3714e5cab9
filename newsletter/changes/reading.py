"""What stands behind a position, and whether that position is one of this log's at all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, text

from newsletter.changes.change import Change
from newsletter.changes.cursor import LAST, Cursor, behind
from newsletter.db import is_postgresql

HORIZON = text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + (SELECT shift FROM feed_clock) AS horizon"
)
NEWEST = text("SELECT coalesce(max(id), 0) FROM changes")


def latest(reader: Connection, newsletter: str) -> Cursor:
    """The position from which nothing that this snapshot does not hold can be missed (some may be repeated).

    It is that of a change, not of the last transaction: PostgreSQL gives the number of one that wrote nothing lasting
    again after a crash, and whatever came then would stand at or before it.
    """
    newest = told_of(reader, newsletter).order_by(Change.tx.desc(), Change.id.desc()).limit(1)
    found = reader.execute(newest).one_or_none()
    return Cursor.of(found) if found else Cursor()


def after(reader: Connection, newsletter: str, cursor: Cursor, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The changes of a newsletter behind the cursor, oldest first, as far as no open transaction precedes them."""
    behind_it = told_of(reader, newsletter).where(behind(cursor))
    return reader.execute(behind_it.order_by(Change.tx, Change.id).limit(limit)).all()


def oldest_behind(newsletter: str, cursor: Cursor) -> Select[datetime]:
    """When the next change behind the cursor happened; nothing where there is none.

    By its place, and not whether there is any: for that PostgreSQL reads the log from its beginning.
    """
    news = select(Change.at).where(Change.newsletter == newsletter, behind(cursor))
    return news.order_by(Change.tx, Change.id).limit(1)


def told_of(reader: Connection, newsletter: str) -> Select[*tuple[Any, ...]]:
    """The changes of a newsletter that no open transaction precedes."""
    theirs = select(Change.__table__).where(Change.newsletter == newsletter)
    return theirs.where(Change.tx < horizon(reader)) if is_postgresql() else theirs


def horizon(reader: Connection) -> int:
    found: int = reader.execute(HORIZON).scalar_one()
    return found


def is_ahead(reader: Connection, cursor: Cursor) -> bool:
    """Whether this log has never come so far: the position is of one that was longer, before a restore."""
    if is_postgresql():
        return cursor.tx >= horizon(reader)
    newest: int = reader.execute(NEWEST).scalar_one()
    return cursor.id > newest


def is_lost(reader: Connection, cursor: Cursor) -> bool:
    """Whether what its reader has dealt with last is not in this log, though the log may have outgrown the cursor.

    A failover loses what the other server had not heard of yet, and a crash what was not on the disk. PostgreSQL gives
    the numbers of that again, of transactions and of rows.
    """
    if cursor == Cursor() or cursor.id == LAST:  # as cursors of lists were spelt before
        return is_ahead(reader, cursor)
    there = reader.execute(select(Change.__table__).where(Change.id == cursor.id)).one_or_none()
    found = Cursor.of(there) if there else None
    return found != cursor or cursor.at not in (0, found.at)
