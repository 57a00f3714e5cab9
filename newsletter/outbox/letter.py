"""Letters wait here: a letter is a row first, written with the act that causes it, and sent by the worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, Update, func, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import ids, keyring
from newsletter.columns import Id, Instant, Json
from newsletter.db import Base, among

NO_NEWSLETTER = ""
"""What a letter about a person names, which is about no newsletter and in no newsletter's daily counts."""
LEASE = timedelta(seconds=40)
"""A claim ends by itself after this time, so a dead worker's letters are free again within 45 seconds (PRODUCT 4.3)."""
TRIED_FOR = timedelta(days=7)
"""How long a letter that has no deadline of its own is tried."""


class State(StrEnum):
    """Where a letter stands. Only the first three ever leave."""

    WAITING = "waiting"  # nobody has decided yet whether and as what it leaves
    HELD = "held"  # an address's limit holds it back until `due_at`
    READY = "ready"  # decided, counted, addressed
    SENT = "sent"  # accepted by the relay
    REFUSED = "refused"  # refused for good, for its recipient's sake
    REPEATED = "repeated"  # of a double click: it only leads from its post to the signup whose letter came


OPEN = (State.WAITING, State.HELD, State.READY)
IS_OPEN = text("state IN ('waiting', 'held', 'ready')")


class Letter(Base):
    """One letter to one person. It dies with its signup; what was confirmed keeps its proof as evidence.

    `signup_id` is no foreign key: the insert is on the hottest path, and every deletion of a signup goes through
    one function that takes the letters along.
    """

    __tablename__ = "letters"
    __mapper_args__ = {"confirm_deleted_rows": False}  # who cancels may have been faster than the worker
    __table_args__ = (
        Index("ix_letters_open", "due_at", postgresql_where=IS_OPEN, sqlite_where=IS_OPEN),
        Index("ix_letters_signup_id", "signup_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    newsletter: Mapped[str]
    language: Mapped[str]
    source: Mapped[str | None]
    signup_id: Mapped[str | None] = mapped_column(Id)
    subscriber_id: Mapped[str | None] = mapped_column(Id)
    contact_id: Mapped[str | None] = mapped_column(Id)
    address: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    version_id: Mapped[str | None]
    key_id: Mapped[str | None]
    holes: Mapped[dict[str, str] | None] = mapped_column(Json)
    sha256: Mapped[str | None]
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    reply: Mapped[str | None]

    def write(self, version_id: str, sender: str, own: Mapping[str, str]) -> None:
        """Decided: it leaves as this version, its holes filled. Among its own there may be another envelope sender."""
        self.version_id, self.key_id, self.state = version_id, keyring.newest().id, State.READY
        message_id = f"{self.id}@{sender.rpartition('@')[2]}"
        self.holes = {"recipient": self.address, "sender": sender, "message_id": message_id, **own}

    def hold_back(self, until: datetime) -> None:
        """A limit does, and the worker that has claimed it gives it back."""
        self.state, self.due_at = State.HELD, until
        self.claimed_by = self.claimed_until = None

    def is_late(self, at: datetime) -> bool:
        """Of a letter that has no deadline of its own: whether nobody waits for it any more."""
        return at - self.created_at > TRIED_FOR


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A letter that somebody caused, before anybody has decided whether it leaves and as what."""

    kind: str
    signup_id: str | None = None
    contact_id: str | None = None
    newsletter: str
    language: str
    source: str | None
    address: str
    at: datetime

    def row(self) -> dict[str, Any]:
        """A waiting letter, to be written together with what caused it."""
        return {
            **EMPTY,
            "id": ids.new(),
            "kind": self.kind,
            "signup_id": self.signup_id,
            "contact_id": self.contact_id,
            "newsletter": self.newsletter,
            "language": self.language,
            "source": self.source,
            "address": self.address,
            "state": State.WAITING.value,
            "created_at": self.at,
            "due_at": self.at,
            "attempts": 0,
        }

    def letter(self) -> Letter:
        """The same for a session."""
        return Letter(**self.row())


EMPTY: dict[str, Any] = dict.fromkeys(column.name for column in Letter.__table__.columns)


def unclaimed(at: datetime) -> Select[str]:
    """The due letters that nobody has claimed, oldest first."""
    return due(at).where(Letter.claimed_until.is_(None))


def free(at: datetime) -> Select[str]:
    """Also those whose claim ran out, because the worker that holds it died: a live one renews what it claimed."""
    return due(at).where(or_(Letter.claimed_until.is_(None), Letter.claimed_until <= at))


def due(at: datetime) -> Select[str]:
    return select(Letter.id).where(IS_OPEN, Letter.due_at <= at).order_by(Letter.due_at)


def claim(session: Session, worker: str, at: datetime, oldest: Select[str]) -> list[str]:
    """Take these letters for this worker, passing over what others take at this moment.

    They are chosen in a table expression, which runs once: as a bare subquery, PostgreSQL may run it for every row
    it looks at, and skip what it has locked itself, so that it takes more.
    """
    chosen = oldest.with_for_update(skip_locked=True).cte("chosen")
    taken = (
        update(Letter)
        .where(Letter.id.in_(select(chosen.c.id)))
        .values(claimed_by=worker, claimed_until=at + LEASE)
        .returning(Letter.id)
    )
    return list(session.scalars(taken))


def renew(session: Session, worker: str, at: datetime) -> None:
    """A live worker keeps what it claimed. What it misses at one time it has at the next: a lease outlasts several."""
    session.execute(change_claims(worker).values(claimed_until=at + LEASE))


def release(session: Session, worker: str, claimed: Sequence[str]) -> None:
    """A worker gives back what it did not get to of what it claimed; of all there is, where it does not know that.

    To look at all would cost it more after each round, while very many wait, than the round itself.
    """
    among_these = [among(Letter.id, claimed)] if claimed else []
    session.execute(change_claims(worker, *among_these).values(claimed_by=None, claimed_until=None))


def change_claims(worker: str, *conditions: ColumnElement[bool]) -> Update:
    """Of a worker's letters, passing over those that somebody deletes or writes to at this moment.

    Whoever is erased or leaves has several deleted, in an order of their own: nobody must wait there in a circle.
    """
    claimed = select(Letter.id).where(IS_OPEN, Letter.claimed_by == worker, *conditions)
    mine = claimed.with_for_update(skip_locked=True).cte("mine")
    return update(Letter).where(Letter.id.in_(select(mine.c.id)))


def oldest_due(session: Session, at: datetime) -> datetime | None:
    """Since when the oldest letter that is due has been waiting."""
    return session.scalar(select(func.min(Letter.due_at)).where(IS_OPEN, Letter.due_at <= at))
