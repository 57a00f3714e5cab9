"""Somebody who looks at the evidence, held up in front of one table of PostgreSQL's."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from newsletter.db import reader, transaction
from tests.servers import wait_until

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@contextmanager
def holding(table: str) -> Iterator[Session]:
    """Whoever comes to this table waits until the end of the block, and then sees what was done in it, or does not."""
    with transaction() as session:
        session.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield session


def wait_for(number: int) -> None:
    def in_line() -> bool:
        with reader() as session:
            return bool(session.scalar(WAITING) == number)

    wait_until(in_line, f"{number} to wait for the table")
