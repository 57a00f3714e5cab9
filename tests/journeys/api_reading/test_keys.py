"""What a key opens, what it does not, and that its reads are journaled (D4.1, D4.3)."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter import access, config
from newsletter.access import Read, Scope
from newsletter.db import db
from tests.journeys.api_reading.reading import CHANGES, LIST, Get, bearer
from tests.people import People


def journal() -> list[Read]:
    return list(db.session.scalars(select(Read).order_by(Read.id)))


def test_every_read_is_journaled_without_addresses(client: FlaskClient, get: Get, people: People) -> None:
    """A7.5, D4.11, D4.3"""
    people.subscribe("ada@example.org")
    contact_id = get(LIST).get_json()["items"][0]["id"]
    get(f"{LIST}.ndjson?topic=products")
    changes = get(f"{CHANGES}?limit=1").get_json()
    get(f"{CHANGES}?after={changes['next']}")
    get(f"/api/v1/contacts/{contact_id}")
    get(f"/api/v1/contacts/{contact_id}/evidence")
    for asked in ({}, {"newsletter": "webshop"}):
        body = {"email": "ada@example.org", **asked}
        client.post("/api/v1/contacts/search", json=body, headers=bearer(Scope.CONTACTS_READ))

    reads = journal()

    assert [(read.what.removeprefix("/api/v1"), read.rows) for read in reads] == [
        ("/newsletters/nyhedsbrev/contacts?status=subscribed", 1),
        ("/newsletters/nyhedsbrev/contacts.ndjson?status=subscribed&topic=products", 1),
        ("/newsletters/nyhedsbrev/changes", 1),
        ("/newsletters/nyhedsbrev/changes?after=" + changes["next"], 0),
        (f"/contacts/{contact_id}", 1),
        (f"/contacts/{contact_id}/evidence", 3),
        (f"/contacts/search?found={contact_id}", 1),
        ("/contacts/search?newsletter=webshop", 0),
    ]
    assert all(read.key_id and read.peer == "127.0.0.1" for read in reads)


def test_of_a_page_is_journaled_how_many_it_held_and_where_it_began(get: Get, people: People) -> None:
    people.subscribe("ada@example.org", "grace@example.org", "edsger@example.org")

    cursor = get(f"{LIST}?limit=1").get_json()["next"]
    get(f"{LIST}?limit=1&cursor={cursor}")

    first, second = journal()
    assert (first.rows, second.rows) == (1, 1)
    assert parse_qs(second.what)["cursor"] == [cursor]


def test_who_reads_through_a_proxy_is_journaled_and_not_the_proxy(
    make_app: Callable[..., Flask], service: Flask, people: People
) -> None:
    """D4.3, D3.3"""
    behind = make_app(trusted_proxies=config.networks("127.0.0.1")).test_client(use_cookies=False)

    behind.get(LIST, headers={**bearer(Scope.FEED_READ), "X-Forwarded-For": "198.51.100.7"})

    assert [read.peer for read in journal()] == ["198.51.100.7"]


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
    foreign = ask("/newsletters/nyhedsbrev/contacts")
    assert (foreign.status_code, "scope" in foreign.get_json()) == (403, False)
    assert ask(f"/contacts/{theirs['id']}").status_code == 404
    assert ask(f"/contacts/{theirs['id']}/evidence").status_code == 404
    assert ask(f"/contacts/{theirs['id']}/unsubscribe", method="POST", json=leaving).status_code == 404
    assert ask("/contacts/search", method="POST", json={"email": "ada@example.org"}).get_json() == {"items": [ours]}
    assert journal()[-1].rows == 1
    proof = ask(f"/contacts/{ours['id']}/evidence").get_json()
    assert {act["newsletter"] for act in proof["evidence"]} == {"webshop"}
    assert proof["withheld"] == 3


FEED, CONTACT, HOOK = "/newsletters/<slug>", "/contacts/<contact_id>", "/webhooks/<webhook_id>"
DOORS = {
    ("POST", f"{FEED}/signups"): Scope.SIGNUPS_WRITE,
    ("GET", f"{FEED}/contacts"): Scope.FEED_READ,
    ("GET", f"{FEED}/contacts.csv"): Scope.FEED_READ,
    ("GET", f"{FEED}/contacts.ndjson"): Scope.FEED_READ,
    ("GET", f"{FEED}/changes"): Scope.FEED_READ,
    ("GET", f"{FEED}/stats"): Scope.FEED_READ,
    ("GET", CONTACT): Scope.CONTACTS_READ,
    ("GET", f"{CONTACT}/export"): Scope.CONTACTS_READ,
    ("POST", "/contacts/search"): Scope.CONTACTS_READ,
    ("PATCH", CONTACT): Scope.CONTACTS_WRITE,
    ("DELETE", CONTACT): Scope.CONTACTS_WRITE,
    ("POST", f"{CONTACT}/unsubscribe"): Scope.CONTACTS_WRITE,
    ("POST", f"{CONTACT}/withdraw"): Scope.CONTACTS_WRITE,
    ("POST", f"{CONTACT}/restrict"): Scope.CONTACTS_WRITE,
    ("POST", f"{CONTACT}/lift"): Scope.CONTACTS_WRITE,
    ("GET", f"{CONTACT}/evidence"): Scope.EVIDENCE_READ,
    ("POST", "/evidence/locked"): Scope.EVIDENCE_LOCKED,
    ("POST", "/reports"): Scope.REPORTS_WRITE,
    ("GET", "/webhooks"): Scope.WEBHOOKS_WRITE,
    ("POST", "/webhooks"): Scope.WEBHOOKS_WRITE,
    ("GET", HOOK): Scope.WEBHOOKS_WRITE,
    ("PATCH", HOOK): Scope.WEBHOOKS_WRITE,
    ("DELETE", HOOK): Scope.WEBHOOKS_WRITE,
    ("GET", f"{HOOK}/deliveries"): Scope.WEBHOOKS_WRITE,
    ("POST", f"{HOOK}/replay"): Scope.WEBHOOKS_WRITE,
    ("POST", f"{HOOK}/rotate"): Scope.WEBHOOKS_WRITE,
    ("POST", f"{HOOK}/test"): Scope.WEBHOOKS_WRITE,
}
"""What opens what (PRODUCT 5.2)."""
OPEN_TO_ALL = {("GET", "/openapi.json"), ("GET", "/docs")}


def path_of(rule: str) -> str:
    return "/api/v1" + re.sub("<[^>]+>", "unknown", rule.replace("<slug>", "nyhedsbrev"))


NO_KEYS = [
    None,
    f"Bearer nlk_{'0' * 24}_wrong",
    "x",
    "Bearer",
    "Bearer key=x",
    "Bearer wrong",
    "Bearer nlk_\x00_x",
    "Bearer nlk_\u00e6_x",
]


def test_nobody_enters_without_a_key(client: FlaskClient, service: Flask) -> None:
    """D4.1"""
    right = bearer(*Scope)["Authorization"]
    for method, rule in DOORS:
        path = path_of(rule)
        for shown in (*NO_KEYS, right.replace("Bearer", "Token"), right.replace("nlk", "abc"), right[:-1]):
            answer = client.open(path, method=method, headers={"Authorization": shown} if shown else {})
            assert answer.status_code == 401, (path, shown)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.mimetype == "application/problem+json"
    rules = [rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith("/api/")]
    offered = {(method, rule.rule.removeprefix("/api/v1")) for rule in rules for method in rule.methods or ()}
    assert {door for door in offered if door[0] not in ("HEAD", "OPTIONS")} == DOORS.keys() | OPEN_TO_ALL


def test_nobody_enters_with_a_key_for_something_else(client: FlaskClient, service: Flask) -> None:
    """D4.1, A7.5: the proof least of all."""
    others = {scope: bearer(*(set(Scope) - {scope})) for scope in Scope}
    right = {scope: bearer(scope) for scope in Scope}

    for (method, rule), scope in DOORS.items():
        path = path_of(rule)
        refused = client.open(path, method=method, headers=others[scope])
        assert (refused.status_code, refused.mimetype) == (403, "application/problem+json"), path
        assert refused.get_json()["scope"] == scope.value, path
        with client.open(path, method=method, headers=right[scope]) as let_in:
            assert let_in.status_code not in (401, 403), path


def test_a_key_works_until_it_is_revoked(client: FlaskClient, service: Flask) -> None:
    headers = bearer(Scope.FEED_READ, days=1)

    assert client.get(LIST, headers=headers).status_code == 200
    access.revoke(headers["Authorization"].split("_")[1])
    assert client.get(LIST, headers=headers).status_code == 401
