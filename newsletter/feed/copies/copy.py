"""One row per connector and contact: what that tool holds of them, and whether it has still to be told."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.columns import Id, Instant
from newsletter.db import Base

RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=6)
WAITS_THAT_GROW = 10
GIVEN_UP = timedelta(days=3)
IS_DUE = text("due_at IS NOT NULL")


class Held(StrEnum):
    """What the tool holds of a contact, as far as we know."""

    NOTHING = "nothing"
    UNSURE = "unsure"  # a first push has left, and its answer is not known
    MAILED = "mailed"  # it is on the tool's list
    MOVING = "moving"  # so is it, under the old address and perhaps under the new one already
    LEFT = "left"  # the tool knows the person, and does not mail them


MAILED = (Held.MAILED, Held.MOVING)
"""The tool mails them."""


class Dead(StrEnum):
    """Why a copy is not tried again by itself. A later change of the contact is."""

    REFUSED = "refused"  # the tool will not have this person
    EXHAUSTED = "exhausted"  # it failed for three days


class Copy(Base):
    """One contact in one tool. `due_at` says that the tool has still to be told something."""

    __tablename__ = "copies"
    __table_args__ = (
        Index("ix_copies_due", "connector", "urgent", "due_at", postgresql_where=IS_DUE, sqlite_where=IS_DUE),
        Index("ix_copies_remote_id", "remote_id"),
    )

    connector: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str] = mapped_column(Id, primary_key=True)
    remote_id: Mapped[str | None]
    held: Mapped[str]
    erased: Mapped[bool]
    stray: Mapped[bool]  # nobody's contact: somebody whom the tool mails, and we do not know
    marks: Mapped[int]  # rises with every change, so that one during a push is not lost
    urgent: Mapped[bool]
    since: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int]
    dead: Mapped[str | None]
    answer: Mapped[str | None]

    def settle(self) -> None:
        """The tool has been told all that there is to tell."""
        self.due_at = self.since = self.dead = self.answer = None
        self.urgent, self.attempts = False, 0

    def wait(self, at: datetime, answer: str) -> None:
        self.attempts, self.answer = self.attempts + 1, answer
        self.due_at = at + min(RETRY * 2 ** min(self.attempts - 1, 20), LONGEST_RETRY)

    def failed_for_long(self, at: datetime, tool_worked_at: datetime | None) -> bool:
        """It has failed for days while the tool did as it was told for others, and often: no worker may have run."""
        if self.since is None or tool_worked_at is None or self.attempts < WAITS_THAT_GROW:
            return False
        return at - self.since > GIVEN_UP and tool_worked_at > self.since


def new(connector: str, contact_id: str, at: datetime, **values: Any) -> dict[str, Any]:
    """A row of somebody whom this tool has still to be told of."""
    return {
        "connector": connector,
        "contact_id": contact_id,
        "remote_id": None,
        "held": Held.NOTHING,
        "erased": False,
        "stray": False,
        "marks": 1,
        "urgent": False,
        "since": at,
        "due_at": at,
        "attempts": 0,
        "dead": None,
        "answer": None,
        **values,
    }


def locked(session: Session, connector: str, contact_id: str) -> Copy:
    return session.get_one(Copy, (connector, contact_id), with_for_update=True, populate_existing=True)
