"""What people ask for, done through another system: put right, withdrawn, restricted, erased (PRODUCT 5.2)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter import access
from newsletter.access import Scope
from newsletter.db import reader
from tests.conftest import Contents
from tests.people import Inbox, People, later

ADA = "ada@example.org"
WHO = {"reason": "asked for it by phone", "actor": "support: Grace"}
FEED = "/api/v1/newsletters/nyhedsbrev"


class Door:
    """A client with a key."""

    def __init__(self, client: FlaskClient, *scopes: Scope, newsletters: tuple[str, ...] = ()) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {access.create('support', list(scopes), list(newsletters), None)}"}

    def __call__(self, method: str, path: str, **more: Any) -> TestResponse:
        return self.client.open(f"/api/v1{path}", method=method, headers=self.headers, **more)

    def contacts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("POST", "/contacts/search", json={"email": ADA}).get_json()["items"]
        return found


@pytest.fixture
def door(client: FlaskClient) -> Door:
    return Door(client, *Scope)


@pytest.fixture
def ada(people: People, door: Door) -> str:
    """The path of Ada's first contact; she gets two newsletters."""
    people.subscribe(ADA, tracking=True, first_name="Augusta")
    with later(minutes=11):
        people.subscribe(ADA, slug="webshop")
    return f"/contacts/{door.contacts()[0]['id']}"


def kinds(door: Door) -> list[str]:
    return [change["kind"] for change in door("GET", "/newsletters/nyhedsbrev/changes").get_json()["items"]]


def last_act(door: Door, path: str) -> dict[str, Any]:
    act: dict[str, Any] = door("GET", f"{path}/evidence").get_json()["evidence"][-1]
    return act


# Putting right


def test_fields_and_language_are_changed_and_topics_removed(ada: str, door: Door) -> None:
    wanted = {"fields": {"first_name": "Ada"}, "language": "da", "topics": ["events"]}

    answer = door("PATCH", ada, json={**wanted, **WHO})

    assert answer.status_code == 200
    contact = answer.get_json()
    assert {name: contact[name] for name in wanted} == wanted
    assert door("GET", ada).get_json() == contact
    assert kinds(door)[-1] == "updated"


def test_an_empty_field_is_removed(ada: str, door: Door) -> None:
    for nothing in ("", None):
        assert door("PATCH", ada, json={"fields": {"first_name": nothing}, **WHO}).get_json()["fields"] == {}
        door("PATCH", ada, json={"fields": {"first_name": "Ada"}, **WHO})


def test_why_and_by_whom_becomes_evidence_with_the_key(ada: str, door: Door) -> None:
    door("PATCH", ada, json={"language": "de", **WHO})

    act = last_act(door, ada)
    assert act["facts"]["channel"] == "api"
    assert act["values"].pop("key")
    assert act["values"] == WHO


def test_what_cannot_be_is_a_problem_and_changes_nothing(ada: str, door: Door) -> None:
    before = door.contacts()
    wishes: list[dict[str, Any]] = [
        {"consents": {"tracking": {"state": "granted"}}},
        {"consents": {"tracking": "granted"}},
        {"tracking_allowed": True},
        {"topics": ["events", "weapons"]},
        {"topics": "events"},
        {"language": "fr"},
        {"language": None},
        {"language": ["da"]},
        {"fields": {"phone": "555"}},
        {"fields": {"first_name": "A" * 81}},
        {"fields": {"first_name": "A\u202eb"}},
        {"fields": {"first_name": 5}},
        {"fields": ["first_name"]},
        {"status": "subscribed"},
        {"id": "x"},
        {"version": 9},
    ]

    for wanted in wishes:
        answer = door("PATCH", ada, json={**wanted, **WHO})

        assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), wanted
        assert not [name for name in answer.get_json()["errors"] if "." in name], wanted
        assert door.contacts() == before


def test_a_new_address_waits_for_its_owner(ada: str, door: Door, people: People, inbox: Inbox) -> None:
    """A8.4: the old one stays until the new one is confirmed."""
    answer = door("PATCH", ada, json={"email": "ada@new.example.org", **WHO})

    assert answer.status_code == 200
    assert answer.get_json()["email"] == ADA
    assert len(door.contacts()) == 2
    people.press(inbox.link("ada@new.example.org"), "confirm")
    assert door("GET", ada).get_json()["email"] == "ada@new.example.org"
    assert door.contacts() == []
    [*_, moved] = door("GET", "/newsletters/nyhedsbrev/changes").get_json()["items"]
    assert moved["previous_match"]["email_sha256"] != moved["match"]["email_sha256"]


