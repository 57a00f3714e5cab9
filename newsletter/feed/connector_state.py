"""What is kept of how a connector stands: one row each, for all workers."""

from datetime import datetime
from typing import Self

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.columns import Instant
from newsletter.db import Base


class ConnectorState(Base):
    """What one connector has read, who works on it, what keeps it from working."""

    __tablename__ = "connectors"

    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    newsletter: Mapped[str]
    cursor: Mapped[str]
    filled_to: Mapped[str | None]  # the last contact of the first fill; none once it is over
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # not before: the tool is in trouble
    next_at: Mapped[datetime | None] = mapped_column(Instant)  # when the next file is due, where files are dropped
    troubles: Mapped[int]
    misconfigured: Mapped[bool]
    answer: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done: Mapped[int]
    withdrawn: Mapped[int]
    withdrawn_ms: Mapped[int] = mapped_column(BigInteger)
    retried: Mapped[int]
    refused: Mapped[int]
    drift: Mapped[int | None]
    drift_at: Mapped[datetime | None] = mapped_column(Instant)

    @classmethod
    def locked(cls, session: Session, name: str) -> Self:
        return session.get_one(cls, name, with_for_update=True, populate_existing=True)

    def count_done(self, urgent_since: datetime | None, at: datetime) -> None:
        """Also how long a withdrawal took to get there (A6.6)."""
        self.done, self.done_at = self.done + 1, at
        if urgent_since:
            self.withdrawn += 1
            self.withdrawn_ms += max(round((at - urgent_since).total_seconds() * 1000), 0)

    def free_for(self, worker: str, at: datetime) -> bool:
        return self.leased_by in (None, worker) or self.leased_until is None or self.leased_until <= at
