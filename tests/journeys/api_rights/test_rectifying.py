"""What people ask for, done through another system: put right (PRODUCT 5.2)."""

from typing import Any

import pytest

from tests.journeys.api_rights.acting import ADA, WHO, Door, kinds
from tests.people import Inbox, People


def last_act(door: Door, path: str) -> dict[str, Any]:
    act: dict[str, Any] = door("GET", f"{path}/evidence").get_json()["evidence"][-1]
    return act


def test_fields_and_language_are_changed_and_topics_removed(ada: str, door: Door) -> None:
    wanted = {"fields": {"first_name": "Ada"}, "language": "da", "topics": ["events"]}

    answer = door("PATCH", ada, json={**wanted, **WHO})

    assert answer.status_code == 200
    contact = answer.get_json()
    assert {name: contact[name] for name in wanted} == wanted
    assert door("GET", ada).get_json() == contact
    assert kinds(door)[-1] == "updated"
    assert door("PATCH", ada, json={"topics": [], **WHO}).get_json()["topics"] == []


def test_an_empty_field_is_removed(ada: str, door: Door) -> None:
    for nothing in ("", None, " "):
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


def test_everything_that_is_wrong_is_named_at_once(ada: str, door: Door) -> None:
    answer = door("PATCH", ada, json={"fields": {"first_name": 5}, "language": None, **WHO})

    assert set(answer.get_json()["errors"]) == {"first_name", "language"}


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
    "wanted",
    [
        {"email": "no address"},
        {"email": ADA},
        {"email": None},
        {"email": "a@b.dk", "language": "da"},
        {"email": "a@b.dk", "topics": ["events"]},
        {"email": "a@b.dk", "fields": {"first_name": "Ada"}},
    ],
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
