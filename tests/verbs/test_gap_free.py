"""The feed's log never skips a change that was committed late (PRODUCT 4.10)."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from newsletter import changes, db, feed, signups
from newsletter.changes import Cursor
from newsletter.subscriptions import Cause, Channel, Completion, Subscription, Wishes, locked, rectify, suspend
from tests.people import People
from tests.servers import Postgres, wait_until

SLOW = """
CREATE FUNCTION wait_for_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.contact_id = '{contact}' THEN PERFORM pg_advisory_xact_lock(4711); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER late BEFORE INSERT ON changes FOR EACH ROW EXECUTE FUNCTION wait_for_gate();
"""


@pytest.fixture
def database_url(server: Postgres, migrated_postgresql: str) -> str:
    """PostgreSQL alone: SQLite has one writer, so nothing commits late there."""
    return server.create_database(template=migrated_postgresql)


def contact_of(address: str) -> str:
    with db.reader() as session:
        return next(s.id for s in session.query(Subscription) if s.subscriber.address == address)


def read(cursor: Cursor) -> list[Any]:
    with db.snapshot() as connection:
        return list(changes.after(connection, "nyhedsbrev", cursor, 100))


def position(row: Any) -> Cursor:
    return Cursor(tx=row.tx, id=row.id)


@contextmanager
def closed_gate() -> Iterator[None]:
    """While the block lasts, whoever writes a change of the slow contact waits in the middle of its transaction."""
    with db.db.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(4711)"))
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(4711)"))
            connection.rollback()


def in_thread(app: Flask, work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        with app.app_context():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def leave(contact_id: str) -> Subscription:
    return signups.leave(contact_id, Cause(Channel.PAGE))


def wait_until_somebody_waits() -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with db.db.engine.connect() as connection:
        wait_until(lambda: bool(connection.execute(waiting).scalar_one()), "somebody to wait")


def test_a_change_that_commits_late_is_waited_for_and_never_skipped(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org", "grace@example.org")
    ada, grace = contact_of("ada@example.org"), contact_of("grace@example.org")
    begin = position(read(Cursor())[-1])
    with db.db.engine.begin() as connection:
        connection.execute(text(SLOW.format(contact=ada)))

    with closed_gate():
        slow = in_thread(service, lambda: leave(ada))
        wait_until_somebody_waits()
        leave(grace)
        early = read(begin)
    slow.join()
    late = read(begin)

    assert early == []
    assert [row.contact_id for row in late] == [ada, grace]


def test_a_list_read_while_a_change_is_not_committed_is_continued_with_that_change(
    service: Flask, people: People
) -> None:
    people.subscribe("ada@example.org")
    ada = contact_of("ada@example.org")
    with db.db.engine.begin() as connection:
        connection.execute(text(SLOW.format(contact=ada)))

    with closed_gate():
        slow = in_thread(service, lambda: leave(ada))
        wait_until_somebody_waits()
        with db.snapshot() as connection:
            began = changes.latest(connection, "nyhedsbrev")
    slow.join()

    assert [row.contact_id for row in read(began)] == [ada]


def test_writers_do_not_queue_behind_each_other(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org", "grace@example.org")
    ada, grace = contact_of("ada@example.org"), contact_of("grace@example.org")
    with db.db.engine.begin() as connection:
        connection.execute(text(SLOW.format(contact=ada)))

    with closed_gate():
        slow = in_thread(service, lambda: leave(ada))
        wait_until_somebody_waits()
        gone = leave(grace)
    slow.join()

    assert gone.is_over


def test_many_writers_and_readers_end_up_with_the_same_list(service: Flask, people: People) -> None:
    """Readers pull while writers commit out of order; what each has pulled in the end is what the table says."""
    names = [f"person{number}@example.org" for number in range(12)]
    people.subscribe(*names)
    contacts = [contact_of(name) for name in names]
    pulled: list[list[str]] = [[], []]
    done = threading.Event()

    def pull(into: list[str]) -> None:
        cursor = Cursor()
        while True:
            last = done.is_set()
            for row in read(cursor):
                cursor = position(row)
                into.append(f"{row.contact_id} {row.kind} {row.version}")
            if last:
                return

    readers = [in_thread(service, lambda into=into: pull(into)) for into in pulled]
    writers = [in_thread(service, lambda contact=contact: leave(contact)) for contact in contacts]
    for writer in writers:
        writer.join()
    done.set()
    for reader in readers:
        reader.join()

    with db.reader() as session:
        kept = sorted(f"{c.contact_id} {c.kind} {c.version}" for c in session.query(changes.Change))
    assert sorted(pulled[0]) == sorted(pulled[1]) == kept


SLEEPY = """
CREATE FUNCTION hesitate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.04 * random()); RETURN NEW; END $$;
CREATE TRIGGER hesitant AFTER INSERT ON changes FOR EACH ROW EXECUTE FUNCTION hesitate();
"""
"""Everybody hesitates between writing a change and committing it, each for another while."""


def restless(contact_id: str) -> Callable[[], object]:
    """Somebody to whom much happens in a short time."""

    def live() -> None:
        for language in ("da", "de", "en"):
            wishes = Wishes(fields=None, language=language, topics=None)
            rectify(contact_id, wishes, Cause(Channel.STAFF))
        with db.transaction() as session:
            contact = locked(session, contact_id)
            suspend(session, contact, Cause(Channel.STAFF))
        leave(contact_id)

    return live


def copy_kept(done: threading.Event, copy: dict[str, Any], seen: set[tuple[str, int]]) -> None:
    """A tool that keeps a copy by small pages, from the beginning until nothing more is to come."""
    cursor = Cursor()
    while True:
        last = done.is_set()
        page = feed.changes_after("nyhedsbrev", cursor, 3)
        for change in map(json.loads, page.documents):
            contact = change["contact"]
            if contact["version"] >= copy.get(contact["id"], {"version": 0})["version"]:
                copy[contact["id"]] = contact
        seen |= {(row["id"], str(Cursor.parse(row["cursor"]))) for row in map(json.loads, page.documents)}
        cursor = page.last
        if last and not page.is_full:
            return


def test_whatever_the_writers_delay_every_copy_ends_up_like_the_table(service: Flask, people: People) -> None:
    """E7. Many writers that commit late and out of order, many readers; one begins when all is over."""
    names = [f"person{number}@example.org" for number in range(8)]
    people.subscribe(*names)
    contacts = [contact_of(name) for name in names]
    with db.db.engine.begin() as connection:
        connection.execute(text(SLEEPY))
    copies: list[dict[str, Any]] = [{} for _ in range(4)]
    seen: list[set[Any]] = [set() for _ in copies]
    done = threading.Event()

    early = [
        in_thread(service, lambda copy=copy, saw=saw: copy_kept(done, copy, saw))
        for copy, saw in zip(copies[:-1], seen[:-1], strict=True)
    ]
    writers = [in_thread(service, restless(contact)) for contact in contacts]
    for writer in writers:
        writer.join()
    done.set()
    for reader in early:
        reader.join()
    copy_kept(done, copies[-1], seen[-1])

    with db.reader() as session:
        table = {c.id: json.loads(Completion.now().text(c.contact)) for c in session.query(Subscription)}
        written = {(c.contact_id, str(Cursor(tx=c.tx, id=c.id))) for c in session.query(changes.Change)}
    assert all(copy == table for copy in copies)
    assert all(saw == written for saw in seen)
    assert len(written) == len(names) * 6
