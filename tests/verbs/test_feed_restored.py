"""A database that was restored into a server of lower transaction numbers: its feed goes on (PRODUCT 4.10, 4.13)."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import text

from newsletter import changes, db, feed, jobs, outbox, selfservice, signups
from newsletter.changes import Cursor
from newsletter.commands import duties, worker
from newsletter.subscriptions import Cause, Channel
from tests.conftest import ROOT
from tests.people import People
from tests.servers import Postgres, wait_until

ADA, GRACE = "ada@example.org", "grace@example.org"
IN_THE_MIDDLE = """
INSERT INTO changes (newsletter, contact_id, kind, at, version) VALUES ('nyhedsbrev', :contact_id, 'updated', now(), 2)
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def database_url(server: Postgres, migrated_postgresql: str) -> str:
    """PostgreSQL alone: a file of SQLite brings its numbers along."""
    return server.create_database(template=migrated_postgresql)


def contact_of(address: str) -> str:
    return feed.contacts_of(address)[-1].id


def restore() -> Cursor:
    """Into another server; where the readers of before are."""
    with db.db.engine.begin() as connection:
        connection.execute(text("UPDATE changes SET tx = tx + 1000000"))
        return Cursor.of(connection.execute(text("SELECT * FROM changes ORDER BY tx DESC LIMIT 1")).one())


@contextmanager
def working(service: Flask) -> Iterator[None]:
    """A worker runs for the length of the block."""
    stop = threading.Event()

    def work() -> None:
        with service.app_context():
            worker.run_until_told(outbox.Courier(selfservice.Author(), stop), stop)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def has_been_round() -> bool:
    with db.reader() as session:
        return jobs.last(session, "signups") is not None


def read(cursor: Cursor) -> Sequence[Any]:
    with db.snapshot() as connection:
        return changes.after(connection, "nyhedsbrev", cursor, 100)


def test_it_goes_on_where_its_readers_are(people: People) -> None:
    people.subscribe(ADA)
    restore()
    unseen = read(Cursor())

    changes.realign()
    people.subscribe(GRACE)

    assert unseen == []
    assert [row.contact_id for row in read(Cursor())] == [contact_of(ADA), contact_of(GRACE)]


def test_what_happens_before_a_worker_starts_is_told_to_readers_of_before(service: Flask, people: People) -> None:
    """One act is over by then, one in the middle of its transaction."""
    people.subscribe(ADA, GRACE)
    reader = restore()

    def work() -> None:
        with service.app_context():
            changes.realign()

    signups.leave(contact_of(ADA), Cause(Channel.PAGE))
    with db.db.engine.connect() as writer, db.db.engine.connect() as onlooker:
        writer.exec_driver_sql("BEGIN")
        writer.execute(text(IN_THE_MIDDLE), {"contact_id": contact_of(GRACE)})
        worker = threading.Thread(target=work)
        worker.start()
        wait_until(lambda: onlooker.execute(text(WAITING)).scalar_one() == 1, "the worker to wait")
        writer.exec_driver_sql("COMMIT")
    worker.join()
    people.leave(GRACE)
    changes.realign()

    told = [(row.contact_id, row.kind) for row in read(reader)]
    assert told == [
        (contact_of(ADA), "unsubscribed"),
        (contact_of(GRACE), "updated"),
        (contact_of(GRACE), "unsubscribed"),
    ]


def test_what_happens_without_any_worker_is_told_when_the_database_was_upgraded_first(people: People) -> None:
    """As whoever restores does; the numbers may have outgrown the positions of before when a worker starts."""
    people.subscribe(ADA, GRACE)
    reader = restore()

    flask_migrate.upgrade(str(ROOT / "migrations"))
    people.leave(ADA)

    assert [(row.contact_id, row.kind) for row in read(reader)] == [(contact_of(ADA), "unsubscribed")]


def test_a_worker_that_runs_already_notices_that_its_server_was_exchanged(
    service: Flask, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by an upgrade of PostgreSQL to which the processes connect anew by themselves."""
    monkeypatch.setattr(duties, "REALIGN_EVERY", 0.1)
    people.subscribe(ADA)

    with working(service):
        wait_until(has_been_round, "the worker to have been round")
        reader = restore()
        signups.leave(contact_of(ADA), Cause(Channel.PAGE))
        wait_until(lambda: [row.kind for row in read(reader)] == ["unsubscribed"], "the feed to go on")
