"""A key that takes too many off is held until somebody has looked (PRODUCT 4.10)."""

import pytest
from flask import Flask

from newsletter import access, guard
from newsletter.db import reader
from newsletter.feedback import brake
from tests.people import People, later
from tests.verbs.reports.reporting import DONE, Tool, item

HELD = {"result": "refused", "reason": "held"}


def test_a_key_that_takes_too_many_off_is_held_until_it_is_released(service: Flask, people: People, tool: Tool) -> None:
    """More than a hundred, and more than 2 % of the newsletter, within an hour."""
    everybody = [f"person{number}@example.org" for number in range(guard.MOST_GONE + 5)]
    people.subscribe(*everybody)
    bystander = Tool(service, name="another tool")
    run = service.test_cli_runner().invoke

    half = len(everybody) // 2
    first = tool.report(*(item("hard_bounce", address) for address in everybody[:half]))
    rest = tool.report(*(item("unsubscribed", address) for address in everybody[half:]))

    assert first + rest == [DONE] * (guard.MOST_GONE + 1) + [HELD] * 4
    assert tool.report(item("used", everybody[0]), item("used", "nobody@example.org")) == [HELD, HELD]
    assert "newsletter_keys_held 1.0" in people.client.get("/metrics").text
    assert "held since" in run(args=["keys", "list"]).stdout
    assert tool.contact(everybody[-1])["status"] == "subscribed", "the key may still read"
    assert bystander.report(item("unsubscribed", everybody[-1])) == [DONE]

    assert run(args=["keys", "release", tool.key_id]).exit_code == 0
    assert tool.report(item("unsubscribed", everybody[-2]), item("unsubscribed", everybody[-3])) == [DONE, DONE]
    assert "newsletter_keys_held 0.0" in people.client.get("/metrics").text


def test_a_key_that_is_released_without_being_held_may_take_off_no_more_for_that(
    people: People, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MOST_GONE", 2)
    everybody = [f"person{number}@example.org" for number in range(4)]
    people.subscribe(*everybody)
    tool.report(*(item("unsubscribed", address) for address in everybody[:2]))

    people.client.application.test_cli_runner().invoke(args=["keys", "release", tool.key_id])

    assert tool.report(*(item("unsubscribed", address) for address in everybody[2:])) == [DONE, HELD]


def test_a_held_key_that_was_revoked_calls_for_nobody_any_more(
    people: People, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm would never end: who is taken back is released by nobody."""
    monkeypatch.setattr(guard, "MOST_GONE", 1)
    people.subscribe("ada@example.org", "grace@example.org")
    tool.report(item("unsubscribed"), item("unsubscribed", "grace@example.org"))
    assert "newsletter_keys_held 1.0" in people.client.get("/metrics").text

    access.revoke(tool.key_id)

    assert "newsletter_keys_held 0.0" in people.client.get("/metrics").text


@pytest.mark.parametrize(("minutes", "last"), [(59, HELD), (62, DONE)])
def test_an_hour_later_the_count_begins_anew(
    people: People, tool: Tool, monkeypatch: pytest.MonkeyPatch, minutes: int, last: dict[str, str]
) -> None:
    monkeypatch.setattr(guard, "MOST_GONE", 10)
    everybody = [f"person{number}@example.org" for number in range(12)]
    people.subscribe(*everybody)

    early = tool.report(*(item("unsubscribed", address) for address in everybody[:6]))
    with later(minutes=minutes):
        late = tool.report(*(item("unsubscribed", address) for address in everybody[6:]))

    assert early + late == [*[DONE] * 11, last]


def test_so_is_the_key_that_takes_its_place(
    service: Flask, people: People, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has looked, though keys may be rotated by a timer."""
    monkeypatch.setattr(guard, "MOST_GONE", 2)
    everybody = [f"person{number}@example.org" for number in range(4)]
    people.subscribe(*everybody)
    assert tool.report(*(item("unsubscribed", address) for address in everybody)) == [*[DONE] * 3, HELD]

    run = service.test_cli_runner().invoke
    tool.use(run(args=["keys", "rotate", tool.key_id]).stdout.split()[-1])

    assert tool.report(item("unsubscribed", everybody[-1])) == [HELD]
    assert run(args=["keys", "release", tool.key_id]).exit_code == 0
    assert tool.report(item("unsubscribed", everybody[-1])) == [DONE]


def test_two_in_a_hundred_of_a_large_newsletter_are_not_too_many(people: People) -> None:
    people.subscribe(*(f"person{number}@example.org" for number in range(49)))

    with reader() as session:
        assert not brake.is_too_many(session, "nyhedsbrev", 1)
        assert brake.is_too_many(session, "nyhedsbrev", 2)
    people.leave("person0@example.org")
    with reader() as session:
        assert brake.is_too_many(session, "nyhedsbrev", 1)
    assert [n for n in range(90, 510) if brake.is_looked_at(n)][:101] == [*range(101, 200), 200, 202]


def test_only_a_key_that_is_there_can_be_released(service: Flask) -> None:
    assert service.test_cli_runner().invoke(args=["keys", "release", "nobody"]).exit_code == 1
