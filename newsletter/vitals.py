"""What the readiness report and `flask doctor` both look at: the schema, and forwarding headers that were ignored."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import false, inspect, select, text
from sqlalchemy.orm import Session

from newsletter import clock, jobs
from newsletter.db import db, reader, snapshot, transactional
from newsletter.jobs import JobRun

MIGRATIONS = Path(__file__).parents[1] / "migrations"
NEWEST = max(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*_*.py"))
"""The schema that this release was written for: migrations are numbered, so Alembic need not be loaded for this. An
upgrade puts the next release's files there while this one runs."""
IGNORED = "forwarding headers ignored"
"""Under this name `jobs` keeps when a forwarding header was last ignored: shared by all processes, on any machine."""
REMEMBERED = timedelta(days=1)
SESSION = text("SELECT pg_backend_pid()")
NO_ROW_TO_WRITE = select(JobRun.job).where(false()).with_for_update()
"""Takes nothing, and fails on a PostgreSQL that may only be read, as one that stands by does after a failover."""


def revision() -> str:
    """The schema that the database has; empty when it has none."""
    with snapshot() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.scalar(text("SELECT max(version_num) FROM alembic_version")) or ""


def serves(found: str) -> bool:
    """A newer schema serves too: migrations are safe under the previous release, which runs on while they do."""
    return found >= NEWEST


def refuse_only_reading() -> None:
    """Raises what the database says to a writer; its connections are made anew then. SQLite is not asked: it waits."""
    with reader() as session:
        session.execute(NO_ROW_TO_WRITE)


def is_handed_on() -> bool:
    """Whether who comes between two statements of a connection gets its session of PostgreSQL's: a pooler's doing.

    What a session was told, the locks that it holds and the statements that it has prepared are somebody else's then.
    """
    with db.engine.connect() as one, db.engine.connect() as other:
        before = one.scalar(SESSION)
        between = other.execution_options(**transactional()).scalar(SESSION)
        return bool(between == before or one.scalar(SESSION) != before)


def note_ignored_forwarding() -> None:
    jobs.record(IGNORED, 1)


def forwarding_ignored_at(session: Session) -> datetime | None:
    """When a peer that is not trusted last sent a forwarding header, if that was lately."""
    last = jobs.last(session, IGNORED)
    return last if last and clock.now() - last < REMEMBERED else None
