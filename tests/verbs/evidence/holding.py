"""Somebody who looks at the evidence, held up in front of one table of PostgreSQL's."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from newsletter.db import transaction


@contextmanager
def holding(table: str) -> Iterator[Session]:
    """Whoever comes to this table waits until the end of the block, and then sees what was done in it, or does not."""
    with transaction() as session:
        session.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield session
