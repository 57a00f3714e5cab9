"""The worker's duties take turns: none keeps the others waiting, whether it has much to do or fails."""

from collections.abc import Callable
from functools import partial
from threading import Event

import pytest
from flask import Flask

from newsletter import clock, privacy
from newsletter.beside import beside
from newsletter.commands.duties import ONCE, SLOW, Duty, duties
from newsletter.commands.rules import Rule, rules
from newsletter.commands.worker import every


def steps(*results: int) -> tuple[Callable[[], int], list[int]]:
    """A step that gives these one after another, and what it has given."""
    left, given = list(results), []

    def step() -> int:
        given.append(left.pop(0))
        return given[-1]

    return step, given


def test_a_full_batch_is_followed_by_another_one_in_the_next_turn() -> None:
    step, given = steps(privacy.BATCH, privacy.BATCH, 3, 0)
    duty = Duty(600, step)

    for _ in range(5):
        duty.do_if_due()

    assert given == [privacy.BATCH, privacy.BATCH, 3]


def test_a_duty_that_fails_waits_its_time_so_that_those_behind_it_have_theirs() -> None:
    def fail() -> int:
        raise RuntimeError("a fault of ours")

    step, given = steps(1, 1)
    duties = [Duty(600, fail), Duty(600, step)]

    with pytest.raises(RuntimeError):
        for duty in duties:
            duty.do_if_due()
    for duty in duties:
        duty.do_if_due()

    assert given == [1]


def test_what_is_to_be_done_once_is_tried_again_until_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Exception | int] = []

    def step() -> int:
        given.append(0 if given else RuntimeError("a lock that was not to be had"))
        if isinstance(given[-1], Exception):
            raise given[-1]
        return given[-1]

    monkeypatch.setattr(clock, "monotonic", lambda: 0.0)
    duty = Duty(ONCE, step)
    with pytest.raises(RuntimeError):
        duty.do_if_due()
    tries = []
    for seconds in (1.0, 61.0, 10_000.0):
        monkeypatch.setattr(clock, "monotonic", lambda now=seconds: now)
        duty.do_if_due()
        tries.append(len(given))

    assert tries == [1, 2, 2]


def test_letters_wait_for_every_rule_but_the_one_that_looks_through_strangers_mail() -> None:
    taking_turns = {duty.step.name for duty in duties() if isinstance(duty.step, Rule)}

    assert taking_turns == {rule.name for rule in rules()} - {SLOW}


def test_what_is_done_beside_the_letters_waits_for_no_relay_and_goes_on_after_a_fault() -> None:
    begun, went_on = Event(), Event()

    def step() -> None:
        if not begun.is_set():
            begun.set()
            raise RuntimeError("a fault of ours")
        went_on.set()

    with beside(Flask(__name__), partial(every, 0.01, step, "a fault")):
        assert went_on.wait(10)
