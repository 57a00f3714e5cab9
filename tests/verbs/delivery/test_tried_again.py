"""A letter that the relay puts off is tried again (PRODUCT 4.3, B1.8, G5)."""

from datetime import timedelta

import pytest
from flask import Flask

from newsletter import catalog, clock, outbox
from newsletter.outbox import State
from tests.conftest import EXAMPLE
from tests.people import Inbox, People, later
from tests.servers import Fate, Relay
from tests.verbs.delivery.sending import ADA, GRACE, LATER, LINUS, TWENTY, hours_pass, is_paused, on_one_database, tries


def valid_for(hours: int) -> str:
    return EXAMPLE.read_text().replace('link_validity = "7 days"', f'link_validity = "{hours} hours"', 1)


@on_one_database
@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("MAIL", LATER),
        ("MAIL", Fate.DROP),
        ("RCPT", LATER),
        ("RCPT", "421 4.3.2 Shutting down"),
        ("RCPT", Fate.DROP),
        ("DATA", "452 4.3.1 Out of storage"),
        ("DATA", Fate.DROP),
        ("TAKEN", LATER),
        ("TAKEN", "421 4.3.2 Shutting down"),
    ],
)
def test_a_letter_is_tried_again_within_5_and_then_within_15_minutes(
    people: People, inbox: Inbox, relay: Relay, verb: str, reply: str | Fate
) -> None:
    people.ask_each(ADA)
    relay.answer(verb, reply, times=2)
    heard = f"{verb} nyhedsbrev@example.org" if verb == "MAIL" else "RCPT " + ADA

    with hours_pass() as step:
        inbox.work()
        assert relay.heard.count(heard) == 1
        step(minutes=1)
        inbox.work()
        assert relay.heard.count(heard) == 1
        step(minutes=4)
        inbox.work()
        assert relay.heard.count(heard) == 2
        step(minutes=15)
        inbox.work()

    assert relay.heard.count(heard) == 3
    assert set(relay.got) == {ADA}
    assert outbox.standing().letters == {State.SENT: 1}


@on_one_database
@pytest.mark.parametrize("pipelines", [False, True])
@pytest.mark.parametrize("reply", ["251 2.1.5 Will forward", "252 2.1.5 Cannot verify, will try"])
def test_every_yes_to_a_recipient_is_one(
    people: People, inbox: Inbox, relay: Relay, reply: str, pipelines: bool
) -> None:
    """RFC 5321 4.3.2: the first digit decides."""
    relay.pipelines = pipelines
    relay.answer("RCPT", reply)
    people.ask_each(ADA, GRACE)

    inbox.work()

    assert relay.got == [ADA, GRACE]


@on_one_database
def test_waits_grow_with_jitter_until_the_link_would_live_less_than_an_hour(
    service: Flask, people: People, inbox: Inbox, relay: Relay
) -> None:
    catalog.apply(valid_for(20))
    relay.answer("RCPT", LATER)
    people.ask_each(ADA)
    asked_at, tried_at = clock.now(), [clock.now()]

    with hours_pass() as step:
        inbox.work()
        for _ in range(20 * 12):
            at = step(minutes=5)
            inbox.work()
            if tries(relay) > len(tried_at):
                tried_at.append(at)

    waits = [after - before for before, after in zip(tried_at, tried_at[1:], strict=False)]
    assert waits[0] <= timedelta(minutes=6)
    assert waits[5] > 2 * waits[2]
    assert timedelta(hours=3) <= max(waits) <= timedelta(hours=5, minutes=6)
    assert tried_at[-1] - asked_at <= timedelta(hours=19)


def test_those_who_were_put_off_together_do_not_come_back_together(people: People, inbox: Inbox, relay: Relay) -> None:
    relay.answer("RCPT", LATER, times=20)
    people.ask_each(*TWENTY)
    inbox.work()

    with later(minutes=3):
        inbox.work()

    assert 0 < len(relay.letters) < 20


@pytest.mark.parametrize(("minutes", "leaves"), [(61, 1), (59, 0)])
def test_no_letter_leaves_whose_link_would_live_less_than_an_hour(
    people: People, inbox: Inbox, relay: Relay, minutes: int, leaves: int
) -> None:
    people.ask_each(ADA)

    with later(days=7, minutes=-minutes):
        inbox.work()

    assert len(relay.letters) == leaves
    assert outbox.standing().letters == ({State.SENT: 1} if leaves else {})


def test_a_letter_put_off_does_not_hold_up_the_others(people: People, inbox: Inbox, relay: Relay) -> None:
    relay.answer("RCPT", LATER, to=ADA)
    people.ask_each(ADA, GRACE, LINUS)

    inbox.work()

    assert relay.got == [GRACE, LINUS]
    assert not is_paused()
