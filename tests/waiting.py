"""Who stands in line in PostgreSQL, for somebody else's row, table or lock."""

from sqlalchemy import text

from newsletter.db import reader
from tests.servers import wait_until

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def wait_for(number: int) -> None:
    """Return when so many wait."""

    def in_line() -> bool:
        with reader() as session:
            return bool(session.scalar(WAITING) == number)

    wait_until(in_line, f"{number} to stand in line")
