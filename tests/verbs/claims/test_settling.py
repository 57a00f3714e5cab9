"""A letter is settled before the next one leaves, though the relay sees its envelope before (PRODUCT 4.3)."""

from collections.abc import Callable

import pytest
from flask import Flask

from newsletter import outbox
from newsletter.outbox import Courier, State
from tests.people import Inbox, People, later
from tests.verbs.claims.workers import ADA, GRACE, LINUS, Attentive, Noting


class Plain(Attentive):
    """A relay that wants each command by itself."""

    pipelines = False


@pytest.mark.parametrize("relay", [Noting], indirect=True)
def test_each_letter_is_settled_before_the_next_one_leaves(
    service: Flask, people: People, hire: Callable[[], Courier], relay: Noting
) -> None:
    def settled() -> int:
        with service.app_context():
            return outbox.standing().letters.get(State.SENT, 0)

    relay.look = settled
    people.ask_each(ADA, GRACE, LINUS)

    hire().deliver_due()

    assert relay.settled == [0, 1, 2]
    assert settled() == 3


@pytest.mark.parametrize(("relay", "connections"), [(Attentive, 2), (Plain, 1)], indirect=["relay"])
def test_a_letter_that_is_cancelled_while_the_one_before_is_taken_does_not_leave(
    make_app: Callable[..., Flask],
    people: People,
    inbox: Inbox,
    hire: Callable[[], Courier],
    relay: Attentive,
    connections: int,
) -> None:
    """A relay that has heard DATA takes whatever comes next for the letter, so its connection ends."""
    people.ask_each(GRACE)
    first = inbox.link(GRACE, "cancel")
    browser = People(make_app().test_client(use_cookies=False), inbox)
    before = len(relay.heard)

    with later(minutes=11):
        people.ask_each(ADA, GRACE, LINUS)
        relay.meanwhile["TAKEN"] = lambda: browser.press(first, "cancel")
        hire().deliver_due()

    assert relay.got == [GRACE, ADA, LINUS]
    assert relay.heard[before:].count("CONNECT") == connections
    assert outbox.standing().letters == {State.SENT: 2}


def test_a_worker_that_dies_while_it_settles_leaves_one_letter_in_doubt_and_has_not_sent_the_next(
    people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    people.ask_each(ADA, GRACE, LINUS)
    dying = hire()
    first, second, _ = dying.prepare(dying.claim())
    line = dying.handover.trunk.first
    dying.handover.send(line, first)
    dying.handover.announce(line, second)  # and never settles the first

    with later(seconds=45):
        hire().deliver_due()

    assert relay.got == [ADA, ADA, GRACE, LINUS]
