"""What a report may hold, and who may report (PRODUCT 5.2)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from newsletter import access, privacy, subscriptions
from newsletter.access import Scope
from newsletter.db import reader, transaction
from tests.crowd import Crowd
from tests.kept import acts, faults
from tests.people import People, later
from tests.servers import wait_until
from tests.verbs.reports.reporting import API, DONE, UNKNOWN, Item, Tool, item


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "bounce"}, "items.1.kind"),
        ({"kind": "opened"}, "items.1.kind"),
        ({"browser": "Firefox"}, "items.1.browser"),
        ({"at": "yesterday"}, "items.1.at"),
        ({"at": "2026-11-23T09:00:00"}, "items.1.at"),
        ({"email": 7}, "items.1.email"),
        ({"email": "ada@example.org\n"}, "items.1.email"),
        ({"id": "both"}, "items.1.id"),
        ({"newsletter": None}, "items.1.newsletter"),
        ({"why": "unknown field"}, "items.1.why"),
    ],
)
def test_an_item_of_the_wrong_shape_refuses_the_whole_and_is_named(
    people: People, tool: Tool, wrong: Item, field: str
) -> None:
    """A5.2, A5.4: what somebody opened or clicked is taken by no door."""
    people.subscribe("ada@example.org")

    answer = tool.client.post(f"{API}/reports", json={"items": [item("unsubscribed"), item("unsubscribed") | wrong]})

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert list(answer.get_json()["errors"]) == [field]
    assert tool.contact("ada@example.org")["status"] == "subscribed"


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}, {"items": [7]}, {"items": [], "more": 1}])
def test_a_body_of_the_wrong_shape_is_refused(tool: Tool, body: Item) -> None:
    assert tool.client.post(f"{API}/reports", json=body).status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": None}, "items.0.id"),
        ({"at": None}, "items.0.at"),
        ({"kind": None}, "items.0.kind"),
        ({"newsletter": None}, "items.0.newsletter"),
        ({"email": "a" * 255}, "items.0.email"),
        ({"email": None, "id": "a" * 201}, "items.0.id"),
    ],
)
def test_an_item_that_lacks_something_or_is_too_long_is_named(tool: Tool, changes: Item, field: str) -> None:
    told = {name: value for name, value in {**item("used"), **changes}.items() if value is not None}

    answer = tool.client.post(f"{API}/reports", json={"items": [told]})

    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_a_thousand_items_fit_and_no_more(tool: Tool) -> None:
    """Their body is larger than those of all other posts; that too has an end."""
    long = "a" * 60 + "@" + "b" * 60 + ".example.org"

    assert tool.report(*(item("used", long) for _ in range(1000))) == [UNKNOWN] * 1000
    assert tool.client.post(f"{API}/reports", json={"items": [item("used")] * 1001}).status_code == 422
    assert tool.client.post(f"{API}/reports", json={"items": ["x" * 600_000]}).status_code == 413


def test_a_key_without_the_scope_reports_nothing(client: FlaskClient) -> None:
    key = access.create("reader", [Scope.FEED_READ], [], None)

    answer = client.post(f"{API}/reports", json={"items": []}, headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 403


def test_soft_bounces_are_forgotten_when_they_cannot_count_any_more(people: People, tool: Tool, contents: Any) -> None:
    """Of who gets nothing, none is kept at all."""
    people.subscribe("grace@example.org")
    tool.report(item("hard_bounce", "grace@example.org"), item("soft_bounce", "grace@example.org"))
    people.subscribe("ada@example.org")
    tool.report(item("soft_bounce"))

    with later(days=30):
        privacy.RULES["bounces"]()
        assert len(contents()["soft_bounces"]) == 1
    with later(days=31):
        privacy.RULES["bounces"]()
        assert contents()["soft_bounces"] == []


def test_two_reports_of_one_bounce_at_once_suspend_once(service: Flask, people: People, crowd: Crowd) -> None:
    people.subscribe("ada@example.org")
    tools = [Tool(service, name=f"tool {number}") for number in range(4)]
    told = item("hard_bounce")

    results = crowd.do(*(lambda tool=tool: tool.report(told) for tool in tools))

    assert results == [[DONE]] * 4
    assert [change["kind"] for change in tools[0].changes()] == ["confirmed", "suspended"]
    assert acts().count("suspended") == 1
    assert faults() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_is_erased_meanwhile_is_unknown_and_the_others_are_still_reported(
    service: Flask, people: People, tool: Tool
) -> None:
    """SQLite has one writer: there nobody is erased between the look for a person and the lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
    )
    people.subscribe("ada@example.org", "grace@example.org")
    ada = tool.contact("ada@example.org")["id"]

    def erase() -> None:
        with service.app_context():
            privacy.erase(ada, subscriptions.Cause(subscriptions.Channel.STAFF))

    def wait_for(number: int) -> None:
        def in_line() -> bool:
            with reader() as session:
                return bool(session.scalar(waiting) == number)

        wait_until(in_line, f"{number} to wait for Ada")

    with ThreadPoolExecutor(2) as pool:
        with transaction() as session:
            subscriptions.locked(session, ada)
            erased = pool.submit(erase)
            wait_for(1)
            results = pool.submit(tool.report, item("unsubscribed"), item("unsubscribed", "grace@example.org"))
            wait_for(2)

        assert erased.result() is None
        assert results.result() == [UNKNOWN, DONE]
    assert tool.contact("grace@example.org")["status"] == "unsubscribed"
