"""A tool with a key reads the list, the stream, the changes and single contacts (D4.1, D4.11)."""

import csv
import io
import json
from socket import socketpair

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter import catalog
from newsletter.access import Scope
from newsletter.callers import WHOLE
from newsletter.db import db
from tests.conftest import EXAMPLE
from tests.journeys.api_reading.reading import CHANGES, LIST, STATS, Get, bearer
from tests.people import People, later


def emails(answer: TestResponse) -> list[str]:
    return [contact["email"] for contact in answer.get_json()["items"]]


def next_of(answer: TestResponse) -> str:
    """The path of the next page, as the answer's link names it on the service's own address."""
    link = answer.headers["Link"]
    assert link.startswith("<http://localhost/api/v1/newsletters/nyhedsbrev/")
    assert link.endswith('>; rel="next"')
    return link[1:].split(">")[0].removeprefix("http://localhost")


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
    people.subscribe("ada@example.org", "grace@example.org", "katherine@example.org", topic=["products"])

    first = get(f"{LIST}?limit=1&topic=products")
    second = get(next_of(first))
    third = get(next_of(second))

    assert emails(first) == emails(get(f"{LIST}?limit=1&cursor=")) == ["ada@example.org"]
    assert (emails(second), emails(third)) == (["grace@example.org"], ["katherine@example.org"])
    assert first.get_json()["next"] in first.headers["Link"]
    assert third.get_json()["next"] is None
    for name, value in {
        "Newsletter-Count": "3",
        "Newsletter-Changes-After": first.headers["Newsletter-Changes-After"],
    }.items():
        assert third.headers[name] == value


def test_what_is_retired_is_still_selected_by(get: Get, people: People) -> None:
    """PRODUCT 4.1: it closes sign-up, and keeps the feed."""
    people.subscribe("ada@example.org", topic="events", tracking=True)
    people.subscribe("grace@example.org", topic="trends")
    closed = EXAMPLE.read_text()
    for part in ('id = "events"', 'id = "tracking"'):
        closed = closed.replace(part, f"{part}\nretired = true", 1)

    catalog.apply(closed)

    for selected in ("topic=events", "consent=tracking"):
        assert emails(get(f"{LIST}?{selected}")) == ["ada@example.org"]


def test_changes_are_followed_by_their_cursors(get: Get, people: People) -> None:
    """E7"""
    people.subscribe("ada@example.org", "grace@example.org")

    first = get(f"{CHANGES}?limit=1")
    second = get(f"{CHANGES}?limit=2&after={first.get_json()['next']}")
    third = get(f"{CHANGES}?after={second.headers['Newsletter-Changes-After']}")
    for beginning in ("0", ""):
        assert get(f"{CHANGES}?limit=1&after={beginning}").get_json() == first.get_json()

    assert get(next_of(first)).get_json()["items"] == second.get_json()["items"]
    assert [change["contact"]["email"] for change in second.get_json()["items"]] == ["grace@example.org"]
    assert second.get_json()["next"] is None
    assert third.get_json() == {"items": [], "next": None}
    assert third.headers["Newsletter-Changes-After"] == second.headers["Newsletter-Changes-After"]


def test_a_reader_who_is_ahead_of_the_log_is_told_so(get: Get, people: People) -> None:
    """As after a restore: it would be told nothing, and take that for nothing having happened."""
    people.subscribe("ada@example.org")
    tx, row, _ = get(CHANGES).headers["Newsletter-Changes-After"].split("-")
    ahead = f"{int(tx) + 1_000_000 * (int(tx) > 0)}-{int(row) + 1}"

    refused = get(f"{CHANGES}?after={ahead}")

    assert refused.status_code == 422
    assert "read the list anew" in refused.get_json()["detail"]


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient, service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")
    headers = bearer(Scope.FEED_READ)
    etag = client.get(CHANGES, headers=headers).headers["ETag"]

    assert client.get(CHANGES, headers={**headers, "If-None-Match": etag}).status_code == 304


def test_the_stream_is_the_list_line_by_line(get: Get, people: People) -> None:
    people.subscribe("ada@example.org", "grace@example.org")

    answer = get(f"{LIST}.ndjson?end=1")

    assert answer.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[:-1] == get(LIST).get_json()["items"]
    assert lines[-1] == {"end": True, "count": 2}
    assert [json.loads(line) for line in get(f"{LIST}.ndjson").text.splitlines()] == lines[:-1]
    assert answer.headers["Newsletter-Count"] == "2"
    assert answer.headers["Newsletter-Changes-After"]


def test_who_reads_a_stream_may_take_longer_than_for_any_other_answer(get: Get, client: FlaskClient) -> None:
    """As the server bears with callers: a whole list is long, and its reader may be slow."""
    ours, theirs = socketpair()
    with ours, theirs:
        client.environ_base["gunicorn.socket"] = ours
        for path, seconds in ((LIST, WHOLE), (f"{LIST}.ndjson", 120), (f"{LIST}.csv", 120)):
            ours.settimeout(WHOLE)
            assert get(path).status_code == 200
            assert ours.gettimeout() == seconds, path


def test_the_sheet_opens_in_a_spreadsheet(get: Get, people: People) -> None:
    people.subscribe("ada@example.org", first_name="=1+1")

    answer = get(f"{LIST}.csv")
    [row] = csv.DictReader(io.StringIO(answer.text, newline=""))

    assert answer.content_type == "text/csv; charset=utf-8; header=present"
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

    [item] = get(STATS).get_json()["items"]

    assert item["language"] == "en"
    assert (item["signed_up"], item["letter_accepted"], item["confirmed"]) == (1, 1, 1)
    assert (item["expired"], item["not_me"]) == (0, 0)
    assert get(f"{STATS}?from=2020-01-01&to=2020-12-31").get_json() == {"items": [], "next": None}
    for days, counted in ((29, [item]), (30, [])):
        with later(days=days):
            assert get(STATS).get_json()["items"] == counted


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