@pytest.mark.parametrize(
    "wanted", [{"email": "no address"}, {"email": ADA}, {"email": None}, {"email": "a@b.dk", "language": "da"}]
)
def test_what_is_no_new_address_is_refused(ada: str, door: Door, inbox: Inbox, wanted: dict[str, Any]) -> None:
    before = len(inbox.relay.letters)

    answer = door("PATCH", ada, json={**wanted, **WHO})

    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == ["email"]
    inbox.work()
    assert len(inbox.relay.letters) == before


def test_a_topic_is_not_added_for_somebody(people: People, door: Door) -> None:
    people.subscribe(ADA, topic="events")
    path = f"/contacts/{door.contacts()[0]['id']}"

    answer = door("PATCH", path, json={"topics": ["events", "trends"], **WHO})

    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == ["topics"]


def test_who_has_left_is_not_put_right(ada: str, door: Door) -> None:
    door("POST", f"{ada}/unsubscribe", json=WHO)

    assert door("PATCH", ada, json={"language": "da", **WHO}).status_code == 409


# Every write


WRITES = [
    ("PATCH", "", {"language": "da"}),
    ("DELETE", "", {}),
    ("POST", "/unsubscribe", {}),
    ("POST", "/restrict", {}),
    ("POST", "/lift", {}),
    ("POST", "/withdraw", {"purposes": ["tracking"]}),
]


@pytest.mark.parametrize(("method", "what", "body"), WRITES)
def test_every_write_names_reason_and_actor(ada: str, door: Door, method: str, what: str, body: dict[str, Any]) -> None:
    before = door.contacts()

    for missing in WHO:
        named = {name: text for name, text in WHO.items() if name != missing}
        answer = door(method, ada + what, json={**body, **named})
        assert answer.status_code == 422
        assert list(answer.get_json()["errors"]) == [missing]
        assert door(method, ada + what, json={**body, **WHO, missing: " "}).status_code == 422
        assert door(method, ada + what, json={**body, **WHO, missing: "a\u202eb"}).status_code == 422
    assert door(method, ada + what, json=["reason"]).status_code in (400, 422)
    assert door(method, ada + what, data="{", content_type="application/json").status_code == 400

    assert door.contacts() == before


@pytest.mark.parametrize(("method", "what", "body"), WRITES)
def test_every_write_needs_its_scope_and_reaches_only_the_keys_newsletters(
    client: FlaskClient, ada: str, door: Door, method: str, what: str, body: dict[str, Any]
) -> None:
    """D4.2: on the level of the object, too."""
    before = door.contacts()
    reading = Door(client, Scope.CONTACTS_READ, Scope.FEED_READ)
    elsewhere = Door(client, Scope.CONTACTS_WRITE, newsletters=("webshop",))

    assert client.open(f"/api/v1{ada}{what}", method=method, json={**body, **WHO}).status_code == 401
    assert reading(method, ada + what, json={**body, **WHO}).status_code == 403
    assert elsewhere(method, ada + what, json={**body, **WHO}).status_code == 404
    assert door(method, f"/contacts/{'0' * 24}{what}", json={**body, **WHO}).status_code == 404

    assert door.contacts() == before


def test_a_key_for_one_newsletter_does_not_act_on_a_person_who_gets_another(
    client: FlaskClient, ada: str, door: Door
) -> None:
    """What acts on the person acts in every newsletter."""
    partly = Door(client, *Scope, newsletters=("nyhedsbrev",))
    before = door.contacts()

    for method, what in (("DELETE", ""), ("POST", "/restrict"), ("POST", "/lift")):
        assert partly(method, ada + what, json=WHO).status_code == 403
    assert partly("GET", f"{ada}/export").status_code == 403
    assert door.contacts() == before

    assert partly("PATCH", ada, json={"language": "da", **WHO}).status_code == 200
    assert partly("POST", f"{ada}/unsubscribe", json=WHO).status_code == 200


@pytest.mark.parametrize(("method", "what", "body"), WRITES)
def test_every_write_is_journaled(ada: str, door: Door, method: str, what: str, body: dict[str, Any]) -> None:
    door(method, ada + what, json={**body, **WHO})

    with reader() as session:
        read = session.scalars(select(access.Read).order_by(access.Read.id.desc())).first()
    assert read is not None
    assert read.what == f"/api/v1{ada}{what}"
    assert read.key_id


# Withdrawing, restricting


def test_tracking_is_withdrawn_and_the_subscription_goes_on(ada: str, door: Door) -> None:
    """A5.5."""
    for _ in range(2):
        contact = door("POST", f"{ada}/withdraw", json={"purposes": ["tracking"], **WHO}).get_json()

    assert contact["consents"]["tracking"]["state"] == "withdrawn"
    assert contact["tracking_allowed"] is False
    assert contact["status"] == "subscribed"
    assert kinds(door) == ["confirmed", "tracking_withdrawn"]


