"""A server with a key signs its visitors up."""

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from newsletter import access
from newsletter.access import Scope
from newsletter.config import Limit
from tests.conftest import Contents
from tests.crowd import Crowd
from tests.people import Inbox, People, later

SIGNUPS = "/api/v1/newsletters/nyhedsbrev/signups"
Post = Callable[..., TestResponse]


@pytest.fixture
def headers(service: Flask) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.create('the site', list(Scope), [], None)}"}


@pytest.fixture
def post(client: FlaskClient, people: People, headers: dict[str, str]) -> Post:
    """Sign somebody up, the required consent ticked."""
    wordings = people.wordings()

    def sign_up(email: str, **more: Any) -> TestResponse:
        body = {"email": email, "language": "en", "consents": [wordings["newsletter"]], **more}
        return client.post(SIGNUPS, json=body, headers=headers)

    return sign_up


def proof_of(client: FlaskClient, headers: dict[str, str], address: str) -> list[dict[str, Any]]:
    found = client.post("/api/v1/contacts/search", json={"email": address}, headers=headers).get_json()["items"]
    answer = client.get(f"/api/v1/contacts/{found[0]['id']}/evidence", headers=headers)
    evidence: list[dict[str, Any]] = answer.get_json()["evidence"]
    return evidence


def test_a_told_visitor_is_recorded_as_told(
    client: FlaskClient, post: Post, people: People, headers: dict[str, str]
) -> None:
    visitor = {"ip": "::ffff:192.0.2.7", "user_agent": "Mozilla/5.0 (Ada's)"}
    page = "https://www.example.org/news?utm=x"
    answer = post("ada@example.org", first_name="Ada", topics=["events"], source=page, visitor=visitor)
    people.confirm("ada@example.org")

    asked, *_ = proof_of(client, headers, "ada@example.org")

    assert answer.status_code == 202
    assert answer.get_json() == {"status": "check_inbox"}
    assert asked["values"]["ip"] == "192.0.2.7"
    assert asked["facts"]["ip_told_by"] == headers["Authorization"].split("_")[1]
    assert asked["facts"]["source"] == "https://www.example.org/news"
    assert asked["facts"]["topics"] == ["events"]
    assert "Mozilla" not in str(asked)


def test_without_a_told_ip_none_is_made_up(
    client: FlaskClient, post: Post, people: People, headers: dict[str, str]
) -> None:
    post("ada@example.org")
    people.confirm("ada@example.org")

    asked, *_ = proof_of(client, headers, "ada@example.org")

    assert "ip" not in asked["values"]
    assert asked["facts"]["ip_told_by"] == headers["Authorization"].split("_")[1]


def test_each_told_visitor_has_a_limit_of_its_own(post: Post) -> None:
    def fill(ip: str) -> list[int]:
        return [post(f"ada{n}@example.org", visitor={"ip": ip}).status_code for n in range(21)]

    assert fill("192.0.2.7") == [202] * 20 + [429]
    assert post("grace@example.org", visitor={"ip": "192.0.2.8"}).status_code == 202


def test_a_server_that_tells_no_visitor_is_the_source_itself(post: Post) -> None:
    answers = [post(f"ada{n}@example.org") for n in range(21)]

    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 60
    assert answers[-1].mimetype == "application/problem+json"


def test_known_and_unknown_addresses_get_the_same_answer(post: Post, people: People) -> None:
    people.subscribe("ada@example.org")

    known, unknown = post("ada@example.org"), post("grace@example.org")

    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)


def test_a_filled_honeypot_gets_the_usual_answer_and_no_letter(post: Post, inbox: Inbox) -> None:
    answer = post("ada@example.org", website="https://spam.example")

    assert (answer.status_code, answer.get_json()) == (202, {"status": "check_inbox"})
    assert answer.headers["RateLimit"] == '"signups-3600s";r=20;t=3600'
    assert inbox.letters("ada@example.org") == []


@pytest.mark.parametrize(("domain", "more"), [("example.org", {"rendered": "forged"}), ("mailinator.com", {})])
def test_what_is_suspect_counts_double_when_a_server_passes_it_on(
    post: Post, domain: str, more: dict[str, str]
) -> None:
    """PRODUCT 4.11: on every entry path, against whoever is the source."""
    for visitor in ({}, {"visitor": {"ip": "192.0.2.7"}}):
        answers = [post(f"ada{n}@{domain}", **more, **visitor).status_code for n in range(11)]

        assert answers == [202] * 10 + [429]


