"""What becomes of a letter, by what the relay says to it (PRODUCT 4.3, B1.8, D4.9, G5, G6)."""

import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from newsletter import catalog, clock, config, outbox, privacy, signups
from newsletter.config import Settings
from newsletter.outbox import Courier, Letter, State
from tests.conftest import EXAMPLE, settings_for
from tests.people import Inbox, People, later
from tests.servers import HOST, Fate, Relay

ADA, GRACE, LINUS = "ada@example.org", "grace@example.org", "linus@example.org"
TWENTY = [f"reader{number}@example.org" for number in range(20)]
LATER = "451 4.3.0 Try again later"
UNKNOWN = "550 5.1.1 No such user here"
LOGIN = ("newsletter", "the right password")

Step = Callable[..., datetime]
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what the relay and we say to each other, which is the same over any database."""


@pytest.fixture
def settings(database_url: str, relay: Relay) -> Settings:
    """Many ask from one place here, and that is not what is tried."""
    return replace(settings_for(database_url, relay.url), limit_source=())


@pytest.fixture
def courier(service: Flask) -> Iterator[Courier]:
    courier = Courier(signups.Inviter())
    yield courier
    courier.close()


@pytest.fixture
def through(make_app: Callable[..., Flask]) -> Callable[[str], Inbox]:
    """The same service with another relay, or another way to it."""

    def make(smtp_url: str) -> Inbox:
        app = make_app(smtp_url=config.smtp(smtp_url))
        return Inbox(app, Relay())

    return make


def work(inbox: Inbox) -> None:
    with inbox.app.app_context():
        inbox.work()


def ask(people: People, *addresses: str) -> None:
    for address in addresses:
        assert people.ask(address).status_code == 303


def tries(relay: Relay, address: str = ADA) -> int:
    return relay.heard.count(f"RCPT {address}")


def got(relay: Relay) -> list[str]:
    return [letter.recipients[0] for letter in relay.letters]


def is_paused() -> bool:
    return outbox.standing().paused_at is not None


@contextmanager
def hours_pass() -> Iterator[Step]:
    """A clock that the test moves on: `step(minutes=5)`."""
    with time_machine.travel(clock.now(), tick=True) as traveller:

        def step(**span: float) -> datetime:
            traveller.shift(timedelta(**span))
            return clock.now()

        yield step


def valid_for(hours: int) -> str:
    return EXAMPLE.read_text().replace('link_validity = "7 days"', f'link_validity = "{hours} hours"', 1)


# Tried again


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
    ask(people, ADA)
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
    assert set(got(relay)) == {ADA}
    assert outbox.standing().letters == {State.SENT: 1}


@on_one_database
def test_waits_grow_with_jitter_until_the_link_would_live_less_than_an_hour(
    service: Flask, people: People, inbox: Inbox, relay: Relay
) -> None:
    catalog.apply(valid_for(20))
    relay.answer("RCPT", LATER)
    ask(people, ADA)
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
    ask(people, *TWENTY)
    inbox.work()

    with later(minutes=3):
        inbox.work()

    assert 0 < len(relay.letters) < 20


@pytest.mark.parametrize(("minutes", "leaves"), [(61, 1), (59, 0)])
def test_no_letter_leaves_whose_link_would_live_less_than_an_hour(
    people: People, inbox: Inbox, relay: Relay, minutes: int, leaves: int
) -> None:
    ask(people, ADA)

    with later(days=7, minutes=-minutes):
        inbox.work()

    assert len(relay.letters) == leaves
    assert outbox.standing().letters == ({State.SENT: 1} if leaves else {})


def test_a_letter_put_off_does_not_hold_up_the_others(people: People, inbox: Inbox, relay: Relay) -> None:
    relay.answer("RCPT", LATER, to=ADA)
    ask(people, ADA, GRACE, LINUS)

    inbox.work()

    assert got(relay) == [GRACE, LINUS]
    assert not is_paused()


# Lost connections


def test_a_letter_whose_receipt_was_lost_is_sent_again_as_the_same_letter(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("TAKEN", Fate.DROP, times=1)
    ask(people, ADA, GRACE)

    inbox.work()
    with later(minutes=5):
        inbox.work()

    assert sorted(got(relay)) == [ADA, ADA, GRACE]
    names = {letter.message["Message-ID"] for letter in relay.letters if letter.recipients == (ADA,)}
    assert len(names) == 1


def test_a_connection_that_the_relay_has_closed_meanwhile_is_opened_anew(
    people: People, courier: Courier, relay: Relay
) -> None:
    ask(people, ADA)
    courier.deliver_due()

    for conversation in list(relay.conversations):
        relay.loop.call_soon_threadsafe(conversation.drop)
    ask(people, GRACE)
    courier.deliver_due()

    assert got(relay) == [ADA, GRACE]


def test_a_relay_that_says_good_bye_to_an_idle_connection_gets_the_letter_at_once(
    people: People, courier: Courier, relay: Relay
) -> None:
    ask(people, ADA)
    courier.deliver_due()

    relay.answer("MAIL", "421 4.4.2 Idle for too long", times=1)
    ask(people, GRACE)
    courier.deliver_due()

    assert got(relay) == [ADA, GRACE]


def test_one_connection_is_kept_for_many_letters(people: People, courier: Courier, relay: Relay) -> None:
    ask(people, ADA, GRACE)
    courier.deliver_due()
    ask(people, LINUS)
    courier.deliver_due()

    assert got(relay) == [ADA, GRACE, LINUS]
    assert relay.heard.count("CONNECT") == 1


@on_one_database
@pytest.mark.parametrize(
    ("verb", "fate"),
    [*((verb, Fate.HANG) for verb in ("MAIL", "RCPT", "DATA", "TAKEN")), ("RCPT", Fate.BABBLE), ("TAKEN", Fate.BABBLE)],
)
def test_a_relay_that_hangs_costs_no_letter(
    people: People, courier: Courier, relay: Relay, verb: str, fate: Fate
) -> None:
    ask(people, ADA)
    courier.deliver_due()
    lose_patience(courier)

    relay.answer(verb, fate, times=1)
    ask(people, GRACE)
    courier.deliver_due()
    with later(minutes=5):
        courier.deliver_due()

    assert set(got(relay)) == {ADA, GRACE}


def lose_patience(courier: Courier) -> None:
    """The connection's own 30 seconds are a long time for a test."""
    assert courier.relay.host is not None
    assert courier.relay.host.sock is not None
    assert courier.relay.host.sock.gettimeout() == 30
    courier.relay.host.sock.settimeout(0.3)


