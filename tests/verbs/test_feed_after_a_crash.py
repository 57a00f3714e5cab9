"""The feed of a database that has crashed: nothing is passed over, and nobody waits for what is lost (PRODUCT 4.10)."""

from collections.abc import Iterator

import pytest

from newsletter import changes, db, feed, signups
from newsletter.changes import Cursor
from newsletter.errors import CursorInvalid
from newsletter.subscriptions import Cause, Channel
from tests.conftest import migrate
from tests.people import People
from tests.servers import OwnPostgres, own_postgres

ADA, GRACE = "ada@example.org", "grace@example.org"
UNDONE = (
    "INSERT INTO changes (newsletter, contact_id, kind, at, version) VALUES ('nyhedsbrev', 'x', 'updated', now(), 1)"
)


@pytest.fixture
def server() -> Iterator[OwnPostgres]:
    with own_postgres(fsync=False) as own:
        yield own


@pytest.fixture
def database_url(server: OwnPostgres) -> str:
    """PostgreSQL alone: SQLite numbers rows, and no transactions."""
    url = server.create_database()
    migrate(url)
    return url


def test_what_happens_after_a_crash_is_told_to_whoever_has_read_the_list_before(
    server: OwnPostgres, people: People
) -> None:
    """The numbers of transactions that were undone are given again, if nothing of them had come to the disk."""
    server.settings += ["-c", "wal_writer_delay=10s"]
    server.stop()
    server.start()
    people.subscribe(ADA)
    with db.db.engine.connect() as writer:
        for _ in range(20):
            writer.exec_driver_sql("BEGIN")
            writer.exec_driver_sql(UNDONE)
            writer.exec_driver_sql("ROLLBACK")
    with db.snapshot() as connection:
        began = changes.latest(connection, "nyhedsbrev")

    server.kill()
    server.start()
    signups.leave(feed.contacts_of(ADA)[-1].id, Cause(Channel.PAGE))

    with db.snapshot() as connection:
        told = changes.after(connection, "nyhedsbrev", began, 100)
    assert [change.kind for change in told] == ["unsubscribed"]


def test_a_reader_of_what_was_lost_is_refused_although_the_log_has_outgrown_its_cursor(
    server: OwnPostgres, people: People
) -> None:
    """As after a failover to a server that had not yet heard of the last changes: others have come to stand there."""
    people.subscribe(ADA, GRACE)
    ada, grace = (feed.contacts_of(address)[-1].id for address in (ADA, GRACE))
    server.settings += ["-c", "synchronous_commit=off", "-c", "wal_writer_delay=10s"]
    server.stop()
    server.start()
    signups.leave(grace, Cause(Channel.PAGE))
    cursor = feed.changes_after("nyhedsbrev", Cursor(), 100).last

    server.kill()
    server.start()
    signups.leave(ada, Cause(Channel.PAGE))
    people.subscribe("carl@example.org", "dora@example.org")

    with pytest.raises(CursorInvalid):
        feed.changes_after("nyhedsbrev", cursor, 100)
