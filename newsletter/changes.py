"""The log that the feed reads: one row per change, written in the transaction of what changed, never before it.

Gap-free on PostgreSQL: a row's position is the number of the transaction that wrote it, and readers stop before
the oldest transaction that is still writing. A change that commits late is waited for, never skipped; writers do
not wait for each other. On SQLite there is one writer, so the order of the ids is that of the commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    Select,
    Text,
    select,
    text,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.db import Base, Id, Instant, Json, is_postgresql
from newsletter.errors import CursorInvalid

LAST = 2**63 - 1
"""The largest number that a column of the log can hold, and so a cursor."""
HAS_MATCH = text('("match" IS NOT NULL OR previous_match IS NOT NULL)')
"""In brackets: it stands beside other conditions, which bind closer than OR."""
IS_MOVE = text("previous_match IS NOT NULL")


class Kind(StrEnum):
    CONFIRMED = "confirmed"
    UPDATED = "updated"
    TRACKING_GRANTED = "tracking_granted"
    TRACKING_WITHDRAWN = "tracking_withdrawn"
    UNSUBSCRIBED = "unsubscribed"
    SUSPENDED = "suspended"
    RESTRICTED = "restricted"
    ERASED = "erased"


WITHDRAWALS = {Kind.UNSUBSCRIBED, Kind.SUSPENDED, Kind.RESTRICTED, Kind.ERASED, Kind.TRACKING_WITHDRAWN}
"""What leaves first when much is waiting (PRODUCT 4.10)."""


class Change(Base):
    """That something happened to a contact. It holds no personal data; the contact is read when it is told."""

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_newsletter_tx_id", "newsletter", "tx", "id"),
        Index("ix_changes_contact_id", "contact_id"),
        Index("ix_changes_matched", "at", postgresql_where=HAS_MATCH, sqlite_where=HAS_MATCH),
        Index("ix_changes_moved", "newsletter", "tx", "id", postgresql_where=IS_MOVE, sqlite_where=IS_MOVE),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    tx: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    newsletter: Mapped[str]
    contact_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int]
    match: Mapped[dict[str, str] | None] = mapped_column(Json)
    previous_match: Mapped[dict[str, str] | None] = mapped_column(Json)


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
    """Of a change: it stands behind this position."""
    return tuple_(Change.tx, Change.id) > (cursor.tx, cursor.id)


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


def of_contacts(session: Session, contact_ids: Sequence[str]) -> Sequence[Change]:
    """What the feed has told of these contacts, in order."""
    theirs = select(Change).where(Change.contact_id.in_(contact_ids))
    return session.scalars(theirs.order_by(Change.tx, Change.id)).all()


def hashes(session: Session, contact_id: str) -> set[str]:
    """Of the addresses that a contact has had, as far as the log still knows them."""
    known = of_contacts(session, [contact_id])
    return {found["email_sha256"] for change in known for found in (change.match, change.previous_match) if found}


def moved_from(session: Session, newsletter: str, email_sha256: str) -> str | None:
    """The contact that last moved away from this address, as far as the log still knows it."""
    before = type_coerce(Change.previous_match, Text)
    theirs = select(Change.contact_id).where(Change.newsletter == newsletter, before.contains(email_sha256))
    return session.scalar(theirs.where(IS_MOVE).order_by(Change.tx.desc(), Change.id.desc()).limit(1))


def forget_matches(session: Session, before: datetime, most: int) -> int:
    """Remove the address hashes of some changes older than they may be kept; how many."""
    outdated = select(Change.id).where(Change.at <= before, HAS_MATCH).limit(most).with_for_update(skip_locked=True)
    gone = session.scalars(outdated).all()
    session.execute(update(Change).where(Change.id.in_(gone)).values(match=None, previous_match=None))
    return len(gone)


def realign(session: Session) -> None:
    """After a restore into a server whose transaction numbers are lower, lift new positions above the old ones.

    What was written since the restore stands below them, behind every reader's back: it is moved to where they look
    next. Nobody writes meanwhile, or somebody could still be about to use the old shift.
    """
    if is_postgresql() and session.scalar(IS_BEHIND):
        session.execute(HALT)
        session.execute(RESCUE)
        session.execute(REALIGN)


OURS = "pg_current_xact_id()::text::bigint"
IS_BEHIND = text(f"SELECT (SELECT max(tx) FROM changes) >= {OURS} + shift FROM feed_clock")  # noqa: S608 - of ours
HALT = text("LOCK TABLE changes IN SHARE ROW EXCLUSIVE MODE")
RESCUE = text(
    f"WITH here AS (SELECT {OURS} + shift AS tx FROM feed_clock), "  # noqa: S608 - of ours
    "before AS (SELECT max(changes.tx) AS tx, max(id) AS id FROM changes, here WHERE changes.tx >= here.tx) "
    "UPDATE changes SET tx = before.tx + 1 FROM here, before WHERE changes.tx < here.tx AND changes.id > before.id"
)
REALIGN = text(
    f"UPDATE feed_clock SET shift = newest.tx - {OURS} + 1 "  # noqa: S608 - of ours
    f"FROM (SELECT max(tx) AS tx FROM changes) AS newest WHERE newest.tx >= {OURS} + shift"
)


class FeedClock(Base):
    """One row: what is added to this server's transaction numbers to make positions of the log."""

    __tablename__ = "feed_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    shift: Mapped[int] = mapped_column(BigInteger)
