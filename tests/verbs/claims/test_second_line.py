"""While very many letters wait, a worker uses two lines to the relay (PRODUCT 4.3)."""

import socket
import time
from collections.abc import Callable, Sequence

import pytest
from flask import Flask

from newsletter import outbox, signups
from newsletter.outbox import Courier, State
from newsletter.outbox.handover import FRESH
from tests.people import People
from tests.servers import Fate
from tests.servers.processes import wait_until
from tests.verbs.claims.workers import ADA, GRACE, LINUS, Attentive, Noting

MANY = [f"reader{number}@example.org" for number in range(6)]
ONE_ONLY = "421 4.7.0 One connection is enough"


@pytest.fixture(autouse=True)
def are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three letters are very many here."""
    monkeypatch.setattr("newsletter.outbox.delivery.BATCH", 3)


@pytest.fixture
def settled(service: Flask) -> Callable[[], int]:
    def look() -> int:
        with service.app_context():
            return outbox.standing().letters.get(State.SENT, 0)

    return look


@pytest.mark.parametrize("relay", [Noting], indirect=True)
def test_each_letter_of_many_is_settled_before_the_next_one_leaves_on_its_line(
    people: People, hire: Callable[[], Courier], relay: Noting, settled: Callable[[], int]
) -> None:
    relay.look = settled
    people.ask_each(*MANY)
    courier = hire()

    assert [courier.deliver_due(), courier.deliver_due()] == [3, 3]

    assert len(relay.settled) == len(MANY)
    for before, seen in enumerate(relay.settled):  # the relay looks when it comes to it: one may be under way, no more
        assert before - 1 <= seen <= before
    assert relay.heard.count("CONNECT") == 2
    assert relay.got == MANY
    assert courier.deliver_due() == 0
    wait_until(lambda: len(relay.conversations) == 1, "the end of the second line")


def test_few_letters_take_one_line(people: People, hire: Callable[[], Courier], relay: Attentive) -> None:
    people.ask_each(ADA, GRACE)

    hire().deliver_due()

    assert relay.got == [ADA, GRACE]
    assert relay.heard.count("CONNECT") == 1


def test_a_relay_that_grants_one_line_gets_every_letter_by_that(
    people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    relay.meanwhile["TAKEN"] = lambda: relay.answer("CONNECT", ONE_ONLY)
    people.ask_each(*MANY)
    courier = hire()

    while courier.deliver_due():
        pass

    assert relay.got == MANY
    assert relay.heard.count("CONNECT") == 2  # and it is not asked again at once
    assert outbox.standing().paused_at is None


def test_a_relay_that_lets_a_second_line_wait_is_not_waited_for(
    people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    """One that serves a single caller says nothing to the next one."""
    relay.meanwhile["TAKEN"] = lambda: relay.answer("CONNECT", Fate.HANG)
    people.ask_each(*MANY)
    courier = hire()
    assert courier.handover.trunk.second.patience == 3
    courier.handover.trunk.second.patience = 0.1

    while courier.deliver_due():
        pass

    assert relay.got == MANY
    assert outbox.standing().paused_at is None


def test_a_relay_that_takes_the_second_line_away_gets_every_letter_by_the_first(
    people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    people.ask_each(*MANY)
    courier = hire()
    courier.deliver_due()
    relay.answer("CONNECT", ONE_ONLY)
    second = courier.handover.trunk.second.host
    assert second is not None
    assert second.sock is not None
    assert second.sock.gettimeout() == 30
    second.sock.shutdown(socket.SHUT_RDWR)

    courier.deliver_due()

    assert relay.got == MANY
    assert outbox.standing().letters == {State.SENT: 6}
    assert outbox.standing().paused_at is None


class Slow(Attentive):
    """A relay at which something happens each time after it has taken a letter, before it says so."""

    def __init__(self) -> None:
        super().__init__()
        self.before_it_says_so: dict[str, Callable[[], object]] = {}

    def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> str | Fate | None:
        if verb == "TAKEN":
            self.before_it_says_so.get(recipients[0], lambda: None)()
        return super().reply_to(verb, argument, recipients)


@pytest.mark.parametrize("relay", [Slow], indirect=True)
def test_what_one_line_took_is_settled_while_the_relay_lets_the_other_wait(
    people: People, hire: Callable[[], Courier], relay: Slow, settled: Callable[[], int]
) -> None:
    """A death would leave two letters in doubt otherwise, for as long as a relay may take."""
    people.ask_each(ADA, GRACE, LINUS)
    seen: list[int] = []

    def wait() -> None:
        wait_until(lambda: settled() == 2, "Grace's letter to be settled")
        seen.append(settled())

    relay.before_it_says_so[LINUS] = wait
    hire().deliver_due()

    assert seen == [2]
    assert relay.got == [ADA, GRACE, LINUS]
    assert settled() == 3


@pytest.mark.parametrize("relay", [Slow], indirect=True)
def test_a_letter_that_is_cancelled_while_the_other_line_is_slow_does_not_leave(
    make_app: Callable[..., Flask], people: People, hire: Callable[[], Courier], relay: Slow
) -> None:
    people.ask_each(ADA, GRACE, LINUS)
    elsewhere = make_app()

    def cancel() -> None:
        with elsewhere.app_context():
            assert signups.forget_waiting(LINUS) == 1
        time.sleep(2 * FRESH)

    relay.before_it_says_so[GRACE] = cancel
    hire().deliver_due()

    assert relay.got == [ADA, GRACE]
