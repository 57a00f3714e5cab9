"""Back from the tool: `POST /api/v1/reports` (PRODUCT 4.10 and 5.2, B4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter import access, clock, consent, privacy, subscriptions
from newsletter.access import Scope
from newsletter.config import Settings
from newsletter.db import reader
from newsletter.feedback import brake
from newsletter.subscriptions import Subscription
from tests.conftest import Contents
from tests.crowd import Crowd
from tests.people import People, later
from tests.tools import move

API = "/api/v1"
DONE = {"result": "done", "reason": None}
UNKNOWN = {"result": "unknown", "reason": None}
STALE = {"result": "refused", "reason": "stale"}
FUTURE = {"result": "refused", "reason": "future"}
HELD = {"result": "refused", "reason": "held"}

Item = dict[str, Any]


class Tool:
    """The marketing tool, with a key of its own."""

    def __init__(self, service: Flask, *newsletters: str, name: str = "the tool") -> None:
        self.client = service.test_client(use_cookies=False)
        key = access.create(name, [Scope.FEED_READ, Scope.REPORTS_WRITE, Scope.CONTACTS_READ], newsletters, None)
        self.key_id = key.split("_")[1]
        self.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"

    def report(self, *items: Item) -> list[Item]:
        answer = self.client.post(f"{API}/reports", json={"items": items})
        assert answer.status_code == 200, answer.text
        found: list[Item] = answer.get_json()["items"]
        return found

    def contact(self, address: str) -> Item:
        found = self.client.post(f"{API}/contacts/search", json={"email": address}).get_json()["items"]
        newest: Item = found[-1]
        return newest

    def changes(self) -> list[Item]:
        found: list[Item] = self.client.get(f"{API}/newsletters/nyhedsbrev/changes?limit=1000").get_json()["items"]
        return found


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A crowd signs up here from one address."""
    return replace(settings, limit_source=())


@pytest.fixture
def tool(service: Flask) -> Tool:
    return Tool(service)


def item(kind: str, address: str = "ada@example.org", **more: Any) -> Item:
    return {"newsletter": "nyhedsbrev", "email": address, "kind": kind, "at": clock.iso(clock.now())} | more


def on(days: float) -> str:
    return clock.iso(clock.now() + timedelta(days=days))


def acts(address: str) -> list[dict[str, Any]]:
    with reader() as session:
        contact = session.scalars(
            select(Subscription).join(Subscription.subscriber).where(subscriptions.Subscriber.address == address)
        ).first()
        assert contact is not None
        assert subscriptions.verify(session, contact.subscriber_id) == []
        return consent.proof(session, contact.subscriber_id)


def test_a_hard_bounce_suspends_and_leaves_the_consent_as_it_is(people: People, tool: Tool) -> None:
    """B4.2"""
    people.subscribe("ada@example.org", tracking=True)

    assert tool.report(item("hard_bounce")) == [DONE]

    contact = tool.contact("ada@example.org")
    assert contact["status"] == "suspended"
    assert contact["consents"]["newsletter"]["state"] == "granted"
    assert contact["tracking_allowed"] is False
    last = tool.changes()[-1]
    assert last["kind"] == "suspended"
    assert last["match"]["id"] == contact["id"]
    act = acts("ada@example.org")[-1]
    assert act["act"] == "suspended"
    assert act["facts"] == {"channel": "report"}
    assert act["values"]["actor"] == "the tool"


