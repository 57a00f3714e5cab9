"""What happened since: in order, without gaps, as often as anybody asks."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, text
from werkzeug.test import TestResponse

from newsletter import changes, clock, feed, ids, privacy
from newsletter.addresses import sha256
from newsletter.changes import Change, Cursor
from newsletter.db import db, is_postgresql, reader
from newsletter.errors import CursorInvalid
from newsletter.feed import Changes
from newsletter.subscriptions import Cause, Channel
from tests.conftest import Contents
from tests.people import People
from tests.tools import move


def told(page: Changes) -> list[dict[str, Any]]:
    return [json.loads(document) for document in page.documents]


def changes_after(cursor: Cursor | None = None, limit: int = 100) -> Changes:
    return feed.changes_after("nyhedsbrev", cursor or Cursor(), limit)


def leave(people: People, address: str) -> None:
    contact = json.loads(feed.contacts_of(address)[0].document)
    people.press(contact["links"]["unsubscribe"].removeprefix("http://localhost"), "unsubscribe")


def test_a_confirmation_is_a_change_with_its_contact(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")

    [change] = told(changes_after())

    assert change["kind"] == "confirmed"
    assert change["id"] == change["contact"]["id"]
    assert change["contact"]["email"] == "ada@example.org"
    assert change["at"] == change["contact"]["confirmed_at"]
    assert "match" not in change


def test_what_cannot_be_told_does_not_happen(people: People, contents: Callable[[], Contents]) -> None:
    """E2: a change is written in the transaction of what changed."""
    people.ask("ada@example.org")
    link = people.inbox.link("ada@example.org")
    acts: Sequence[Callable[[], TestResponse]] = (
        lambda: people.press(link, "confirm"),
        lambda: people.leave("ada@example.org"),
    )
    for act in acts:
        before = contents()
        with without_the_log():
            assert act().status_code >= 500
        assert contents() == before
        assert act().status_code == 200


@contextmanager
def without_the_log() -> Iterator[None]:
    """Nothing can be written to it, nor read from it."""
    rename("changes", "gone")
    try:
        yield
    finally:
        rename("gone", "changes")


def rename(table: str, name: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def test_a_change_tells_the_contact_as_it_is_when_read(service: Flask, people: People) -> None:
    """E2: by its version a tool knows what is older."""
    people.subscribe("ada@example.org")
    leave(people, "ada@example.org")

    confirmed, left = told(changes_after())

    assert [confirmed["kind"], left["kind"]] == ["confirmed", "unsubscribed"]
    assert confirmed["contact"] == left["contact"]
    assert confirmed["contact"]["status"] == "unsubscribed"
    assert confirmed["contact"]["version"] == 2


def test_what_ends_something_names_the_address_for_tools_that_know_no_ids(service: Flask, people: People) -> None:
    people.subscribe("Ada@example.org")
    leave(people, "ada@example.org")

    left = told(changes_after())[1]

    assert left["match"] == {
        "id": left["id"],
        "email_sha256": "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d",
    }


def test_whoever_has_moved_is_found_by_either_address_in_tools_that_know_no_ids(people: People) -> None:
    """A6.6: one that has not said as whom it took them still mails the address before."""
    old, new = "ada@example.org", "ada@new.example.com"
    people.subscribe(old)

    move(people, old, new)

    with reader() as session:
        known = changes.hashes(session, feed.contacts_of(new)[0].id)
    assert known == {sha256(old), sha256(new)}
    [_, moved] = told(changes_after())
    assert {moved[match]["email_sha256"] for match in ("match", "previous_match")} == known


def test_who_is_forgotten_is_named_by_the_address_that_the_tool_knows(people: People) -> None:
    """PRODUCT 4.9, 5.2: what was left before a move did not move, so its tool has never heard of the new address."""
    old, new = "ada@example.org", "ada@new.example.com"
    people.subscribe(old)
    people.subscribe(old, slug="webshop")
    leave(people, old)
    move(people, old, new)

    privacy.erase(feed.contacts_of(new)[0].id, Cause(Channel.STAFF))

    [_, left, gone] = told(changes_after())
    assert gone["kind"] == "erased"
    assert gone["match"] == left["match"] == {"id": gone["id"], "email_sha256": sha256(old)}
    elsewhere = told(feed.changes_after("webshop", Cursor(), 100))[-1]
    assert (elsewhere["kind"], elsewhere["match"]["email_sha256"]) == ("erased", sha256(new))


def test_a_reader_goes_on_from_its_last_cursor(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org", "grace@example.org")

    first = changes_after(limit=1)
    second = changes_after(first.last, limit=1)
    third = changes_after(second.last, limit=1)

    assert [told(page)[0]["contact"]["email"] for page in (first, second)] == ["ada@example.org", "grace@example.org"]
    assert first.is_full
    assert told(third) == []
    assert not third.is_full
    assert third.last == second.last
    assert Cursor.parse(told(second)[0]["cursor"]) == second.last


def test_reading_again_tells_the_same(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")

    assert changes_after() == changes_after()


def test_of_who_was_erased_only_the_id_is_told(service: Flask) -> None:
    """E7"""
    gone = ids.new()
    with db.engine.begin() as connection:
        connection.execute(insert(Change), [row(gone, "confirmed"), row(gone, "erased")])

    contacts = [change["contact"] for change in told(changes_after())]

    assert contacts == [{"id": gone}, {"id": gone}]


def row(contact_id: str, kind: str) -> dict[str, Any]:
    return {
        "newsletter": "nyhedsbrev",
        "contact_id": contact_id,
        "kind": kind,
        "at": clock.now(),
        "version": 1,
        "match": None,
        "previous_match": None,
    }


def test_a_reader_is_refused_when_another_change_stands_where_its_last_one_did(people: People) -> None:
    """As in a database that was restored from a backup, or lost its end, and has grown again since."""
    people.subscribe("ada@example.org", "grace@example.org")
    last = changes_after(limit=1).last

    for cursor in (last.told, str(last)):  # the second as earlier releases told it
        assert len(changes_after(Cursor.parse(cursor)).documents) == 1
    with pytest.raises(CursorInvalid):
        changes_after(Cursor.parse(f"{last}-{last.at + 1}"))


@pytest.mark.parametrize(
    "raw", ["", "x", "1", "-1", "1-", "1-x", "1-1-", "1-1-1-1", "١-١", f"{2**63}-1", f"1-{2**63}", "9" * 5000 + "-1"]
)
def test_what_is_no_cursor_of_the_changes_is_refused(service: Flask, raw: str) -> None:
    with pytest.raises(CursorInvalid):
        Cursor.parse(raw)


def test_a_cursor_of_the_other_kind_of_database_is_refused(service: Flask) -> None:
    """On PostgreSQL it would stand before everything, and on SQLite behind all that will ever be."""
    with pytest.raises(CursorInvalid):
        Cursor.parse("0-7" if is_postgresql() else "741-7")

    assert Cursor.parse("0-0") == Cursor.parse("0") == Cursor()
