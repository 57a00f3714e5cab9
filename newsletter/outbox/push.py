"""Pushes wait here: one row for each change and each webhook that is to hear of it. No row holds personal data.

Acts write no pushes. The log of changes is stored with them, and the worker makes pushes of it, webhook by webhook:
so a confirmation costs the same with ten webhooks as with none.
"""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Index, Select, and_, exists, literal_column, or_, select, text, update
from sqlalchemy import tuple_ as position
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from newsletter.columns import Id, Instant
from newsletter.db import Base


class PushState(StrEnum):
    """Where a push stands. Only the first is ever sent."""

    WAITING = "waiting"
    DELIVERED = "delivered"  # the receiver answered 2xx
    DEAD = "dead"  # given up; replayed by hand


class Priority(IntEnum):
    """What leaves first when much is waiting: whatever ends something, and last what is told again (PRODUCT 4.10)."""

    WITHDRAWAL = 0
    USUAL = 1
    REPLAY = 2


IS_WAITING = text("state = 'waiting'")
WAITING: ColumnElement[str] = literal_column("'waiting'")
"""Spelt out and never a parameter: only so does the planner know that the partial indexes will do."""


class Push(Base):
    """One change on its way to one webhook. Its id is the `webhook-id` that every attempt carries."""

    __tablename__ = "pushes"
    __table_args__ = (
        Index("uq_pushes_webhook_id_change_id", "webhook_id", "change_id", unique=True),
        Index("ix_pushes_webhook_id_id", "webhook_id", "id"),
        Index(
            "ix_pushes_next",
            "webhook_id",
            "priority",
            "due_at",
            "tx",
            "change_id",
            postgresql_where=IS_WAITING,
            sqlite_where=IS_WAITING,
        ),
        Index(
            "ix_pushes_contact",
            "webhook_id",
            "contact_id",
            "tx",
            "change_id",
            postgresql_where=IS_WAITING,
            sqlite_where=IS_WAITING,
        ),
        Index("ix_pushes_finished_at", "finished_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(Id)
    tx: Mapped[int] = mapped_column(BigInteger)
    change_id: Mapped[int | None] = mapped_column(BigInteger)
    contact_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    priority: Mapped[int]
    state: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(Instant)
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int]
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    status: Mapped[int | None]
    error: Mapped[str | None]
    latency: Mapped[int | None]

    @property
    def is_urgent(self) -> bool:
        """A withdrawal, or what one has to wait for because it came earlier."""
        return self.priority == Priority.WITHDRAWAL

    @property
    def place(self) -> tuple[int, int]:
        """Where its change stands in the log."""
        return self.tx, self.change_id or 0

    def claim(self, worker: str, at: datetime, until: datetime) -> None:
        self.claimed_by, self.claimed_until = worker, until
        self.attempts += 1
        self.tried_at = self.tried_at or at

    def is_on_its_way(self, at: datetime) -> bool:
        return self.claimed_until is not None and self.claimed_until > at

    def release(self) -> None:
        self.claimed_by = self.claimed_until = None

    def finish(self, state: PushState, at: datetime) -> None:
        self.state, self.finished_at = state, at
        self.release()

    def again(self, at: datetime) -> None:
        """What was given up or has long arrived is sent once more. What waits is due now, and as urgent as it was."""
        if self.state == PushState.WAITING:
            self.tried_at, self.due_at = None, at
            return
        for name, value in anew(at).items():
            setattr(self, name, value)


def anew(at: datetime) -> dict[str, Any]:
    """What a push that is told again begins with, as if it had never been tried."""
    untried = {"attempts": 0, "tried_at": None, "finished_at": None}
    return {"state": PushState.WAITING, "priority": Priority.REPLAY, "due_at": at, **untried}


def due(webhook_id: str, at: datetime) -> Select[Push]:
    """What may be sent to a webhook now, in the order in which it should be.

    Nothing overtakes an earlier push about the same contact, whoever is sending that one, or whenever it is tried
    again. So one worker or many, a contact's changes arrive in their order.
    """
    free = or_(Push.claimed_until.is_(None), Push.claimed_until <= at)
    mine = and_(Push.webhook_id == webhook_id, Push.state == WAITING)
    order = (Push.priority, Push.due_at, Push.tx, Push.change_id)
    return select(Push).where(mine, Push.due_at <= at, free, ~is_behind_another()).order_by(*order)


def in_flight(webhook_id: str, at: datetime) -> Select[str]:
    """What somebody is sending to a webhook at this moment."""
    return select(Push.id).where(Push.webhook_id == webhook_id, Push.state == WAITING, Push.claimed_until > at)


def is_behind_another() -> ColumnElement[bool]:
    earlier = aliased(Push)
    return exists().where(
        earlier.webhook_id == Push.webhook_id,
        earlier.contact_id == Push.contact_id,
        earlier.state == WAITING,
        position(earlier.tx, earlier.change_id) < position(Push.tx, Push.change_id),
    )


def begin_anew(session: Session, webhook_id: str, at: datetime) -> None:
    """What waits, and nobody is sending, is due now; how long it has been tried before is not held against it."""
    free = or_(Push.claimed_until.is_(None), Push.claimed_until <= at)
    waiting = update(Push).where(Push.webhook_id == webhook_id, Push.state == WAITING, free)
    session.execute(waiting.values(tried_at=None, due_at=at))