def test_a_text_that_is_not_in_force_is_refused_with_the_ones_that_are(post: Post, people: People) -> None:
    answer = post("ada@example.org", consents=["0123456789abcdef"])

    assert answer.status_code == 409
    assert answer.get_json()["current"] == people.wordings()


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"visitor": {"ip": "not an ip"}}, "visitor.ip"),
    ({"visitor": {"ip": "fe80::1%eth0"}}, "visitor.ip"),
    ({"visitor": {"ip": 7}}, "visitor.ip"),
    ({"visitor": {}}, "visitor.ip"),
    ({"visitor": {"ip": None}}, "visitor.ip"),
    ({"visitor": {"user_agent": "curl"}}, "visitor.ip"),
    ({"visitor": {"ip": "192.0.2.7", "user_agent": "x" * 2001}}, "visitor.user_agent"),
    ({"visitor": {"ip": "192.0.2.7", "user_agent": "a\r\nb"}}, "visitor.user_agent"),
    ({"visitor": {"ip": "192.0.2.7", "port": 7}}, "visitor.port"),
    ({"visitor": []}, "visitor"),
    ({"visitor": None}, "visitor"),
    ({"email": "ada"}, "email"),
    ({"email": None}, "email"),
    ({"email": ["ada@example.org"]}, "email"),
    ({"email": "ada@example.org\r\nBcc: grace@example.org"}, "email"),
    ({"email": "ada\x00@example.org"}, "email"),
    ({"first_name": "\ud800"}, "first_name"),
    ({"first_name": {"x": 1}}, "first_name"),
    ({"topics": "events"}, "topics"),
    ({"topics": ["unheard of"]}, "topics"),
    ({"consents": {}}, "consents"),
    ({"consents": []}, "consents"),
    ({"language": "fr"}, "language"),
    ({"source": 1}, "source"),
    ({"\ud800": 1}, "\ud800"),
    ({"colour": "red"}, "colour"),
]


def test_what_cannot_be_used_is_named_and_nothing_is_stored(post: Post, inbox: Inbox) -> None:
    for sent, field in REFUSED:
        answer = post(**{"email": "ada@example.org", **sent})
        assert answer.status_code == 422, sent
        assert answer.mimetype == "application/problem+json"
        assert list(answer.get_json()["errors"]) == [field]
    inbox.work()
    assert inbox.relay.letters == []


def test_limits_of_the_settings_hold_here_too(service: Flask, make_app: Callable[..., Flask], people: People) -> None:
    strict = make_app(limit_newsletter=(Limit(most=1, seconds=3600),))
    wordings = people.wordings()
    key = access.create("the site", [Scope.SIGNUPS_WRITE], [], None)

    def sign_up(email: str) -> int:
        body = {"email": email, "language": "en", "consents": [wordings["newsletter"]], "visitor": {"ip": "192.0.2.7"}}
        return strict.test_client().post(SIGNUPS, json=body, headers={"Authorization": f"Bearer {key}"}).status_code

    assert [sign_up("ada@example.org"), sign_up("grace@example.org")] == [202, 429]


def test_a_post_with_a_name_of_its_own_is_done_once(
    service: Flask, people: People, headers: dict[str, str], contents: Callable[[], Contents], crowd: Crowd
) -> None:
    """E11: at the same moment, later, and never with another body."""
    wordings = [people.wordings()["newsletter"]]

    def post(email: str = "ada@example.org", name: str = '"4d8f 1"', path: str = SIGNUPS, **other: str) -> TestResponse:
        body = {"email": email, "consents": wordings}
        return service.test_client().post(path, json=body, headers={**headers, "Idempotency-Key": name, **other})

    assert [answer.status_code for answer in crowd.do(*[post] * 5)] == [202] * 5
    before = contents()
    assert post().get_json() == {"status": "check_inbox"}
    assert "RateLimit" in post().headers
    assert (
        post("grace@example.org").status_code == post(path=SIGNUPS.replace("nyhedsbrev", "webshop")).status_code == 422
    )
    assert [post(name=name).status_code for name in ("4d8f", '""', '"a", "b"', '"å"', f'"{"x" * 256}"')] == [400] * 5
    assert {**contents(), "api_keys": []} == {**before, "api_keys": []}
    assert len(before["signups"]) == len(before["letters"]) == 1
    guessed = service.json.dumps({"email": "ada@example.org", "consents": wordings})
    assert sha256(f"{SIGNUPS}\n{guessed}".encode()).hexdigest()[:16] not in str(before["post_hits"])  # A4.4
    with later(hours=23):
        assert post().status_code == 202
        assert len(contents()["signups"]) == 1
    with later(hours=25):
        assert post().status_code == post("grace@example.org", '"4d8f 3"').status_code == 202
        assert len(contents()["signups"]) == 3
        another = f"Bearer {access.create('another site', [Scope.SIGNUPS_WRITE], [], None)}"
        assert post("katherine@example.org", Authorization=another).status_code == 202, "it names its posts itself"
        assert post("katherine@example.org", f'"{"x" * 255}"').status_code == 202
        different = [partial(post, f"person{number}@example.org", '"4d8f 2"') for number in range(5)]
        assert sorted(answer.status_code for answer in crowd.do(*different)) == [202, 422, 422, 422, 422]
