"""How far the journal has come, as the database knows it: what tells a restored database from one that is current.

Before anything is written to a file, the database has committed up to which number that may go. So a file is never
ahead of its database, whatever dies when; where it is, the database is older than its journal.
"""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.columns import Instant
from newsletter.db import OneRow

LEASE = timedelta(seconds=40)


class JournalState(OneRow):
    """One row. `name` is the database's own, and its folder's; a copy of the database has the same."""

    __tablename__ = "journal"

    name: Mapped[str]
    reserved: Mapped[int] = mapped_column(BigInteger)
    written: Mapped[int] = mapped_column(BigInteger)
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None] = mapped_column(Instant)
    restored_at: Mapped[datetime | None] = mapped_column(Instant)

    def is_older_than(self, last: int) -> bool:
        """Whether the files go on after this database's end."""
        return self.restored_at is not None or last > self.reserved

    def is_free(self, at: datetime) -> bool:
        """A claim that goes on for twice as long as any may is of a clock that was far ahead, and holds nobody up."""
        return self.claimed_until is None or not at < self.claimed_until <= at + 2 * LEASE

    def claim(self, worker: str, at: datetime, first: int, count: int) -> None:
        """Nobody else writes for a while, and this worker up to that number."""
        self.claimed_by, self.claimed_until = worker, at + LEASE
        self.reserved = max(self.reserved, first + count - 1)

    def settle(self, last: int) -> None:
        """It stands in the files."""
        self.written = max(self.written, last)
        self.claimed_by = self.claimed_until = None

    def caught_up(self, last: int) -> None:
        """What the files told has been done again."""
        self.reserved = self.written = max(self.reserved, last)
        self.restored_at = None
