"""The whole list as a stream."""

import csv
import io
import json
import sys
from contextlib import closing

import pytest
from flask import Flask

from newsletter import feed, subscriptions
from newsletter.db import db
from newsletter.feed import Export, Form, Layout, Lines, Selection
from newsletter.feed.export import gathered
from newsletter.subscriptions import Cause, Channel
from tests.people import People

EVERYBODY = Selection(newsletter="nyhedsbrev")


@pytest.fixture
def ada_and_grace(people: People) -> None:
    people.subscribe("ada@example.org", first_name="Ada", last_name='"Countess"; Lovelace, née Byron', tracking=True)
    people.subscribe("grace@example.org", first_name="=1+1", last_name="  +49", topic=["events", "products"])


def whole(form: Form) -> bytes:
    export = feed.export(EVERYBODY, form)
    with closing(export.blocks):
        return b"".join(export.blocks)


def sheet(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def held_connections() -> int:
    return int(db.engine.pool.checkedout())  # type: ignore[attr-defined]


@pytest.mark.usefixtures("ada_and_grace")
def test_a_stream_tells_every_contact_as_the_list_does(service: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short one in the list's order, though ada's row is newer than grace's now; of a long one that is no promise."""
    ada = json.loads(feed.contacts(EVERYBODY, None, 1).documents[0])
    subscriptions.withdraw(ada["id"], ["tracking"], Cause(Channel.ME))
    listed = feed.contacts(EVERYBODY, None, 100).documents

    streamed = whole(Lines()).decode().splitlines()

    assert streamed == list(listed)
    assert len(streamed) == 2
    monkeypatch.setattr(sys.modules[gathered.__module__], "IN_ORDER", 1)
    assert sorted(whole(Lines()).decode().splitlines()) == sorted(listed)


@pytest.mark.usefixtures("ada_and_grace")
def test_a_stream_says_when_it_is_whole(service: Flask) -> None:
    """E8: a tool that replaces its list by it deletes what is left over."""
    last = whole(Lines(end=True)).decode().splitlines()[-1]

    assert json.loads(last) == {"end": True, "count": 2}


def test_a_stream_of_nobody_is_empty(service: Flask) -> None:
    assert whole(Lines()) == b""
    assert whole(Lines(end=True)) == b'{"end": true, "count": 0}\n'


@pytest.mark.usefixtures("ada_and_grace")
def test_count_position_and_rows_are_of_one_moment(service: Flask, people: People) -> None:
    export = feed.export(EVERYBODY, Lines())
    people.subscribe("katherine@example.org")

    with closing(export.blocks):
        rows = b"".join(export.blocks).splitlines()

    assert len(rows) == export.count == 2
    later = [json.loads(change) for change in feed.changes_after("nyhedsbrev", export.began, 100).documents]
    assert "katherine@example.org" in [change["contact"]["email"] for change in later]


@pytest.mark.usefixtures("ada_and_grace")
@pytest.mark.parametrize("blocks_read", [0, 1])
def test_who_goes_away_leaves_no_connection_behind(service: Flask, blocks_read: int) -> None:
    db.session.remove()
    export = feed.export(EVERYBODY, Lines(end=True))
    assert held_connections() == 1

    for _ in range(blocks_read):
        next(export.blocks)
    export.blocks.close()

    assert held_connections() == 0
    assert whole(Lines())


@pytest.mark.usefixtures("ada_and_grace")
def test_a_stream_that_is_only_forgotten_lets_go_too(service: Flask) -> None:
    db.session.remove()
    export = feed.export(EVERYBODY, Lines())
    next(export.blocks)

    del export

    assert held_connections() == 0


def test_rows_leave_in_blocks() -> None:
    rows = [b"x" * 1000] * 200

    blocks = [len(block) for block in gathered(iter(rows))]

    assert blocks == [66_066, 66_066, 66_066, 2_002]


@pytest.mark.usefixtures("ada_and_grace")
def test_a_sheet_has_the_promised_columns_then_those_of_the_catalogue(service: Flask) -> None:
    text = whole(Layout(fields=["first_name", "last_name"])).decode()

    assert text.splitlines()[0] == (
        "id,email,status,language,source,channel,signed_up_at,confirmed_at,changed_at,topics,newsletter_state,"
        "newsletter_at,newsletter_wording,tracking_allowed,tracking_at,tracking_wording,unsubscribe_url,manage_url,"
        "first_name,last_name"
    )
    ada, grace = sheet(text)
    contact = json.loads(feed.contacts_of("ada@example.org")[0].document)
    assert ada["id"] == contact["id"]
    assert ada["newsletter_state"] == "granted"
    assert ada["tracking_allowed"] == "true"
    assert ada["tracking_wording"] == contact["consents"]["tracking"]["wording"]
    assert ada["unsubscribe_url"] == contact["links"]["unsubscribe"]
    assert ada["last_name"] == '"Countess"; Lovelace, née Byron'
    assert grace["topics"] == "events products"
    assert grace["tracking_allowed"] == "false"
    assert grace["tracking_wording"] == ""


@pytest.mark.usefixtures("ada_and_grace")
def test_no_cell_is_a_formula(service: Flask) -> None:
    """D4.4: and JSON tells what was typed."""
    grace = sheet(whole(Layout(fields=["first_name", "last_name"])).decode())[1]

    assert grace["first_name"] == "'=1+1"
    assert grace["last_name"] == "'  +49"
    told = json.loads(feed.contacts_of("grace@example.org")[0].document)
    assert (told["fields"]["first_name"], told["fields"]["last_name"]) == ("=1+1", "  +49")


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\0x", " =1", "\u00a0=1", "＝1", "＋1", "－1", "＠x"]
)
def test_a_cell_that_a_spreadsheet_would_take_for_a_formula_is_led_by_an_apostrophe(cell: str) -> None:
    assert row_of(cell)["first_name"] == f"'{cell}"


@pytest.mark.parametrize("cell", ["Ada", "1-2", "a=b", "O'Hara", "née", ""])
def test_any_other_cell_is_left_as_it_is(cell: str) -> None:
    assert row_of(cell)["first_name"] == cell


def row_of(first_name: str) -> dict[str, str]:
    plain = ("id", "email", "status", "language", "source", "channel", "signed_up_at", "confirmed_at", "changed_at")
    contact = dict.fromkeys(plain, "x") | {"topics": [], "consents": {}, "tracking_allowed": False}
    layout = Layout(fields=["first_name"], links=False)
    document = {**contact, "links": {}, "fields": {"first_name": first_name}}

    return sheet(b"".join(layout.blocks([json.dumps(document).encode() + b"\n"], 1)).decode())[0]


@pytest.mark.usefixtures("ada_and_grace")
def test_a_sheet_for_excel_has_semicolons_and_a_byte_order_mark(service: Flask) -> None:
    text = whole(Layout(fields=["last_name"], excel=True)).decode()

    assert text.startswith("\ufeffid;email;")
    assert "\r\n" in text
    assert sheet(text.removeprefix("\ufeff"), ";")[0]["last_name"] == '"Countess"; Lovelace, née Byron'


@pytest.mark.usefixtures("ada_and_grace")
def test_a_sheet_without_links_lets_nobody_unsubscribe_others(service: Flask) -> None:
    text = whole(Layout(fields=[], links=False)).decode()

    assert "http://localhost" not in text
    assert text.splitlines()[0].endswith(",tracking_at,tracking_wording")


def test_an_export_is_closed_with_its_snapshot(service: Flask) -> None:
    export: Export = feed.export(EVERYBODY, Lines())

    export.blocks.close()

    assert list(export.blocks) == []
