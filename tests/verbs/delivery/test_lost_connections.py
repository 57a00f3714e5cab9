"""Connections that are lost, silent or out of step cost no letter (PRODUCT 4.3, G5)."""

import pytest

from newsletter import outbox
from newsletter.outbox import Courier, State, smtp_line
from tests.people import Inbox, People, later
from tests.servers import Fate, Relay, wait_until
from tests.verbs.delivery.sending import ADA, GRACE, LATER, LINUS, UNKNOWN, is_paused, on_one_database


def test_a_letter_whose_receipt_was_lost_is_sent_again_as_the_same_letter(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("TAKEN", Fate.DROP, times=1)
    people.ask_each(ADA, GRACE)

    inbox.work()
    with later(minutes=5):
        inbox.work()

    assert sorted(relay.got) == [ADA, ADA, GRACE]
    names = {letter.message["Message-ID"] for letter in relay.letters if letter.recipients == (ADA,)}
    assert len(names) == 1


def test_a_connection_that_the_relay_has_closed_meanwhile_is_opened_anew(
    people: People, courier: Courier, relay: Relay
) -> None:
    people.ask_each(ADA)
    courier.deliver_due()

    for conversation in list(relay.conversations):
        relay.loop.call_soon_threadsafe(conversation.drop)
    wait_until(lambda: not relay.conversations, "the connection to be closed")
    people.ask_each(GRACE)
    courier.deliver_due()

    assert relay.got == [ADA, GRACE]


def test_a_relay_that_says_good_bye_to_an_idle_connection_gets_the_letter_at_once(
    people: People, courier: Courier, relay: Relay
) -> None:
    people.ask_each(ADA)
    courier.deliver_due()

    relay.answer("MAIL", "421 4.4.2 Idle for too long", times=1)
    people.ask_each(GRACE)
    courier.deliver_due()

    assert relay.got == [ADA, GRACE]


def test_one_connection_is_kept_for_many_letters(people: People, courier: Courier, relay: Relay) -> None:
    people.ask_each(ADA, GRACE)
    courier.deliver_due()
    people.ask_each(LINUS)
    courier.deliver_due()

    assert relay.got == [ADA, GRACE, LINUS]
    assert relay.heard.count("CONNECT") == 1


@on_one_database
@pytest.mark.parametrize(
    ("verb", "fate"),
    [*((verb, Fate.HANG) for verb in ("MAIL", "RCPT", "DATA", "TAKEN")), ("RCPT", Fate.BABBLE), ("TAKEN", Fate.BABBLE)],
)
def test_a_relay_that_hangs_costs_no_letter(
    people: People, courier: Courier, relay: Relay, monkeypatch: pytest.MonkeyPatch, verb: str, fate: Fate
) -> None:
    people.ask_each(ADA)
    courier.deliver_due()
    people.ask_each(GRACE)

    relay.answer(verb, fate, times=1)
    with monkeypatch.context() as hurry:
        lose_patience(courier, hurry)
        courier.deliver_due()
    relay.be_kind()
    with later(minutes=5):
        courier.deliver_due()

    assert set(relay.got) == {ADA, GRACE}


@on_one_database
def test_a_relay_that_looks_at_letters_for_longer_than_it_is_waited_for_does_not_get_one_for_ever(
    people: People, courier: Courier, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 5321 4.5.3.2.6: whoever gives up too early after the final dot delivers several copies."""
    relay.answer("TAKEN", Fate.HANG, times=2)
    relay.answer("TAKEN", Fate.PONDER)
    monkeypatch.setattr(smtp_line, "TIMES_LONGER", (0.01, 0.01, 1))
    people.ask_each(ADA)

    for minutes in (0, 5, 20, 60):
        with later(minutes=minutes):
            courier.deliver_due()

    assert relay.got == [ADA, ADA, ADA]
    assert outbox.standing().letters == {State.SENT: 1}


def lose_patience(courier: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection's own 30 seconds are a long time for a test."""
    line = courier.handover.trunk.first.host
    assert line is not None
    assert line.sock is not None
    assert line.sock.gettimeout() == 30
    monkeypatch.setattr(smtp_line, "TIMEOUT", 0.3)
    line.be_patient()


class Plain(Relay):
    """A relay that wants each command by itself."""

    pipelines = False


@on_one_database
@pytest.mark.parametrize("relay", [Relay, Plain], indirect=True)
@pytest.mark.parametrize(
    ("verb", "reply", "arrived", "becomes", "connections"),
    [
        ("MAIL", "452 4.5.3 Enough on this connection", [ADA, GRACE, LINUS], {State.SENT: 3}, 2),
        ("MAIL", "421 4.4.2 Idle for too long", [ADA, GRACE, LINUS], {State.SENT: 3}, 2),
        ("MAIL", Fate.DROP, [ADA, GRACE, LINUS], {State.SENT: 3}, 2),
        ("MAIL", "220 What?", [ADA, GRACE, LINUS], {State.SENT: 3}, 2),
        ("MAIL", "530 5.7.0 Log in first", [ADA], {State.SENT: 1, State.READY: 2}, 1),
        ("RCPT", LATER, [ADA, LINUS], {State.SENT: 2, State.READY: 1}, 1),
        ("RCPT", UNKNOWN, [ADA, LINUS], {State.SENT: 2, State.REFUSED: 1}, 1),
        ("RCPT", "421 4.3.2 Shutting down", [ADA, LINUS], {State.SENT: 2, State.READY: 1}, 2),
        ("RCPT", Fate.DROP, [ADA, LINUS], {State.SENT: 2, State.READY: 1}, 2),
        ("RCPT", "550 5.7.1 Relaying denied", [ADA], {State.SENT: 1, State.READY: 2}, 1),
        ("ASKED", "250 2.0.0 Ok", [ADA, LINUS], {State.SENT: 2, State.READY: 1}, 2),
        ("ASKED", "451 4.3.0 Not now", [ADA, LINUS], {State.SENT: 2, State.READY: 1}, 1),
        ("DATA", "552 5.2.2 Mailbox full", [ADA, LINUS], {State.SENT: 2, State.REFUSED: 1}, 1),
    ],
)
def test_what_is_said_to_one_step_on_a_kept_connection_is_taken_for_no_other(
    people: People,
    courier: Courier,
    relay: Relay,
    *,
    verb: str,
    reply: str | Fate,
    arrived: list[str],
    becomes: dict[State, int],
    connections: int,
) -> None:
    people.ask_each(ADA)
    courier.deliver_due()

    relay.answer(verb, reply, times=1)
    people.ask_each(GRACE, LINUS)
    courier.deliver_due()

    assert relay.got == arrived
    assert outbox.standing().letters == becomes
    assert relay.heard.count("CONNECT") == connections
    pauses = is_paused()
    assert pauses == (arrived == [ADA])

    with later(minutes=5):
        while courier.deliver_due():
            pass
    assert len(relay.letters) + becomes.get(State.REFUSED, 0) == 3
    assert relay.heard.count("CONNECT") == connections + pauses  # the trouble may have been one connection's alone


@on_one_database
def test_a_relay_that_awaits_a_letter_for_a_refused_recipient_is_sent_nothing_more(
    people: People, courier: Courier, relay: Relay
) -> None:
    """It was asked for both in one breath, and would take the next commands for the letter (RFC 2920 3.1)."""
    relay.answer("RCPT", UNKNOWN, to=ADA)
    relay.answer("ASKED", "354 Go on", times=1)
    people.ask_each(ADA, GRACE)

    courier.deliver_due()

    assert relay.got == [GRACE]
    assert relay.heard.count("CONNECT") == 2