def test_whoever_is_suspended_is_in_no_list_until_the_address_is_confirmed_again(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")
    tool.report(item("hard_bounce"))

    def listed() -> list[Item]:
        found: list[Item] = tool.client.get(f"{API}/newsletters/nyhedsbrev/contacts").get_json()["items"]
        return found

    assert listed() == []
    with later(days=1):
        people.subscribe("ada@example.org")
        assert [contact["email"] for contact in listed()] == ["ada@example.org"]
        assert tool.report(item("hard_bounce", at=on(-0.5))) == [DONE]
        assert len(listed()) == 1, "the bounce was before the address was proven to work"


def test_a_bounce_at_the_address_of_before_says_nothing_of_the_new_one(people: People, tool: Tool) -> None:
    """Tools report late, and name people by id."""
    people.subscribe("ada@example.org")
    contact = tool.contact("ada@example.org")["id"]

    with later(days=2):
        move(people, "ada@example.org", "ada@new.example.com")
        late = [{"newsletter": "nyhedsbrev", "id": contact, "kind": "hard_bounce", "at": on(-1)}]
        assert tool.report(*late) == [DONE]

    assert tool.contact("ada@new.example.com")["status"] == "subscribed"


def test_a_bounce_during_a_restriction_suspends_once_that_is_lifted(people: People, tool: Tool) -> None:
    """Otherwise lifting it has a dead address mailed again."""
    told = {"channel": subscriptions.Channel.STAFF, "visit": consent.Visit(ip=None), "note": {"reason": "asked"}}
    contacts = []
    for address in ("ada@example.org", "grace@example.org"):
        people.subscribe(address)
        contacts.append(privacy.restrict(tool.contact(address)["id"], **told).id)

    with later(days=3):
        assert tool.report(item("hard_bounce")) == tool.report(item("hard_bounce")) == [DONE]
        tool.report(*(item("soft_bounce", "grace@example.org", at=on(-days)) for days in (2, 1, 0)))
        assert [tool.contact("ada@example.org")[name] for name in ("status", "version")] == ["restricted", 2]
        assert [act["act"] for act in acts("ada@example.org")[-2:]] == ["restricted", "suspended"]
        for contact in contacts:
            assert privacy.lift(contact, **told).status == "suspended"


def test_three_soft_bounces_on_different_days_within_thirty_suspend(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")

    with later(days=29):
        tool.report(item("soft_bounce", at=on(-28.9)), item("soft_bounce", at=on(-20)), item("soft_bounce", at=on(-20)))
        assert tool.contact("ada@example.org")["status"] == "subscribed"

        assert tool.report(item("soft_bounce")) == [DONE]

    assert tool.contact("ada@example.org")["status"] == "suspended"


def test_three_soft_bounces_spread_wider_or_on_one_day_do_nothing(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")
    people.subscribe("grace@example.org")

    with later(days=80):
        tool.report(*(item("soft_bounce", at=on(days)) for days in (-79, -40, -10, -41)))
        tool.report(*(item("soft_bounce", "grace@example.org", at=on(days)) for days in (0, 0, 0, 0.001, 0.002)))

        assert tool.contact("ada@example.org")["status"] == "subscribed"
        assert tool.contact("grace@example.org")["status"] == "subscribed"


def test_soft_bounces_from_before_a_new_confirmation_count_no_more(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")
    with later(days=5):
        tool.report(*(item("soft_bounce", at=on(days)) for days in (-3, -2, -1)))
    with later(days=6):
        people.subscribe("ada@example.org")
        assert tool.contact("ada@example.org")["status"] == "subscribed"
    with later(days=8):
        tool.report(item("soft_bounce", at=on(-1)), item("soft_bounce"))

        assert tool.contact("ada@example.org")["status"] == "subscribed"


def test_a_complaint_ends_the_subscription_and_the_tracking_at_once(people: People, tool: Tool) -> None:
    """B4.3, A6.3"""
    people.subscribe("ada@example.org", tracking=True)

    assert tool.report(item("complaint")) == [DONE]

    contact = tool.contact("ada@example.org")
    assert contact["status"] == "unsubscribed"
    assert {consent["state"] for consent in contact["consents"].values()} == {"withdrawn"}
    assert acts("ada@example.org")[-1]["act"] == "complained"
    assert [change["kind"] for change in tool.changes()] == ["confirmed", "unsubscribed"]


def test_leaving_in_the_tool_is_leaving_here(people: People, tool: Tool) -> None:
    """A6.2: what waits for confirmation goes too."""
    people.subscribe("ada@example.org", topic="events")
    people.ask("ada@example.org", topic="products")

    contact = tool.contact("ada@example.org")
    by_id = item("unsubscribed", id=contact["id"])
    del by_id["email"]
    assert tool.report(by_id) == [DONE]

    assert tool.contact("ada@example.org")["status"] == "unsubscribed"
    assert acts("ada@example.org")[-1]["facts"]["channel"] == "report"


def test_the_last_use_is_kept_as_a_day_that_only_moves_forward(people: People, tool: Tool) -> None:
    """A2.14: and it is no change of the contact."""
    people.subscribe("ada@example.org")
    before = tool.contact("ada@example.org")

    with later(days=10):
        today = clock.now().date()
        assert tool.report(item("used"), item("used", at=on(-5)), item("used", at=on(0.003))) == [DONE] * 3

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
    for name in ("ada", "grace", "edsger", "barbara", "alan"):
        people.subscribe(f"{name}@example.org", tracking=True)
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
    assert [act["act"] for act in acts("ada@example.org")].count("suspended") == 1


def test_a_key_that_takes_too_many_off_is_held_until_it_is_released(service: Flask, people: People, tool: Tool) -> None:
    """More than a hundred, and more than 2 % of the newsletter, within an hour."""
    everybody = [f"person{number}@example.org" for number in range(brake.MOST + 5)]
    for address in everybody:
        people.subscribe(address)
    bystander = Tool(service, name="another tool")
    run = service.test_cli_runner().invoke

    half = len(everybody) // 2
    first = tool.report(*(item("hard_bounce", address) for address in everybody[:half]))
    rest = tool.report(*(item("unsubscribed", address) for address in everybody[half:]))

    assert first + rest == [DONE] * (brake.MOST + 1) + [HELD] * 4
    assert tool.report(item("used", everybody[0]), item("used", "nobody@example.org")) == [HELD, HELD]
    assert "newsletter_keys_held 1.0" in people.client.get("/metrics").text
    assert "held since" in run(args=["keys", "list"]).stdout
    assert tool.contact(everybody[-1])["status"] == "subscribed", "the key may still read"
    assert bystander.report(item("unsubscribed", everybody[-1])) == [DONE]

    assert run(args=["keys", "release", tool.key_id]).exit_code == 0
    assert tool.report(item("unsubscribed", everybody[-2]), item("unsubscribed", everybody[-3])) == [DONE, DONE]
    assert "newsletter_keys_held 0.0" in people.client.get("/metrics").text


def test_an_hour_later_the_count_begins_anew(people: People, tool: Tool) -> None:
    everybody = [f"person{number}@example.org" for number in range(brake.MOST + 2)]
    for address in everybody:
        people.subscribe(address)

    early = tool.report(*(item("unsubscribed", address) for address in everybody[:60]))
    with later(hours=1, minutes=2):
        late = tool.report(*(item("unsubscribed", address) for address in everybody[60:]))

    assert early + late == [DONE] * (brake.MOST + 2)


def test_two_in_a_hundred_of_a_large_newsletter_are_not_too_many(people: People) -> None:
    for number in range(49):
        people.subscribe(f"person{number}@example.org")

    with reader() as session:
        assert not brake.is_too_many(session, "nyhedsbrev", 1)
        assert brake.is_too_many(session, "nyhedsbrev", 2)
    assert [n for n in range(90, 510) if brake.is_looked_at(n)][:101] == [*range(101, 200), 200, 202]


def test_only_a_key_that_is_there_can_be_released(service: Flask) -> None:
    assert service.test_cli_runner().invoke(args=["keys", "release", "nobody"]).exit_code == 1
