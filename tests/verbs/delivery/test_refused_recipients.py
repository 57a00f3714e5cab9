"""A letter refused for its recipient's sake costs one letter (PRODUCT 4.3, B1.8)."""

from collections.abc import Callable

import pytest
from flask import Flask

from newsletter import outbox, privacy
from newsletter.outbox import State
from tests.people import Inbox, People, later
from tests.servers import Relay
from tests.verbs.delivery.sending import (
    ADA,
    GRACE,
    LINUS,
    TWENTY,
    UNKNOWN,
    hours_pass,
    is_paused,
    on_one_database,
    tries,
    work,
)


@on_one_database
@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("RCPT", UNKNOWN),
        ("RCPT", "550 5.1.10 Recipient not found"),
        ("RCPT", "550 5.2.1 Mailbox disabled"),
        ("RCPT", "550 No such user here"),
        ("RCPT", "551 User not local"),
        ("RCPT", "552 Mailbox full"),
        ("RCPT", "553 Mailbox name not allowed"),
        ("RCPT", "550 No such user, says 10.5.7.1"),
        ("RCPT", "550 No such user, says Exim 4.94.2"),
        ("DATA", "550 5.1.1 No such user after all"),
        ("DATA", "552 5.2.2 Mailbox full"),
    ],
)
def test_a_dead_recipient_costs_one_letter(people: People, inbox: Inbox, relay: Relay, verb: str, reply: str) -> None:
    relay.answer(verb, reply, to=ADA)
    people.ask_each(GRACE, ADA, LINUS)

    inbox.work()
    with later(days=2):
        inbox.work()

    assert relay.got == [GRACE, LINUS]
    assert tries(relay) == 1
    assert outbox.standing().letters == {State.SENT: 2, State.REFUSED: 1}
    assert not is_paused()


def test_four_dead_recipients_in_a_row_are_just_that(people: People, inbox: Inbox, relay: Relay) -> None:
    dead, alive = TWENTY[:4], TWENTY[4:6]
    for address in dead:
        relay.answer("RCPT", UNKNOWN, to=address)
    people.ask_each(*dead, *alive, GRACE)

    inbox.work()

    assert relay.got == [*alive, GRACE]
    assert outbox.standing().letters == {State.SENT: 3, State.REFUSED: 4}


def test_dead_recipients_among_living_ones_are_no_row(people: People, inbox: Inbox, relay: Relay) -> None:
    for address in TWENTY[::2]:
        relay.answer("RCPT", UNKNOWN, to=address)
    people.ask_each(*TWENTY)

    inbox.work()

    assert relay.got == TWENTY[1::2]
    assert outbox.standing().letters == {State.SENT: 10, State.REFUSED: 10}


@on_one_database
def test_a_letter_that_another_worker_sends_ends_a_row(people: People, inbox: Inbox, relay: Relay) -> None:
    for address in TWENTY[:5]:
        relay.answer("RCPT", UNKNOWN, to=address)

    for addresses in (TWENTY[:4], [GRACE], TWENTY[4:5]):
        people.ask_each(*addresses)
        inbox.work()

    assert relay.got == [GRACE]
    assert not is_paused()
    assert outbox.standing().letters == {State.SENT: 1, State.REFUSED: 5}


def test_five_recipients_refused_in_a_row_pause_the_outbox_and_none_of_them_is_lost(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("RCPT", UNKNOWN)
    people.ask_each(*TWENTY)

    inbox.work()

    assert is_paused()
    assert sum(heard.startswith("RCPT") for heard in relay.heard) == 5
    assert outbox.standing().letters == {State.READY: 20}

    relay.be_kind()
    with later(minutes=1):
        inbox.work()

    assert sorted(relay.got) == sorted(TWENTY)
    assert not is_paused()


@on_one_database
def test_who_was_refused_before_the_row_began_is_not_tried_again(people: People, inbox: Inbox, relay: Relay) -> None:
    relay.answer("RCPT", UNKNOWN, to=ADA)
    people.ask_each(ADA, GRACE)
    inbox.work()
    relay.answer("RCPT", UNKNOWN)
    people.ask_each(*TWENTY[:5])
    inbox.work()
    assert is_paused()

    relay.be_kind()
    with later(minutes=1):
        inbox.work()

    assert sorted(relay.got) == sorted([GRACE, *TWENTY[:5]])
    assert tries(relay) == 1


@on_one_database
def test_five_recipients_that_are_dead_indeed_are_tried_ever_less_and_hold_up_nobody(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    """Anybody can name five such addresses, and after some minutes the letters of others leave at once again."""
    for address in TWENTY[:5]:
        relay.answer("RCPT", UNKNOWN, to=address)
    people.ask_each(*TWENTY[:5])

    with hours_pass() as step:
        for _ in range(4):
            inbox.work()
            step(minutes=1)
        people.ask_each(GRACE)
        inbox.work()
        assert relay.got == [GRACE]
        for _ in range(20):
            step(minutes=3)
            inbox.work()

    assert 5 <= tries(relay, TWENTY[0]) <= 9


@on_one_database
def test_a_refused_letter_that_no_signup_needs_is_kept_for_a_day_while_it_may_be_acquitted(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    readers = TWENTY[:5]
    people.subscribe(*readers)
    relay.letters.clear()
    relay.answer("RCPT", UNKNOWN)
    for address in readers[:4]:
        people.client.post("/manage", data={"email": address})
    inbox.work()
    privacy.RULES["letters"]()
    with later(hours=1):
        people.client.post("/manage", data={"email": readers[4]})
        inbox.work()
        relay.be_kind()
        with later(minutes=2):
            inbox.work()

    assert sorted(relay.got) == readers

    relay.answer("RCPT", UNKNOWN, to=readers[0])
    with later(hours=2):
        people.client.post("/manage", data={"email": readers[0]})
        inbox.work()
        privacy.RULES["letters"]()
        assert outbox.standing().letters == {State.REFUSED: 1}
    with later(hours=27):
        privacy.RULES["letters"]()
        assert outbox.standing().letters == {}


def test_one_recipient_refused_twice_is_one_in_the_row_and_loses_neither_letter(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    inbox = Inbox(make_app(limit_source=(), limit_address=()), relay)
    relay.answer("RCPT", UNKNOWN)
    people.ask_each(ADA, *TWENTY[:3])
    assert people.ask(ADA, slug="webshop").status_code == 303

    work(inbox)
    assert not is_paused()
    assert tries(relay) == 2

    people.ask_each(GRACE)
    work(inbox)
    assert is_paused()

    relay.be_kind()
    with later(minutes=1):
        work(inbox)
    assert sorted(relay.got) == sorted([ADA, ADA, GRACE, *TWENTY[:3]])
