"""How long is waited, and for whom: a tool in trouble, one person who fails, a worker that is silent."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
import time_machine

from newsletter import clock
from newsletter.feed.connectors import threads
from tests.listmonk import Listmonk
from tests.listmonk.declaring import DECLARED
from tests.people import People, later
from tests.servers import wait_until
from tests.tools import Tools, contact_of, copies, rename, state

RATE = 5  # requests a second


def standing(seconds: float) -> time_machine.travel:
    """The block happens so much later, all of it at one instant."""
    return time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False)


def test_a_tool_that_is_away_is_asked_after_5_seconds_and_then_more_and_more_seldom(
    push: Callable[[], None], listmonk: Listmonk
) -> None:
    waits: list[float] = []
    listmonk.down()

    for _ in range(8):
        with standing(sum(waits)):
            push()
            waits.append((state("listmonk").due_at - clock.now()).total_seconds())  # type: ignore[operator]

    listmonk.up()
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_tool_that_asks_for_days_is_looked_at_again_after_an_hour(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    listmonk.answer("POST", 429, Retry_After="864000")
    push()

    with later(minutes=61):
        push()

    assert listmonk.mailed() == {"ada@example.org"}


def test_a_connector_that_stands_still_asks_nothing_for_five_minutes(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    listmonk.may_query = False
    push()
    heard = len(listmonk.heard)

    with later(minutes=4.8):
        push()

    assert len(listmonk.heard) == heard


def test_who_has_left_through_a_tool_is_heard_of_when_it_tells_again_however_long_it_did_not(
    push: Callable[[], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    push()
    [runner] = tools.runners()
    with tools.declared.app_context():
        while runner.turn():
            pass
        listmonk.unsubscribe("ada@example.org")
        for minutes in (5, 65, 125):
            with later(minutes=minutes):
                listmonk.answer("GET", 503)
                runner.turn()
        assert contact_of("ada@example.org")["status"] == "subscribed"

        with later(minutes=130):
            while runner.turn():
                pass

    assert contact_of("ada@example.org")["status"] == "unsubscribed"
    assert listmonk.answers == []


def test_one_person_who_fails_is_tried_again_after_30_seconds_and_then_more_and_more_seldom(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    """Every six hours in the end."""
    waits: list[float] = []
    people.subscribe("ada@example.org")

    for _ in range(11):
        with standing(sum(waits)):
            listmonk.answer("POST", 500)
            push()
            waits.append((copies()[0].due_at - clock.now()).total_seconds())  # type: ignore[operator]

    assert waits == [*(30 * 2**n for n in range(10)), 6 * 3600]


@pytest.mark.parametrize("others_go_on", [True, False])
def test_one_person_who_fails_is_given_up_after_three_days_in_which_others_went_on(
    push: Callable[[], None], people: People, listmonk: Listmonk, others_go_on: bool
) -> None:
    people.subscribe("grace@example.org")
    push()
    people.subscribe("ada@example.org")
    dead = []

    for hours in (*range(0, 70, 7), 71.9, 78.1):
        with later(hours=hours):
            if others_go_on:
                rename("grace@example.org", f"Grace {hours}")
            listmonk.answer("POST", 500)
            push()
            dead += [copy.dead for copy in copies() if copy.due_at]

    assert dead == [*[None] * 11, "exhausted" if others_go_on else None]


def test_who_was_not_told_of_while_no_worker_ran_for_days_is_not_given_up_at_the_first_failure(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    for address in ("grace@example.org", "ada@example.org"):
        people.subscribe(address)
        push()
    people.leave("ada@example.org")
    rename("grace@example.org", "Grace")

    for minutes in (0, 1):
        with later(days=4, minutes=minutes):
            listmonk.answer("PUT", 500)
            push()
    with later(days=4, minutes=10):
        push()

    assert listmonk.mailed() == {"grace@example.org"}


def test_no_more_is_asked_in_a_second_than_the_operator_lets_it(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk
) -> None:
    asked: list[float] = []
    declare(DECLARED + f"rate = {RATE}\n")
    people.subscribe("ada@example.org")
    listmonk.before = lambda _: asked.append(time.monotonic())
    began = time.monotonic()

    tools.push()

    assert len(asked) >= 4
    assert asked[-1] - began > (len(asked) - 1) / RATE


@pytest.mark.parametrize("slow", ["rate = 0.001\n", "batch = 1\n"])
@pytest.mark.parametrize("once", [True, False])
def test_a_worker_that_is_told_to_end_waits_neither_for_a_pace_nor_for_an_import(
    declare: Callable[[str], None], tools: Tools, people: People, listmonk: Listmonk, slow: str, once: bool
) -> None:
    people.subscribe("ada@example.org")
    declare(DECLARED + slow)
    listmonk.importing = "importing"
    stop, began = Event(), time.monotonic()
    listmonk.before = lambda _: stop.set()
    with tools.declared.app_context():
        [runner] = tools.runners()
        threads.run_once(tools.declared, [runner], stop) if once else threads.take_turns(runner, stop)

    assert time.monotonic() - began < 30
    assert state("listmonk").answer is None
    assert listmonk.mailed() == set()

    declare(DECLARED)
    tools.push()
    assert listmonk.mailed() == {"ada@example.org"}


def test_a_worker_that_lives_keeps_its_lease_and_one_that_stood_still_nobody_elses(
    push: Callable[[], None], tools: Tools, people: People
) -> None:
    [first], [second], [third] = tools.runners(), tools.runners(), tools.runners()
    with tools.declared.app_context():
        first.turn()
        people.subscribe("ada@example.org")
        with later(seconds=35):
            first.renew()
        with later(seconds=70):
            assert second.turn() == 0
        with later(seconds=76):
            assert second.turn() > 0
        with later(seconds=100):
            first.renew()
        with later(seconds=117):
            people.subscribe("grace@example.org")
            assert third.turn() > 0


def test_a_lease_is_renewed_while_a_tool_takes_its_time(
    push: Callable[[], None], tools: Tools, people: People, listmonk: Listmonk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "RENEW_EVERY", 0.05)
    people.subscribe("ada@example.org")

    def take_time(_request: str) -> None:
        with tools.declared.app_context():
            leased = state("listmonk").leased_until
            wait_until(lambda: state("listmonk").leased_until != leased, "the lease to be renewed")

    listmonk.before = take_time
    push()

    assert listmonk.mailed() == {"ada@example.org"}


def test_whom_listmonk_fails_to_change_stays_on_its_list(
    push: Callable[[], None], people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    push()
    listmonk.answer("PATCH", 500, times=9)

    rename("ada@example.org", "Ada")
    push()

    assert listmonk.mailed() == {"ada@example.org"}
