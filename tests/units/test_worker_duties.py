"""The worker's duties take turns: none keeps the others waiting, whether it has much to do or fails."""

from collections.abc import Callable
from threading import Event

import pytest
from flask import Flask

from newsletter import privacy
from newsletter.commands.worker import Duty, beside


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


def test_what_is_done_beside_the_letters_waits_for_no_relay_and_goes_on_after_a_fault() -> None:
    begun, went_on = Event(), Event()

    def step() -> None:
        if not begun.is_set():
            begun.set()
            raise RuntimeError("a fault of ours")
        went_on.set()

    with Flask(__name__).app_context(), beside(0.01, step, "a fault"):
        assert went_on.wait(10)