# A letter whose envelope the relay sees while the one before is settled


class Plain(Relay):
    """A relay that wants each command by itself."""

    pipelines = False


@pytest.fixture
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    with getattr(request, "param", Relay)() as running:
        yield running


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
    ask(people, ADA)
    courier.deliver_due()

    relay.answer(verb, reply, times=1)
    ask(people, GRACE, LINUS)
    courier.deliver_due()

    assert got(relay) == arrived
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
    ask(people, ADA, GRACE)

    courier.deliver_due()

    assert got(relay) == [GRACE]
    assert relay.heard.count("CONNECT") == 2


# Refused for the recipient's sake


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
        ("DATA", "550 5.1.1 No such user after all"),
        ("DATA", "552 5.2.2 Mailbox full"),
    ],
)
def test_a_dead_recipient_costs_one_letter(people: People, inbox: Inbox, relay: Relay, verb: str, reply: str) -> None:
    relay.answer(verb, reply, to=ADA)
    ask(people, GRACE, ADA, LINUS)

    inbox.work()
    with later(days=2):
        inbox.work()

    assert got(relay) == [GRACE, LINUS]
    assert tries(relay) == 1
    assert outbox.standing().letters == {State.SENT: 2, State.REFUSED: 1}
    assert not is_paused()


def test_four_dead_recipients_in_a_row_are_just_that(people: People, inbox: Inbox, relay: Relay) -> None:
    dead, alive = TWENTY[:4], TWENTY[4:6]
    for address in dead:
        relay.answer("RCPT", UNKNOWN, to=address)
    ask(people, *dead, *alive, GRACE)

    inbox.work()

    assert got(relay) == [*alive, GRACE]
    assert outbox.standing().letters == {State.SENT: 3, State.REFUSED: 4}


