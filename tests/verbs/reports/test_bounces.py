"""Bounces that come back from the tool: `POST /api/v1/reports` (PRODUCT 4.10 and 5.2, B4)."""

from collections.abc import Callable

from newsletter import privacy, subscriptions
from tests.conftest import Contents, Run
from tests.kept import acts, last_act
from tests.people import People, later
from tests.tools import move
from tests.verbs.reports.reporting import API, DONE, Item, Tool, item, on


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
    act = last_act()
    assert act["act"] == "suspended"
    assert act["facts"] == {"channel": "report"}
    assert (act["values"]["actor"], act["values"]["reason"]) == ("the tool", "hard bounce")


def test_whoever_is_suspended_is_in_no_list_until_the_address_is_confirmed_again(
    people: People, tool: Tool, contents: Callable[[], Contents]
) -> None:
    people.subscribe("ada@example.org")
    tool.report(item("hard_bounce"))

    def listed() -> list[Item]:
        found: list[Item] = tool.client.get(f"{API}/newsletters/nyhedsbrev/contacts").get_json()["items"]
        return found

    assert listed() == []
    with later(days=1):
        people.ask("ada@example.org")
        assert people.inbox.subjects("ada@example.org")[-1].startswith("Please confirm: "), "nobody gets it already"
        assert "receives" not in people.client.get(people.inbox.link("ada@example.org")).text
        people.confirm("ada@example.org")
        assert [contact["email"] for contact in listed()] == ["ada@example.org"]
        taken_off = contents()["post_hits"]
        assert tool.report(*(item(kind, at=on(-0.5)) for kind in ("hard_bounce", "soft_bounce"))) == [DONE] * 2
        assert len(listed()) == 1, "the bounces were before the address was proven to work"
        assert contents()["post_hits"] == taken_off, "they bring the tool no nearer to being held"


def test_a_bounce_at_the_address_of_before_says_nothing_of_the_new_one(people: People, tool: Tool) -> None:
    """Tools report late, and name people by id. Who was suspended gets it there, where mail has just arrived."""
    people.subscribe("ada@example.org")
    contact = tool.contact("ada@example.org")["id"]
    tool.report(item("hard_bounce"))

    with later(days=2):
        move(people, "ada@example.org", "ada@new.example.com")
        late = [{"newsletter": "nyhedsbrev", "id": contact, "kind": "hard_bounce", "at": on(-1)}]
        assert tool.report(*late) == [DONE]

    assert tool.contact("ada@new.example.com")["status"] == "subscribed"


def test_whoever_moved_can_leave_each_newsletter_by_the_address_that_its_tool_still_has(
    people: People, tool: Tool
) -> None:
    for slug in ("nyhedsbrev", "webshop"):
        people.subscribe("ada@example.org", slug=slug)
    move(people, "ada@example.org", "ada@new.example.com")

    for slug in ("nyhedsbrev", "webshop"):
        assert tool.report(item("unsubscribed", newsletter=slug)) == [DONE]


def test_a_bounce_during_a_restriction_suspends_once_that_is_lifted(people: People, tool: Tool) -> None:
    """Otherwise lifting it has a dead address mailed again."""
    told = subscriptions.Cause(subscriptions.Channel.STAFF, note={"reason": "asked"})
    contacts = []
    for address in ("ada@example.org", "grace@example.org"):
        people.subscribe(address)
        contacts.append(privacy.restrict(tool.contact(address)["id"], told).id)

    with later(days=3):
        assert tool.report(item("hard_bounce")) == tool.report(item("hard_bounce")) == [DONE]
        tool.report(*(item("soft_bounce", "grace@example.org", at=on(-days)) for days in (2, 1, 0)))
        assert [tool.contact("ada@example.org")[name] for name in ("status", "version")] == ["restricted", 2]
        assert acts()[-2:] == ["restricted", "suspended"]
        for contact in contacts:
            assert privacy.lift(contact, told).status == "suspended"


def test_who_confirms_the_address_during_a_restriction_is_mailed_once_that_is_lifted(
    people: People, tool: Tool
) -> None:
    people.subscribe("ada@example.org", topic="products")
    told = subscriptions.Cause(subscriptions.Channel.STAFF, note={"reason": "asked"})
    contact = privacy.restrict(tool.contact("ada@example.org")["id"], told).id
    tool.report(item("hard_bounce"))

    with later(days=1):
        people.subscribe("ada@example.org", topic="events")

        assert tool.contact("ada@example.org")["status"] == "restricted"
        assert privacy.lift(contact, told).status == "subscribed"


def test_three_soft_bounces_on_different_days_within_thirty_suspend(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org")

    with later(days=29):
        tool.report(item("soft_bounce", at=on(-28.9)), item("soft_bounce", at=on(-20)), item("soft_bounce", at=on(-20)))
        assert tool.contact("ada@example.org")["status"] == "subscribed"

        assert tool.report(item("soft_bounce")) == [DONE]

    assert tool.contact("ada@example.org")["status"] == "suspended"
    assert last_act()["values"]["reason"] == "soft bounces"


def test_three_soft_bounces_spread_wider_or_on_one_day_do_nothing(people: People, tool: Tool) -> None:
    people.subscribe("ada@example.org", "grace@example.org")

    with later(days=80):
        tool.report(*(item("soft_bounce", at=on(days)) for days in (-79, -40, -10, -25)))
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
        tool.report(*(item("soft_bounce", at=on(days)) for days in (-2.001, -1, 0)))

        assert tool.contact("ada@example.org")["status"] == "subscribed"


def test_a_soft_bounce_is_kept_until_its_term_is_over(
    people: People, tool: Tool, run: Run, contents: Callable[[], Contents]
) -> None:
    people.subscribe("ada@example.org")
    tool.report(item("soft_bounce"))

    with later(days=2):
        tool.report(item("soft_bounce"))
        assert run("purge").exit_code == 0
    assert len(contents()["soft_bounces"]) == 2

    with later(days=31):
        assert "bounces: 1\n" in run("purge").stdout
    assert len(contents()["soft_bounces"]) == 1
