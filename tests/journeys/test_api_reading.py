"""A tool with a key reads the list, the stream, the changes and single contacts (D4.1, D4.3, D4.11)."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter import access
from newsletter.access import Read, Scope
from newsletter.db import db
from tests.people import People

LIST = "/api/v1/newsletters/nyhedsbrev/contacts"
CHANGES = "/api/v1/newsletters/nyhedsbrev/changes"
Get = Callable[[str], TestResponse]
Headers = dict[str, str]


def bearer(*scopes: Scope, newsletters: tuple[str, ...] = (), days: int | None = None) -> Headers:
    return {"Authorization": f"Bearer {access.create('the tool', scopes, newsletters, days)}"}


@pytest.fixture
def get(client: FlaskClient, service: Flask) -> Get:
    """Whatever a key with every scope may read."""
    headers = bearer(*Scope)
    return lambda path: client.get(path, headers=headers)


def journal() -> list[Read]:
    return list(db.session.scalars(select(Read).order_by(Read.id)))


def emails(answer: TestResponse) -> list[str]:
    return [contact["email"] for contact in answer.get_json()["items"]]


def test_the_list_holds_who_confirmed(get: Get, people: People) -> None:
    people.subscribe("ada@example.org")
    people.ask("grace@example.org")

    answer = get(LIST)

    assert answer.status_code == 200
    assert emails(answer) == ["ada@example.org"]
    assert answer.get_json()["next"] is None
    assert answer.headers["Newsletter-Count"] == "1"
    assert "Link" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_who_left_is_gone_from_the_very_next_list_and_change(get: Get, people: People) -> None:
    """A6.3"""
    people.subscribe("ada@example.org")
    listed = get(LIST)
    leave = listed.get_json()["items"][0]["links"]["unsubscribe"].removeprefix("http://localhost")
    people.client.post(leave, data={"List-Unsubscribe": "One-Click"})

    assert emails(get(LIST)) == []
    assert emails(get(f"{LIST}?status=unsubscribed")) == ["ada@example.org"]
    news = get(f"{CHANGES}?after={listed.headers['Newsletter-Changes-After']}").get_json()["items"]
    assert news[-1]["kind"] == "unsubscribed"
    assert news[-1]["contact"]["status"] == "unsubscribed"


def test_pages_are_walked_by_their_links(get: Get, people: People) -> None:
    """E7"""
    for name in ("ada", "grace", "katherine"):
        people.subscribe(f"{name}@example.org", topic=["products"])

    first = get(f"{LIST}?limit=2&topic=products")
    link = first.headers["Link"]
    assert link.startswith("<http://localhost/api/v1/newsletters/nyhedsbrev/contacts?")
    assert link.endswith('>; rel="next"')
    second = get(link[1:].split(">")[0].removeprefix("http://localhost"))

    assert emails(first) == emails(get(f"{LIST}?limit=2&cursor=")) == ["ada@example.org", "grace@example.org"]
    assert emails(second) == ["katherine@example.org"]
    assert first.get_json()["next"] in link
    assert second.get_json()["next"] is None
    assert second.headers["Newsletter-Count"] == "3"
    assert second.headers["Newsletter-Changes-After"] == first.headers["Newsletter-Changes-After"]


def test_changes_are_followed_by_their_cursors(get: Get, people: People) -> None:
    """E7"""
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org")

    first = get(f"{CHANGES}?limit=1")
    second = get(f"{CHANGES}?limit=2&after={first.get_json()['next']}")
    third = get(f"{CHANGES}?after={second.headers['Newsletter-Changes-After']}")
    for beginning in ("0", ""):
        assert get(f"{CHANGES}?limit=1&after={beginning}").get_json() == first.get_json()

    assert first.headers["Link"].endswith('>; rel="next"')
    assert [change["contact"]["email"] for change in second.get_json()["items"]] == ["grace@example.org"]
    assert second.get_json()["next"] is None
    assert third.get_json() == {"items": [], "next": None}
    assert third.headers["Newsletter-Changes-After"] == second.headers["Newsletter-Changes-After"]


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient, service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")
    headers = bearer(Scope.FEED_READ)
    etag = client.get(CHANGES, headers=headers).headers["ETag"]

    assert client.get(CHANGES, headers={**headers, "If-None-Match": etag}).status_code == 304


def test_the_stream_is_the_list_line_by_line(get: Get, people: People) -> None:
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org")

    answer = get(f"{LIST}.ndjson?end=1")

    assert answer.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[:-1] == get(LIST).get_json()["items"]
    assert lines[-1] == {"end": True, "count": 2}
    assert answer.headers["Newsletter-Count"] == "2"
    assert answer.headers["Newsletter-Changes-After"]


def test_the_sheet_opens_in_a_spreadsheet(get: Get, people: People) -> None:
    people.subscribe("ada@example.org", first_name="=1+1")

    answer = get(f"{LIST}.csv")
    [row] = csv.DictReader(io.StringIO(answer.text, newline=""))

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="nyhedsbrev.csv"'
    assert row["email"] == "ada@example.org"
    assert row["first_name"] == "'=1+1"
    assert answer.headers["Newsletter-Count"] == "1"
    assert "/unsubscribe/" in row["unsubscribe_url"]
    excel = get(f"{LIST}.csv?dialect=excel&links=none")
    assert excel.data.startswith(b"\xef\xbb\xbfid;email;")
    assert "/unsubscribe/" not in excel.text


def test_asking_for_the_head_alone_leaves_no_connection_behind(client: FlaskClient, service: Flask) -> None:
    headers = bearer(Scope.FEED_READ)

    for path in (f"{LIST}.csv", f"{LIST}.ndjson", LIST):
        with client.head(path, headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.data == b""

    db.session.remove()
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_daily_counts_are_told(get: Get, people: People) -> None:
    people.subscribe("ada@example.org")

    [item] = get("/api/v1/newsletters/nyhedsbrev/stats").get_json()["items"]

    assert item["language"] == "en"
    assert (item["signed_up"], item["letter_accepted"], item["confirmed"]) == (1, 1, 1)
    assert (item["expired"], item["not_me"]) == (0, 0)
    assert get("/api/v1/newsletters/nyhedsbrev/stats?from=2020-01-01&to=2020-12-31").get_json() == {
        "items": [],
        "next": None,
    }


def test_one_contact_is_shown_searched_and_proven(client: FlaskClient, get: Get, people: People) -> None:
    people.subscribe("ada@example.org")
    people.subscribe("ada@example.org", slug="webshop")
    contact = get(LIST).get_json()["items"][0]

    shown = get(f"/api/v1/contacts/{contact['id']}")
    search = {"email": "Ada@Example.org", "newsletter": "nyhedsbrev"}
    found = client.post("/api/v1/contacts/search", json=search, headers=bearer(Scope.CONTACTS_READ))
    proof = get(f"/api/v1/contacts/{contact['id']}/evidence").get_json()

    assert shown.get_json() == contact
    assert found.get_json() == {"items": [contact]}
    assert proof["contact"] == contact["id"]
    assert proof["withheld"] == 0
    acts = [act["act"] for act in proof["evidence"] if act["newsletter"] == "nyhedsbrev"]
    assert acts == ["signed_up", "letter_sent", "confirmed"]


def test_a_server_unsubscribes_somebody_and_says_why(client: FlaskClient, get: Get, people: People) -> None:
    """A6.2"""
    people.subscribe("ada@example.org")
    contact_id = get(LIST).get_json()["items"][0]["id"]
    body = {"reason": "asked for it by phone", "actor": "support: Grace"}
    headers = bearer(Scope.CONTACTS_WRITE)

    answers = [client.post(f"/api/v1/contacts/{contact_id}/unsubscribe", json=body, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json()["status"] == "unsubscribed"
    assert answers[1].get_json() == answers[0].get_json()
    [act] = [act for act in get(f"/api/v1/contacts/{contact_id}/evidence").get_json()["evidence"] if act["seq"] == 4]
    assert (act["act"], act["facts"]["channel"]) == ("unsubscribed", "api")
    assert (act["values"]["reason"], act["values"]["actor"]) == (body["reason"], body["actor"])


def test_every_read_is_journaled_without_addresses(client: FlaskClient, get: Get, people: People) -> None:
    """A7.5, D4.11, D4.3"""
    people.subscribe("ada@example.org")
    contact_id = get(LIST).get_json()["items"][0]["id"]
    get(f"{LIST}.ndjson?topic=products")
    changes = get(f"{CHANGES}?limit=1").get_json()
    get(f"{CHANGES}?after={changes['next']}")
    get(f"/api/v1/contacts/{contact_id}")
    get(f"/api/v1/contacts/{contact_id}/evidence")
    client.post("/api/v1/contacts/search", json={"email": "ada@example.org"}, headers=bearer(Scope.CONTACTS_READ))

    reads = journal()

    assert [(read.what.removeprefix("/api/v1"), read.rows) for read in reads] == [
        ("/newsletters/nyhedsbrev/contacts?status=subscribed", 1),
        ("/newsletters/nyhedsbrev/contacts.ndjson?status=subscribed&topic=products", 1),
        ("/newsletters/nyhedsbrev/changes", 1),
        ("/newsletters/nyhedsbrev/changes?after=" + changes["next"], 0),
        (f"/contacts/{contact_id}", 1),
        (f"/contacts/{contact_id}/evidence", 3),
        ("/contacts/search", 1),
    ]
    assert all(read.key_id and read.peer == "127.0.0.1" for read in reads)


def test_a_key_reads_nothing_of_newsletters_that_it_does_not_reach(
    client: FlaskClient, get: Get, people: People
) -> None:
    """D4.1"""
    people.subscribe("ada@example.org")
    people.subscribe("ada@example.org", slug="webshop")
    ours, theirs = (
        get(f"/api/v1/newsletters/{slug}/contacts").get_json()["items"][0] for slug in ("webshop", "nyhedsbrev")
    )
    shop = bearer(*Scope, newsletters=("webshop",))

    def ask(path: str, **sent: Any) -> TestResponse:
        return client.open(f"/api/v1{path}", headers=shop, **sent)

    leaving = {"reason": "x", "actor": "y"}
    assert ask("/newsletters/nyhedsbrev/contacts").status_code == 403
    assert ask(f"/contacts/{theirs['id']}").status_code == 404
    assert ask(f"/contacts/{theirs['id']}/evidence").status_code == 404
    assert ask(f"/contacts/{theirs['id']}/unsubscribe", method="POST", json=leaving).status_code == 404
    assert ask("/contacts/search", method="POST", json={"email": "ada@example.org"}).get_json() == {"items": [ours]}
    proof = ask(f"/contacts/{ours['id']}/evidence").get_json()
    assert {act["newsletter"] for act in proof["evidence"]} == {"webshop"}
    assert proof["withheld"] == 3


DOORS = [
    ("GET", LIST, Scope.FEED_READ),
    ("GET", f"{LIST}.csv", Scope.FEED_READ),
    ("GET", f"{LIST}.ndjson", Scope.FEED_READ),
    ("GET", CHANGES, Scope.FEED_READ),
    ("GET", "/api/v1/newsletters/nyhedsbrev/stats", Scope.FEED_READ),
    ("POST", "/api/v1/newsletters/nyhedsbrev/signups", Scope.SIGNUPS_WRITE),
    ("GET", "/api/v1/contacts/unknown", Scope.CONTACTS_READ),
    ("POST", "/api/v1/contacts/search", Scope.CONTACTS_READ),
    ("POST", "/api/v1/contacts/unknown/unsubscribe", Scope.CONTACTS_WRITE),
    ("GET", "/api/v1/contacts/unknown/evidence", Scope.EVIDENCE_READ),
]


def test_nobody_enters_without_a_key(client: FlaskClient) -> None:
    """D4.1"""
    for method, path, _ in DOORS:
        for shown in (None, "x", "Bearer", "Bearer wrong", "Bearer nlk_\u00e6_x", f"Bearer nlk_{'0' * 24}_wrong"):
            answer = client.open(path, method=method, headers={"Authorization": shown} if shown else {})
            assert answer.status_code == 401, (path, shown)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.mimetype == "application/problem+json"
    open_to_all = {"/api/v1/openapi.json", "/api/v1/docs"}
    for rule in client.application.url_map.iter_rules():
        if rule.rule.startswith("/api/") and rule.rule not in open_to_all:
            for method in (rule.methods or set()) - {"OPTIONS"}:
                path = re.sub(r"<[^>]+>", "x", rule.rule)
                assert client.open(path, method=method).status_code == 401, (method, path)


def test_nobody_enters_with_a_key_for_something_else(client: FlaskClient, service: Flask) -> None:
    """D4.1, A7.5: the proof least of all."""
    others = {scope: bearer(*(set(Scope) - {scope})) for scope in Scope}
    right = {scope: bearer(scope) for scope in Scope}

    for method, path, scope in DOORS:
        refused = client.open(path, method=method, headers=others[scope])
        assert (refused.status_code, refused.mimetype) == (403, "application/problem+json"), path
        with client.open(path, method=method, headers=right[scope]) as let_in:
            assert let_in.status_code not in (401, 403), path


def test_a_key_works_until_it_is_revoked(client: FlaskClient, service: Flask) -> None:
    headers = bearer(Scope.FEED_READ, days=1)

    assert client.get(LIST, headers=headers).status_code == 200
    access.revoke(headers["Authorization"].split("_")[1])
    assert client.get(LIST, headers=headers).status_code == 401
