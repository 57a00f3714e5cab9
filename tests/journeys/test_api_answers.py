"""How the machine interface answers: squeezed, unchanged, refused, bounded (E7, E9, E10)."""

import gzip
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter import access, refusals
from newsletter.access import Scope
from tests.people import People, later

FEED = "/api/v1/newsletters/nyhedsbrev"
GZIP = {"Accept-Encoding": "br, gzip;q=0.8"}
PROBLEMS = Path(__file__).parents[2] / "docs" / "reference" / "problems.md"


@pytest.fixture
def tool(service: Flask) -> FlaskClient:
    client = service.test_client(use_cookies=False)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {access.create('the tool', list(Scope), [], None)}"
    return client


@pytest.mark.parametrize("path", ["contacts", "contacts.csv", "contacts.ndjson?end=1", "changes", "stats"])
def test_an_answer_is_squeezed_for_whoever_can_read_that(people: People, tool: FlaskClient, path: str) -> None:
    people.subscribe("ada@example.org", "grace@example.org", "edsger@example.org")
    plain = tool.get(f"{FEED}/{path}")

    squeezed = tool.get(f"{FEED}/{path}", headers=GZIP)

    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    if len(plain.data) >= 500:
        assert squeezed.headers["Content-Encoding"] == "gzip"
        assert len(squeezed.data) < len(plain.data)
        assert gzip.decompress(squeezed.data) == plain.data
    else:
        assert squeezed.data == plain.data


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br", "identity", ""])
def test_nobody_is_sent_what_they_did_not_ask_for(people: People, tool: FlaskClient, accepted: str) -> None:
    people.subscribe("ada@example.org")

    answer = tool.get(f"{FEED}/contacts", headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in answer.headers


def test_a_squeezed_stream_leaves_block_by_block(people: People, tool: FlaskClient) -> None:
    """What has arrived can be read, although the stream is not at its end."""
    people.subscribe("ada@example.org")

    answer = tool.get(f"{FEED}/contacts.ndjson?end=1", headers=GZIP)
    blocks = iter(answer.iter_encoded())
    first = zlib.decompressobj(31).decompress(next(blocks))

    assert json.loads(first)["email"] == "ada@example.org"
    answer.close()


@pytest.mark.parametrize(
    "path", ["contacts", "contacts?limit=1", "changes", "changes?limit=1", "stats", "contacts?status=suspended"]
)
@pytest.mark.parametrize("encoding", [{}, GZIP])
def test_a_page_that_is_as_it_was_is_not_sent_again(
    people: People, tool: FlaskClient, path: str, encoding: dict[str, str]
) -> None:
    """E7"""
    people.subscribe("ada@example.org", "grace@example.org")
    first = tool.get(f"{FEED}/{path}", headers=encoding)

    again = tool.get(f"{FEED}/{path}", headers={**encoding, "If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["ETag"].startswith("W/"), "squeezed and plain are the same page in other bytes"


def test_a_page_that_has_changed_is_sent_again(people: People, tool: FlaskClient) -> None:
    people.subscribe("ada@example.org")
    tags = {path: tool.get(f"{FEED}/{path}").headers["ETag"] for path in ("contacts", "changes", "stats")}

    people.subscribe("grace@example.org")

    for path, tag in tags.items():
        assert tool.get(f"{FEED}/{path}", headers={"If-None-Match": tag}).status_code == 200


def test_a_page_is_as_it_was_while_nobody_comes_onto_it_or_behind_it(people: People, tool: FlaskClient) -> None:
    """Where the walk began is no news; that a last page is the last no more is, though it holds the same people."""
    people.subscribe("ada@example.org", "grace@example.org")

    def tag(limit: int) -> str:
        return tool.get(f"{FEED}/contacts?limit={limit}").headers["ETag"]

    first, last = tag(1), tag(2)
    people.subscribe("edsger@example.org")

    assert tag(1) == first
    assert tag(2) != last


def test_where_the_next_page_is_does_not_go_by_the_host_that_was_asked_for(people: People, tool: FlaskClient) -> None:
    """PRODUCT 4.12"""
    people.subscribe("ada@example.org", "grace@example.org")

    answer = tool.get(f"{FEED}/contacts?limit=1", headers={"Host": "evil.example"})

    assert answer.headers["Link"].startswith("<http://localhost/")


def problem_type(answer: Any) -> str:
    assert answer.mimetype == "application/problem+json"
    found: str = answer.get_json()["type"]
    return found


def test_every_problem_has_a_type_that_leads_to_what_it_means(client: FlaskClient, tool: FlaskClient) -> None:
    """E9"""
    types = {
        problem_type(client.get(f"{FEED}/contacts")): "key-missing",
        problem_type(tool.get(f"{FEED}/contacts?limit=0")): "fields-invalid",
        problem_type(tool.get(f"{FEED}/changes?after=x")): "cursor-invalid",
        problem_type(tool.get("/api/v1/newsletters/nobody/changes")): "newsletter-unknown",
        problem_type(tool.post("/api/v1/reports", data="x", content_type="text/plain")): "media-type-unsupported",
        problem_type(client.post("/newsletters/nyhedsbrev/signups", json={"email": 1})): "fields-invalid",
    }
    docs = client.get("/api/v1/docs").text

    for uri, name in types.items():
        assert uri == f"http://localhost/api/v1/docs#problem-{name}"
        assert f'id="problem-{name}"' in docs
    assert problem_type(tool.get("/api/v1/nowhere")) == "about:blank"


def test_every_problem_is_documented_with_its_status_and_sentence() -> None:
    """E9"""
    documented = dict(re.findall(r"^\| `([a-z-]+)` \| (\d+ \| [^|]+?) \|", PROBLEMS.read_text(), re.MULTILINE))

    assert documented == {
        refusals.slug_of(refusal): f"{status} | {refusal.__doc__}" for refusal, status in refusals.STATUS.items()
    }


def test_a_server_with_a_key_is_told_how_much_more_it_may_send(people: People, tool: FlaskClient) -> None:
    """E10; and forms are told nothing (C18)."""

    def post(ip: str | None) -> Any:
        visitor = {"visitor": {"ip": ip}} if ip else {}
        body = {"email": "ada@example.org", "consents": [people.wordings()["newsletter"]], "language": "en"}
        return tool.post(f"{FEED}/signups", json={**body, **visitor})

    answers = [post("192.0.2.7") for _ in range(21)]

    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert answers[0].headers["RateLimit-Policy"] == '"signups-3600s";q=20;w=3600'
    assert [answer.headers["RateLimit"] for answer in answers[:20]] == [
        f'"signups-3600s";r={left};t=3600' for left in range(19, -1, -1)
    ]
    refused = answers[-1]
    assert refused.headers["RateLimit"] == '"signups-3600s";r=0;t=3600'
    assert refused.headers["RateLimit-Policy"] == '"signups-3600s";q=20;w=3600'
    assert refused.headers["Retry-After"] == "3600"
    assert problem_type(refused) == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert refused.get_json()["violated-policies"] == ["signups-3600s"]
    assert post(None).headers["RateLimit"] == '"signups-3600s";r=19;t=3600'


def test_a_key_may_have_a_limit_of_its_own(people: People, tool: FlaskClient) -> None:
    """PRODUCT 4.11. Where it names no visitor, its limit is the one that counts."""
    key = access.create("the site", [Scope.SIGNUPS_WRITE], [], None, limits="22/hour")
    wordings = [people.wordings()["newsletter"]]

    def post(number: int, **visitor: Any) -> Any:
        body = {"email": f"person{number}@example.org", "consents": wordings, **visitor}
        return tool.post(f"{FEED}/signups", json=body, headers={"Authorization": f"Bearer {key}"})

    named = post(0, visitor={"ip": "192.0.2.7"})
    answers = [post(number) for number in range(1, 23)]

    assert named.headers["RateLimit"] == '"key-3600s";r=21;t=3600, "signups-3600s";r=19;t=3600'
    assert [answer.status_code for answer in answers] == [202] * 21 + [429]
    assert answers[-1].get_json()["violated-policies"] == ["key-3600s"]
    refused = post(23, visitor={"ip": "192.0.2.7"})
    assert refused.headers["RateLimit"] == '"signups-3600s";r=19;t=3600, "key-3600s";r=0;t=3600'
    assert refused.get_json()["violated-policies"] == ["key-3600s"]
    key = access.create("another site", [Scope.SIGNUPS_WRITE], [], None, limits="22/hour")
    assert post(24).headers["RateLimit"] == '"key-3600s";r=21;t=3600'
    key = access.create("a third site", [Scope.SIGNUPS_WRITE], [], None, limits="1/minute;9/hour")
    assert [post(number).headers.get("Retry-After") for number in (25, 26)] == [None, "60"]


def test_where_nothing_is_limited_nothing_is_told_of_limits(
    make_app: Callable[..., Flask], people: People, tool: FlaskClient
) -> None:
    free = make_app(limit_source=()).test_client(use_cookies=False)
    body = {"email": "ada@example.org", "consents": [people.wordings()["newsletter"]]}

    answer = free.post(f"{FEED}/signups", json=body, headers={"Authorization": tool.environ_base["HTTP_AUTHORIZATION"]})

    assert answer.status_code == 202
    assert not {"RateLimit", "RateLimit-Policy"} & set(answer.headers.keys())


def test_forms_are_told_nothing_of_limits(people: People) -> None:
    """C18"""
    answers = [people.ask_by_script(f"person{number}@example.org") for number in range(21)]

    assert answers[-1].status_code == 429
    assert all("RateLimit" not in answer.headers for answer in answers)
    assert "violated-policies" not in answers[-1].get_json()


def test_what_changed_since_is_found_by_an_index(people: People, tool: FlaskClient, database_url: str) -> None:
    people.subscribe("ada@example.org")
    with later(days=2):
        people.subscribe("grace@example.org")
        since = tool.get(f"{FEED}/contacts").get_json()["items"][-1]["changed_at"]

    found = tool.get(f"{FEED}/contacts", query_string={"changed_since": since}).get_json()["items"]

    assert [contact["email"] for contact in found] == ["grace@example.org"]
