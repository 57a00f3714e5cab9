"""Complaints, leavings and uses that come back from the tool (PRODUCT 4.10 and 5.2, B4)."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter import clock
from newsletter.db import db, reader
from newsletter.subscriptions import Subscription
from tests.conftest import Contents
from tests.kept import last_act
from tests.people import People, later
from tests.statements import asked
from tests.tools import move
from tests.verbs.reports.reporting import API, DONE, UNKNOWN, Tool, item, on

STALE = {"result": "refused", "reason": "stale"}
FUTURE = {"result": "refused", "reason": "future"}


def test_a_complaint_ends_the_subscription_and_the_tracking_at_once(people: People, tool: Tool) -> None:
    """B4.3, A6.3"""
    people.subscribe("ada@example.org", tracking=True)

    assert tool.report(item("complaint")) == [DONE]

    contact = tool.contact("ada@example.org")
    assert contact["status"] == "unsubscribed"
    assert {consent["state"] for consent in contact["consents"].values()} == {"withdrawn"}
    assert last_act()["act"] == "complained"
    assert [change["kind"] for change in tool.changes()] == ["confirmed", "unsubscribed"]


def test_leaving_in_the_tool_is_leaving_here(people: People, tool: Tool) -> None:
    """A6.2: what waits for confirmation goes too."""
    people.subscribe("ada@example.org", topic="events")
    people.ask("ada@example.org", topic="products")
    waiting = people.inbox.link("ada@example.org")
    people.subscribe("grace@example.org")

    contact = tool.contact("ada@example.org")
    by_id = item("unsubscribed", id=contact["id"])
    del by_id["email"]
    assert tool.report(by_id) == [DONE]

    assert tool.contact("ada@example.org")["status"] == "unsubscribed"
    assert tool.contact("grace@example.org")["status"] == "subscribed"
    assert last_act()["facts"]["channel"] == "report"
    assert "You left" in people.client.get(waiting).text


@pytest.mark.parametrize("kind", ["unsubscribed", "complaint"])
def test_a_report_that_comes_again_leaves_what_was_asked_for_since(people: People, tool: Tool, kind: str) -> None:
    """PRODUCT 5.2: sending the same again changes nothing."""
    people.subscribe("ada@example.org")
    left = item(kind)
    assert tool.report(left) == [DONE]

    with later(minutes=30):
        people.ask("ada@example.org")
        again = people.inbox.link("ada@example.org")
        assert tool.report(left) == [DONE]
        people.press(again, "confirm")

        assert tool.contact("ada@example.org")["status"] == "subscribed"


@pytest.mark.parametrize("kind", ["unsubscribed", "complaint"])
def test_who_has_moved_is_heard_under_the_address_before(people: People, tool: Tool, kind: str) -> None:
    """A6.2: the tool may have been told of the move no sooner than somebody left there."""
    people.subscribe("ada@example.org")
    move(people, "ada@example.org", "countess@example.net")

    assert tool.report(item(kind)) == [DONE]

    assert tool.contact("countess@example.net")["status"] == "unsubscribed"


def test_a_mailbox_that_somebody_has_left_behind_may_be_dead(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")
    move(people, "ada@example.org", "countess@example.net")

    assert tool.report(item("hard_bounce"), item("used")) == [UNKNOWN, UNKNOWN]

    assert tool.contact("countess@example.net")["status"] == "subscribed"


def test_an_address_that_is_somebody_elses_by_now_means_nobody_who_had_it(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")
    move(people, "ada@example.org", "countess@example.net")
    people.subscribe("ada@example.org")

    assert tool.report(item("unsubscribed")) == [DONE]

    assert tool.contact("countess@example.net")["status"] == "subscribed"
    assert tool.contact("ada@example.org")["status"] == "unsubscribed"


def test_the_last_use_is_kept_as_a_day_that_only_moves_forward(people: People, tool: Tool) -> None:
    """A2.14: and it is no change of the contact."""
    people.subscribe("ada@example.org")
    before = tool.contact("ada@example.org")

    with later(days=10):
        today = clock.now().date()
        assert tool.report(item("used"), item("used", at=on(0.003)), item("used", at=on(-5))) == [DONE] * 3

    with reader() as session:
        assert [found.last_used_on for found in session.scalars(select(Subscription))] == [today]
    assert tool.contact("ada@example.org") == before


def test_what_is_older_than_the_subscription_is_refused_as_stale(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")
    with later(days=1):
        people.leave("ada@example.org")
    with later(days=2):
        people.subscribe("ada@example.org")
        kinds = ("hard_bounce", "soft_bounce", "complaint", "unsubscribed", "used")

        assert tool.report(*(item(kind, at=on(-1.5)) for kind in kinds)) == [STALE] * 5

        assert tool.contact("ada@example.org")["status"] == "subscribed"


def test_who_has_come_back_is_meant_although_a_clock_was_ahead_when_they_came_first(people: People, tool: Tool) -> None:
    with later(days=2):
        people.subscribe("ada@example.org")
        people.leave("ada@example.org")
    people.subscribe("ada@example.org")
    [now, before] = tool.client.post(f"{API}/contacts/search", json={"email": "ada@example.org"}).get_json()["items"]
    assert (now["status"], before["status"]) == ("subscribed", "unsubscribed")

    assert tool.report(item("unsubscribed")) == [DONE]

    assert tool.client.get(f"{API}/contacts/{now['id']}").get_json()["status"] == "unsubscribed"


@pytest.mark.parametrize("kind", ["hard_bounce", "complaint", "unsubscribed"])
def test_nothing_is_stale_for_a_confirmation_that_a_clock_far_ahead_has_dated(
    people: People, tool: Tool, kind: str
) -> None:
    """What ends or suspends is not put off until that time has come."""
    with later(days=2):
        people.subscribe("ada@example.org")

    assert tool.report(item(kind)) == [DONE]

    assert tool.contact("ada@example.org")["status"] != "subscribed"


def test_what_is_yet_to_happen_is_refused_but_for_a_clock_that_is_a_little_fast(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")
    kinds = ("hard_bounce", "soft_bounce", "complaint", "unsubscribed", "used")

    with later(minutes=1):
        ahead = [item(kind, at=on(days)) for kind in kinds for days in (6 / 1440, 1 / 24, 400)]
        assert tool.report(*ahead, item("used", "nobody@example.org", at=on(1))) == [FUTURE] * 15 + [UNKNOWN]
        assert tool.contact("ada@example.org")["status"] == "subscribed"

        assert tool.report(item("unsubscribed", at=on(4 / 1440))) == [DONE]


def test_an_instant_without_fractions_is_not_stale_in_the_second_of_the_confirmation(
    people: People, tool: Tool
) -> None:
    people.subscribe("ada@example.org")
    confirmed_at = tool.contact("ada@example.org")["confirmed_at"]

    in_that_second = confirmed_at[:19] + "Z"

    assert tool.report(item("hard_bounce", at=in_that_second), item("unsubscribed", at=in_that_second)) == [DONE] * 2


def test_whom_nobody_knows_and_whom_the_key_does_not_reach_are_unknown_alike(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org", slug="webshop")
    tool = Tool(service, "webshop")

    assert tool.report(
        item("unsubscribed"),
        item("unsubscribed", "nobody@example.org", newsletter="webshop"),
        item("unsubscribed", "=no address at all", newsletter="webshop"),
        item("unsubscribed", newsletter="unheard-of"),
        item("unsubscribed", "GRACE@example.org", newsletter="webshop"),
    ) == [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, DONE]


def test_the_same_items_twice_change_nothing(people: People, tool: Tool, contents: Callable[[], Contents]) -> None:
    people.subscribe(*(f"{name}@example.org" for name in ("ada", "grace", "edsger", "barbara", "alan")), tracking=True)
    items = [
        item("hard_bounce", "ada@example.org"),
        item("soft_bounce", "grace@example.org"),
        item("complaint", "edsger@example.org"),
        item("unsubscribed", "barbara@example.org"),
        item("used", "alan@example.org"),
    ]
    first = tool.report(*items)
    before = contents()

    assert tool.report(*items, *items) == first * 2

    assert contents() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_unknown_is_looked_for_among_those_who_have_moved_and_not_among_all_changes(tool: Tool) -> None:
    """A tool may report a thousand at once whom it alone still knows."""
    with asked() as statements:
        assert tool.report(item("unsubscribed")) == [UNKNOWN]

    [(statement, values)] = [one for one in statements if "FROM changes" in one[0]]
    with db.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert [row.detail.split(" (")[0] for row in plan] == ["SEARCH changes USING INDEX ix_changes_moved"]