def test_dead_recipients_among_living_ones_are_no_row(people: People, inbox: Inbox, relay: Relay) -> None:
    for address in TWENTY[::2]:
        relay.answer("RCPT", UNKNOWN, to=address)
    ask(people, *TWENTY)

    inbox.work()

    assert got(relay) == TWENTY[1::2]
    assert outbox.standing().letters == {State.SENT: 10, State.REFUSED: 10}


def test_five_recipients_refused_in_a_row_pause_the_outbox_and_none_of_them_is_lost(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("RCPT", UNKNOWN)
    ask(people, *TWENTY)

    inbox.work()

    assert is_paused()
    assert sum(heard.startswith("RCPT") for heard in relay.heard) == 5
    assert outbox.standing().letters == {State.READY: 20}

    relay.be_kind()
    with later(minutes=1):
        inbox.work()

    assert sorted(got(relay)) == sorted(TWENTY)
    assert not is_paused()


@on_one_database
def test_a_refused_letter_that_no_signup_needs_is_kept_for_a_day_while_it_may_be_acquitted(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    readers = TWENTY[:5]
    for address in readers:
        people.subscribe(address)
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

    assert sorted(got(relay)) == readers

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
    ask(people, ADA, *TWENTY[:3])
    assert people.ask(ADA, slug="webshop").status_code == 303

    work(inbox)
    assert not is_paused()
    assert tries(relay) == 2

    ask(people, GRACE)
    work(inbox)
    assert is_paused()

    relay.be_kind()
    with later(minutes=1):
        work(inbox)
    assert sorted(got(relay)) == sorted([ADA, ADA, GRACE, *TWENTY[:3]])


# The relay's trouble


@on_one_database
@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("CONNECT", "554 5.7.1 Not from there"),
        ("CONNECT", "421 4.3.2 Come back later"),
        ("CONNECT", Fate.DROP),
        ("EHLO", Fate.DROP),
        ("MAIL", "550 5.7.1 Sender not allowed"),
        ("MAIL", "530 5.7.0 Log in first"),
        ("MAIL", "553 5.1.8 Sender's domain does not exist"),
        ("RCPT", "550 5.7.1 Relaying denied"),
        ("RCPT", "554 5.7.1 Client host rejected"),
        ("RCPT", "550 5.4.1 No way there"),
        ("DATA", "554 5.7.1 Looks like spam"),
        ("DATA", "554 Transaction failed"),
        ("DATA", "554 Your host 10.5.1.1 is listed"),
        ("DATA", "550 5.6.0 Did not like it"),
    ],
)
def test_trouble_of_the_relay_pauses_the_outbox_and_costs_no_letter(
    people: People, inbox: Inbox, relay: Relay, verb: str, reply: str | Fate
) -> None:
    relay.answer(verb, reply)
    ask(people, *TWENTY[:4])

    inbox.work()

    assert is_paused()
    assert sum(heard.split()[0] == verb for heard in relay.heard) == 1
    assert sum(outbox.standing().letters.values()) == 4

    relay.be_kind()
    with later(minutes=1):
        inbox.work()
    assert len(relay.letters) >= 3
    assert not is_paused()
    with later(minutes=5):
        inbox.work()
    assert sorted(got(relay)) == TWENTY[:4]