@pytest.mark.parametrize("purposes", [[], ["newsletter"], ["profiling"], "tracking", [5], None])
def test_only_purposes_that_there_are_are_withdrawn(ada: str, door: Door, purposes: object) -> None:
    assert door("POST", f"{ada}/withdraw", json={"purposes": purposes, **WHO}).status_code == 422


def test_a_restricted_person_is_out_of_the_list_until_it_is_lifted(ada: str, door: Door) -> None:
    """A8.5."""
    for _ in range(2):
        assert door("POST", f"{ada}/restrict", json=WHO).get_json()["status"] == "restricted"
    assert door("GET", "/newsletters/nyhedsbrev/contacts").get_json()["items"] == []
    assert len(door("GET", "/newsletters/webshop/contacts?status=restricted").get_json()["items"]) == 1

    for _ in range(2):
        assert door("POST", f"{ada}/lift", json=WHO).get_json()["status"] == "subscribed"

    assert kinds(door) == ["confirmed", "restricted", "updated"]
    versions = [c["contact"]["version"] for c in door("GET", "/newsletters/nyhedsbrev/changes").get_json()["items"]]
    assert versions[-1] == 3


# Erasing


def test_an_erasure_says_what_is_gone_and_until_when_the_proof_is_kept(ada: str, door: Door) -> None:
    """A7.6."""
    ids = [contact["id"] for contact in door.contacts()]

    answer = door("DELETE", ada, json=WHO)

    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["id"], told["erased"]) == (ids[0], ids)
    assert told["proof_kept_until"] > "2028"
    assert "Datatilsynet" in told["complaints"]
    assert door.contacts() == []
    for path in (ada, f"{ada}/evidence", f"{ada}/export"):
        assert door("GET", path).status_code == 404
    assert door("DELETE", ada, json=WHO).status_code == 404
    erased = door("GET", "/newsletters/nyhedsbrev/changes").get_json()["items"][-1]
    assert erased["kind"] == "erased"
    assert erased["contact"] == {"id": ids[0]}
    assert set(erased["match"]) == {"id", "email_sha256"}


def test_never_again_is_heeded(people: People, ada: str, door: Door, inbox: Inbox) -> None:
    sent = len(inbox.letters(ADA))

    assert door("DELETE", ada, json={**WHO, "never_again": True}).status_code == 200
    people.ask(ADA)

    assert len(inbox.letters(ADA)) == sent


def test_the_locked_proof_is_read_by_its_own_scope_with_a_reason_alone(
    client: FlaskClient, ada: str, door: Door
) -> None:
    """A7.5."""
    door("DELETE", ada, json=WHO)
    without = Door(client, *(scope for scope in Scope if scope is not Scope.EVIDENCE_LOCKED))
    asked = {"email": ADA, **WHO}

    assert without("POST", "/evidence/locked", json=asked).status_code == 403
    assert door("POST", "/evidence/locked", json={"email": ADA}).status_code == 422
    assert door("POST", "/evidence/locked", json={**asked, "email": "no address"}).status_code == 422
    [locked] = door("POST", "/evidence/locked", json=asked).get_json()["items"]

    assert [act["act"] for act in locked["evidence"]][-2:] == ["erased", "erased"]
    assert locked["evidence"][0]["values"]["address"] == ADA
    assert "Augusta" not in str(locked)
    with reader() as session:
        read = session.scalars(select(access.Read).order_by(access.Read.id.desc())).first()
    assert read is not None
    assert "asked+for+it+by+phone" in read.what
    assert ADA not in read.what


def test_a_key_for_one_newsletter_reads_of_a_locked_proof_what_is_about_that(
    client: FlaskClient, ada: str, door: Door
) -> None:
    door("DELETE", ada, json=WHO)
    partly = Door(client, Scope.EVIDENCE_LOCKED, newsletters=("webshop",))

    [locked] = partly("POST", "/evidence/locked", json={"email": ADA, **WHO}).get_json()["items"]

    assert {act["newsletter"] for act in locked["evidence"]} == {"webshop"}
    assert locked["withheld"] > 0


# Handing over


def test_everything_is_handed_over_as_json_and_as_a_sheet(
    ada: str, door: Door, contents: Callable[[], Contents]
) -> None:
    """A8.2, A8.7."""
    told = door("GET", f"{ada}/export").get_json()
    portable = door("GET", f"{ada}/export?format=portable").get_json()
    sheet = door("GET", f"{ada}/export?format=csv")

    assert told["person"]["address"] == portable["address"] == ADA
    assert {"purposes", "recipients", "retention", "rights", "origin"} <= told.keys()
    assert sheet.content_type.startswith("text/csv")
    assert sheet.headers["Cache-Control"] == "no-store"
    assert ADA in sheet.text
    assert door("GET", f"{ada}/export?format=xml").status_code == 422
    assert len([row for row in contents()["reads"] if "/export" in row]) == 3
