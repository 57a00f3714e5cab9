"""Whatever is sent to the machine interface, the answer is a problem with a reason, and never a fault of ours."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter import access
from newsletter.access import Scope

API = "/api/v1"
LIST = f"{API}/newsletters/nyhedsbrev/contacts"
CHANGES = f"{API}/newsletters/nyhedsbrev/changes"
STATS = f"{API}/newsletters/nyhedsbrev/stats"
POSTS = [f"{API}/newsletters/nyhedsbrev/signups", f"{API}/contacts/search"]


@pytest.fixture
def tool(service: Flask) -> FlaskClient:
    """A client with a key for everything."""
    client = service.test_client(use_cookies=False)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {access.create('the tool', list(Scope), [], None)}"
    return client


def problem(answer: Any, status: int, sent: object) -> dict[str, Any]:
    assert answer.status_code == status, sent
    assert answer.mimetype == "application/problem+json", sent
    found: dict[str, Any] = answer.get_json()
    assert found["status"] == status
    assert {"type", "title", "detail"} <= found.keys()
    assert answer.headers["Cache-Control"] == "no-store"
    return found


PARAMETERS = {
    "limit": [
        f"{LIST}?limit=0",
        f"{LIST}?limit=1001",
        f"{LIST}?limit=x",
        f"{LIST}?limit=1.5",
        f"{LIST}?limit={'9' * 5000}",
        f"{LIST}.csv?limit=1",
        f"{CHANGES}?limit=-1",
        f"{CHANGES}?limit=0",
        f"{CHANGES}?limit=1001",
        f"{CHANGES}?limit=+5",
        f"{LIST}?limit=1_0",
        f"{LIST}?limit=%D9%A1",
    ],
    "status": [f"{LIST}?status=pending", f"{LIST}?status=", f"{LIST}?status=subscribed&status=suspended"],
    "topic": [f"{LIST}?topic=unheard-of", f"{LIST}?topic=EVENTS", f"{LIST}?topic=", f"{LIST}?topic=%00"],
    "consent": [f"{LIST}?consent=everything", f"{LIST}?consent="],
    "changed_since": [
        f"{LIST}?changed_since=yesterday",
        f"{LIST}?changed_since=2026-11-23T09:00:00",
        f"{LIST}?changed_since=0001-01-01T00:00:00%2B14:00",
        f"{LIST}?changed_since=9999-12-31T23:59:59-14:00",
    ],
    "dialect": [f"{LIST}.csv?dialect=tsv"],
    "links": [f"{LIST}.csv?links=some"],
    "end": [f"{LIST}.ndjson?end=yes"],
    "from": [
        f"{STATS}?from=2026-13-01",
        f"{STATS}?from=20261101",
        f"{STATS}?from=2026-W45-1",
        f"{STATS}?from=2026-02-01&to=2026-01-01",
        f"{STATS}?from=2024-01-01&to=2026-01-01",
        f"{STATS}?from=2023-12-31&to=2024-12-31",
    ],
    "verbose": [f"{LIST}?verbose=1", f"{API}/contacts/unknown?verbose=1", f"{API}/openapi.json?verbose=1"],
}


def test_a_parameter_that_cannot_be_used_is_named(tool: FlaskClient) -> None:
    """E7: a page of more than a thousand, for one."""
    for field, paths in PARAMETERS.items():
        for path in paths:
            assert list(problem(tool.get(path), 422, path)["errors"]) == [field]


def test_a_cursor_that_is_not_ours_is_refused(tool: FlaskClient) -> None:
    for path in (
        f"{LIST}?cursor=x",
        f"{LIST}?cursor=%00",
        f"{CHANGES}?after=x",
        f"{CHANGES}?after={2**63}-1",
        f"{CHANGES}?after=0-{2**63}",
    ):
        problem(tool.get(path), 422, path)


def test_an_instant_may_be_spelt_as_people_do(tool: FlaskClient) -> None:
    for spelt in (
        "2026-11-23T09:00:00%2B01:00",
        "2026-11-23T09:00:00+01:00",
        "2026-11-23T08:00:00Z",
        "2026-11-23t08:00:00z",
    ):
        assert tool.get(f"{LIST}?changed_since={spelt}").status_code == 200, spelt
    for spelt in ("2026-11-23T09:00:00", "2026-11-23", "yesterday", "0001-01-01T00:00:00%2B14:00"):
        said = problem(tool.get(f"{LIST}?changed_since={spelt}"), 422, spelt)["errors"]["changed_since"]
        assert said == ["Give an instant with its offset, like 2026-11-23T09:00:00+00:00."]


def test_any_day_that_there_is_can_be_asked_for(tool: FlaskClient) -> None:
    for days in ("", "?to=0001-01-01", "?from=9999-12-31&to=9999-12-31", "?from=2024-01-01&to=2024-12-31"):
        assert tool.get(f"{STATS}{days}").status_code == 200, days


def test_what_does_not_exist_is_not_found(tool: FlaskClient) -> None:
    for path in (
        f"{API}/newsletters/unheard-of/contacts",
        f"{API}/newsletters/unheard-of/contacts.csv",
        f"{API}/newsletters/unheard-of/stats",
        f"{API}/newsletters/%00/changes",
        f"{API}/contacts/unknown",
        f"{API}/contacts/%00",
        f"{API}/contacts/%ED%A0%80/evidence",
        f"{API}/contacts/{'0' * 24}",
        f"{API}/nothing",
        "/api/v2/contacts",
    ):
        problem(tool.get(path), 404, path)


def test_a_method_that_is_not_offered_says_which_are(tool: FlaskClient) -> None:
    answer = tool.delete(LIST)

    problem(answer, 405, LIST)
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", POSTS)
def test_a_body_that_is_no_json_object_is_refused(tool: FlaskClient, path: str) -> None:
    deep = b'{"visitor":' * 9 + b"1" + b"}" * 9
    broken = [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"email": NaN}', b'{"email": 1, "email": 2}']
    for body in [*broken, b'{"x":' * 3000, deep]:
        problem(tool.post(path, data=body, content_type="application/json"), 400, body)


@pytest.mark.parametrize("path", POSTS)
def test_a_body_of_another_kind_or_size_is_refused(tool: FlaskClient, path: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
        told = problem(tool.post(path, data=b"email=ada@example.org", content_type=kind), 415, kind)
        assert told["detail"] == "Send JSON, as application/json."
    large = json.dumps({"email": "a" * 17_000})
    problem(tool.post(path, data=large, content_type="application/json"), 413, "a large body")


def test_a_search_that_cannot_be_made_names_why(tool: FlaskClient) -> None:
    ada = {"email": "ada@example.org"}
    for email in (7, None, "ada", "ada\x00@example.org", "\ud800@example.org", 10**400, [], {}):
        assert list(problem(search(tool, {"email": email}), 422, email)["errors"]) == ["email"]
    for newsletter in (7, "\x00", []):
        assert list(problem(search(tool, {**ada, "newsletter": newsletter}), 422, newsletter)["errors"]) == [
            "newsletter"
        ]
    assert list(problem(search(tool, {}), 422, "nothing")["errors"]) == ["email"]
    assert list(problem(search(tool, {**ada, "\ud800": 1}), 422, "a surrogate")["errors"]) == ["\ud800"]


def test_a_search_in_a_newsletter_that_does_not_exist_is_not_answered_with_nobody(tool: FlaskClient) -> None:
    for newsletter in ("nyhedsbrevet", "", "NYHEDSBREV", "x" * 5000):
        problem(search(tool, {"email": "ada@example.org", "newsletter": newsletter}), 404, newsletter)


def search(tool: FlaskClient, body: dict[str, Any]) -> TestResponse:
    return tool.post(f"{API}/contacts/search", json=body)


def test_unsubscribing_somebody_needs_a_reason_and_an_actor(tool: FlaskClient) -> None:
    for body in (
        {},
        {"reason": "by phone"},
        {"reason": "", "actor": "Grace"},
        {"reason": "by phone", "actor": "\x00"},
        {"reason": 1, "actor": "Grace"},
        {"reason": "x" * 201, "actor": "Grace"},
        {"reason": "by phone", "actor": " "},
    ):
        answer = tool.post(f"{API}/contacts/unknown/unsubscribe", json=body)
        assert problem(answer, 422, body)["errors"].keys() <= {"reason", "actor"}