@on_one_database
def test_a_relay_in_trouble_for_a_whole_night_is_asked_now_and_then_and_costs_no_letter(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("MAIL", "530 5.7.0 Log in first")
    ask(people, *TWENTY[:7])

    with hours_pass() as step:
        for _ in range(12 * 6):
            inbox.work()
            step(minutes=10)
        asked = len([heard for heard in relay.heard if heard.startswith("MAIL")])
        assert 60 <= asked <= 80

        relay.be_kind()
        inbox.work()

    assert sorted(got(relay)) == TWENTY[:7]


def test_a_relay_that_is_gone_and_comes_back_gets_everything(people: People, inbox: Inbox, relay: Relay) -> None:
    ask(people, ADA, GRACE)
    relay.stop()
    inbox.work()
    assert is_paused()

    relay.start()
    with later(seconds=20):
        inbox.work()

    assert got(relay) == [ADA, GRACE]
    assert not is_paused()


def test_one_newsletter_whose_sender_the_relay_dislikes_does_not_silence_the_others_for_ever(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    own = EXAMPLE.read_text().replace('address = "nyhedsbrev@example.org"', 'address = "stolen@example.org"', 1)
    catalog.apply(own)
    relay.answer("MAIL", "553 5.7.1 Not your address", times=2)
    ask(people, ADA)
    assert people.ask(GRACE, slug="webshop").status_code == 303

    inbox.work()
    with later(seconds=20):
        inbox.work()

    senders = [heard for heard in relay.heard if heard.startswith("MAIL")]
    assert len(senders) == len(set(senders)) == 2


@on_one_database
def test_a_wrong_password_costs_no_letter(people: People, through: Callable[[str], Inbox]) -> None:
    ask(people, ADA)

    with Relay(login=LOGIN) as relay:
        work(through(f"smtp://newsletter:wrong@{HOST}:{relay.port}/?tls=none"))
        assert is_paused()
        assert not [heard for heard in relay.heard if heard.startswith("MAIL")]
        with later(minutes=1):
            work(through(relay.url))

        [letter] = relay.letters
    assert (letter.recipients, letter.user) == ((ADA,), "newsletter")
    assert not is_paused()


@on_one_database
@pytest.mark.parametrize(("password", "challenge"), [("rødgrød", None), ("the right password", "334 Who is it?")])
def test_a_login_that_cannot_be_spelt_is_trouble_and_no_crash(
    people: People, through: Callable[[str], Inbox], password: str, challenge: str | None
) -> None:
    ask(people, ADA)

    with Relay(login=LOGIN) as relay:
        if challenge:
            relay.answer("AUTH", challenge)
        work(through(f"smtp://newsletter:{password}@{HOST}:{relay.port}/?tls=none"))

        assert is_paused()
        assert relay.letters == []


@pytest.mark.parametrize(
    ("verb", "reply", "becomes"),
    [
        ("TAKEN", "250 2.0.0 Ta\0ken", {State.SENT: 2}),
        ("RCPT", "550 5.1.1 No\0 such user", {State.REFUSED: 1, State.SENT: 1}),
        ("MAIL", "550 5.7.1 No\0", {State.READY: 2}),
    ],
)
def test_an_answer_with_a_zero_octet_is_taken_as_it_is_meant(
    people: People, courier: Courier, relay: Relay, verb: str, reply: str, becomes: dict[State, int]
) -> None:
    """PostgreSQL keeps none, and a letter that cannot be settled would keep the worker from all others."""
    relay.answer(verb, reply, times=1)
    ask(people, ADA, GRACE)

    courier.deliver_due()

    assert outbox.standing().letters == becomes
    assert is_paused() == (verb == "MAIL")


@on_one_database
def test_what_the_relay_said_is_kept_without_the_address_it_quoted(people: People, inbox: Inbox, relay: Relay) -> None:
    relay.answer("RCPT", f"550 5.7.1 <{ADA}>: relaying denied for 203.0.113.7")
    ask(people, ADA)

    inbox.work()

    reason = outbox.standing().reason or ""
    assert "relaying denied" in reason
    assert "ada" not in reason
    assert "203.0" not in reason


# The operator's pause


def test_an_operators_pause_lasts_until_they_end_it_whatever_the_relay_does(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    ask(people, ADA, GRACE)
    outbox.pause("moving house")

    with later(days=1):
        inbox.work()
        assert relay.heard == []
        outbox.resume()
        inbox.work()

    assert got(relay) == [ADA, GRACE]


def test_an_operators_pause_holds_even_for_the_letters_of_the_moment(
    make_app: Callable[..., Flask], people: People
) -> None:
    ask(people, ADA, GRACE, LINUS)
    settings: Settings = make_app().config["SETTINGS"]

    class Watched(Relay):
        def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> str | Fate | None:
            if verb == "TAKEN":
                with operators.app_context():
                    outbox.pause("stop at once")
            return super().reply_to(verb, argument, recipients)

    with Watched() as relay:
        operators = make_app()
        sender = Inbox(make_app(smtp_url=config.smtp(relay.url)), relay)
        work(sender)
        with later(days=1):
            work(sender)

        assert settings.only_recipients == ()
        assert got(relay) == [ADA]
        assert outbox.standing().probe_at is None


# Secrecy on the way


@on_one_database
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_letter_travels_encrypted_where_the_certificate_is_trusted(
    people: People,
    through: Callable[[str], Inbox],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tls: str,
) -> None:
    ask(people, ADA)

    with Relay(tls=tls, login=LOGIN) as relay:
        monkeypatch.setenv("SSL_CERT_FILE", str(relay.trust(tmp_path)))
        work(through(relay.url))

        [letter] = relay.letters
    assert (letter.recipients, letter.secure, letter.user) == ((ADA,), True, "newsletter")


@on_one_database
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_no_letter_and_no_password_leave_for_a_relay_whose_certificate_nobody_vouches_for(
    people: People, through: Callable[[str], Inbox], tls: str
) -> None:
    """B1.8, D4.9"""
    ask(people, ADA)

    with Relay(tls=tls, login=LOGIN) as relay:
        work(through(relay.url))

        assert is_paused()
        assert not [heard for heard in relay.heard if heard.startswith(("AUTH", "MAIL"))]
        assert relay.letters == []


@on_one_database
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_no_letter_leaves_for_a_relay_that_shows_anothers_certificate(
    people: People,
    through: Callable[[str], Inbox],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tls: str,
) -> None:
    ask(people, ADA)

    with Relay(tls=tls, name="mail.example.com") as relay:
        monkeypatch.setenv("SSL_CERT_FILE", str(relay.trust(tmp_path)))
        work(through(relay.url))

        assert is_paused()
        assert relay.letters == []


@on_one_database
def test_no_letter_leaves_in_clear_for_a_relay_that_offers_no_encryption(
    people: People, through: Callable[[str], Inbox]
) -> None:
    """B1.8: unless the setting says so, it has to."""
    ask(people, ADA)

    with Relay() as relay:
        work(through(f"smtp://{HOST}:{relay.port}/"))

        assert is_paused()
        assert not [heard for heard in relay.heard if heard.startswith("MAIL")]


@on_one_database
def test_no_letter_leaves_in_clear_for_a_relay_that_speaks_only_the_old_language(
    people: People, through: Callable[[str], Inbox]
) -> None:
    ask(people, ADA)

    with Relay() as relay:
        relay.answer("EHLO", "502 5.5.1 What?")
        work(through(f"smtp://{HOST}:{relay.port}/?tls=starttls"))

        assert is_paused()
        assert not [heard for heard in relay.heard if heard.startswith("MAIL")]


class RefusesStarttls(socketserver.StreamRequestHandler):
    """Offers encryption, and then will not have it."""

    heard: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 relay.test\r\n")
        for line in self.rfile:
            self.heard.append(line[:4].upper())
            greeted = line[:4].upper() == b"EHLO"
            self.wfile.write(b"250-relay.test\r\n250 STARTTLS\r\n" if greeted else b"502 5.5.1 Not today\r\n")


@on_one_database
def test_no_letter_leaves_in_clear_for_a_relay_that_takes_its_encryption_back(
    people: People, through: Callable[[str], Inbox]
) -> None:
    ask(people, ADA)
    handler = type("Handler", (RefusesStarttls,), {"heard": []})

    with socketserver.ThreadingTCPServer((HOST, 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        work(through(f"smtp://{HOST}:{server.server_address[1]}/?tls=starttls"))
        server.shutdown()

    assert is_paused()
    assert handler.heard[:2] == [b"EHLO", b"STAR"]
    assert b"MAIL" not in handler.heard


# Only some recipients


def test_where_only_some_may_be_mailed_nobody_else_ever_is(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    """G6"""
    staging = Inbox(make_app(only_recipients=("*@example.org", "tester@*")), relay)
    ask(people, "eve@example.com", "tester@example.net", "Ada@Example.ORG", "eve@notexample.org.example.com")

    work(staging)
    with later(days=2):
        work(staging)

    assert got(relay) == ["tester@example.net", "Ada@example.org"]


def test_what_was_withheld_does_not_leave_when_the_setting_is_gone(
    make_app: Callable[..., Flask], people: People, inbox: Inbox, relay: Relay
) -> None:
    ask(people, "eve@example.com")
    work(Inbox(make_app(only_recipients=("*@example.org",)), relay))

    with later(hours=1):
        inbox.work()

    assert relay.letters == []


# Held letters


def test_a_letter_that_the_addresss_limit_holds_back_leaves_when_the_limit_allows(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    ask(people, ADA)
    assert people.ask(ADA, language="da").status_code == 303

    inbox.work()
    assert outbox.standing().letters == {State.SENT: 1, State.HELD: 1}
    with later(minutes=9):
        inbox.work()
    assert len(relay.letters) == 1
    with later(minutes=11):
        inbox.work()

    assert got(relay) == [ADA, ADA]
    assert "Bekræft" in str(relay.letters[1].message["Subject"])


def test_of_the_letters_held_back_only_the_newest_ever_leaves(people: People, inbox: Inbox, relay: Relay) -> None:
    for language in ("en", "da", "de"):
        assert people.ask(ADA, language=language).status_code == 303

    inbox.work()
    for hours in range(1, 6):
        with later(hours=hours):
            inbox.work()

    assert len(relay.letters) == 2
    assert "Bitte" in str(relay.letters[1].message["Subject"])


def test_a_held_letter_whose_link_would_be_too_short_by_then_never_leaves(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    for day in range(3):
        with later(days=day):
            ask(people, ADA)
            inbox.work()
    with later(days=3):
        assert people.ask(ADA, language="da").status_code == 303
        inbox.work()
    assert len(relay.letters) == 3

    with later(days=31):
        inbox.work()

    assert len(relay.letters) == 3


# A letter that cannot be written


class Moody(signups.Inviter):
    """An author who meets a fault of ours in each letter to one address."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        written = super().prepare(session, claimed, at)
        if any(letter.address == GRACE for letter in claimed):
            raise LookupError("nobody has thought of that")
        return written


class Forgetful(signups.Inviter):
    """An author who leaves a hole open in each letter to one address."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        for letter in (written := super().prepare(session, claimed, at)):
            if letter.address == GRACE:
                letter.holes = {name: value for name, value in (letter.holes or {}).items() if name != "confirm"}
        return written


@pytest.mark.parametrize("author", [Moody, Forgetful])
def test_a_letter_that_cannot_be_written_holds_up_nobody_else(
    people: People,
    inbox: Inbox,
    relay: Relay,
    author: type[signups.Inviter],
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask(people, ADA, GRACE, LINUS)
    courier = Courier(author())

    courier.deliver_due()
    with later(minutes=50):
        courier.deliver_due()

    assert got(relay) == [ADA, LINUS]
    [told] = [record.msg for record in caplog.records if "set aside" in str(record.msg)]
    assert "Traceback" in told["exception"]
    assert GRACE not in str(told)
    courier.close()


def test_a_letter_that_can_be_written_again_leaves_after_an_hour(people: People, inbox: Inbox, relay: Relay) -> None:
    ask(people, GRACE)
    courier = Courier(Moody())
    courier.deliver_due()
    courier.close()

    with later(minutes=61):
        inbox.work()

    assert got(relay) == [GRACE]


def test_letters_of_a_newsletter_that_has_left_the_catalogue_hold_up_nobody_else(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    assert people.ask(GRACE, slug="webshop").status_code == 303
    ask(people, ADA)
    text = EXAMPLE.read_text()
    catalog.apply(text[: text.index("# ---- The web shop")])

    inbox.work()

    assert got(relay) == [ADA]
    assert outbox.standing().letters == {State.SENT: 1}


def test_a_letter_in_a_language_that_has_left_the_catalogue_leaves_in_the_newsletters_own(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    assert people.ask(GRACE, slug="webshop", language="de").status_code == 303
    head, mark, webshop = EXAMPLE.read_text().partition("# ---- The web shop")
    catalog.apply(head + mark + without_german(webshop))

    assert people.confirm(GRACE).status_code == 200

    assert "Bekræft" in str(relay.letters[0].message["Subject"])


def without_german(text: str) -> str:
    """A newsletter's part of the catalogue, in Danish and English only."""
    text = text.replace('languages = ["da", "de", "en"]', 'languages = ["da", "en"]')
    lines = []
    skipping = False
    for line in text.splitlines():
        if line.startswith("de = "):
            skipping = line.endswith('"""')
            continue
        if skipping:
            skipping = not line.endswith('"""')
            continue
        lines.append(drop_german(line))
    return "\n".join(lines)


def drop_german(line: str) -> str:
    before, german, rest = line.partition(' de = "')
    return before + rest[rest.index('",') + 2 :] if german else line
