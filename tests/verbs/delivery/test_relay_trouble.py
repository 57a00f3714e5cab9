"""The relay's trouble pauses the outbox and costs no letter (PRODUCT 4.3, G6)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from newsletter import catalog, outbox
from newsletter.config import Settings
from newsletter.outbox import Courier, State
from tests.conftest import EXAMPLE, settings_for
from tests.people import Inbox, People, later
from tests.servers import HOST, Fate, Relay
from tests.verbs.delivery.sending import ADA, GRACE, LOGIN, TWENTY, hours_pass, is_paused, on_one_database, work


@pytest.fixture
def settings(database_url: str, relay: Relay) -> Settings:
    """Many ask from one place here, and that is not what is tried."""
    return replace(settings_for(database_url, relay.url), limit_source=())


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
        ("RCPT", "550 4.2.2 Over quota"),
        ("RCPT", "554 Transaction failed"),
        ("RCPT", "500 5.5.2 Syntax error"),
        ("DATA", "554 5.7.1 Looks like spam"),
        ("DATA", "554 Transaction failed"),
        ("DATA", "550 Rejected"),
        ("DATA", "554 Your host 10.5.1.1 is listed"),
        ("DATA", "550 5.6.0 Did not like it"),
    ],
)
def test_trouble_of_the_relay_pauses_the_outbox_and_costs_no_letter(
    people: People, inbox: Inbox, relay: Relay, verb: str, reply: str | Fate
) -> None:
    relay.answer(verb, reply)
    people.ask_each(*TWENTY[:4])

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
    assert sorted(relay.got) == TWENTY[:4]


@on_one_database
def test_a_relay_in_trouble_for_a_whole_night_is_asked_now_and_then_and_costs_no_letter(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    relay.answer("MAIL", "530 5.7.0 Log in first")
    people.ask_each(*TWENTY[:7])

    with hours_pass() as step:
        for _ in range(12 * 6):
            inbox.work()
            step(minutes=10)
        asked = len([heard for heard in relay.heard if heard.startswith("MAIL")])
        assert 60 <= asked <= 80

        relay.be_kind()
        inbox.work()

    assert sorted(relay.got) == TWENTY[:7]


def test_a_relay_that_is_gone_and_comes_back_gets_everything(people: People, inbox: Inbox, relay: Relay) -> None:
    people.ask_each(ADA, GRACE)
    relay.stop()
    inbox.work()
    assert is_paused()

    relay.start()
    with later(seconds=20):
        inbox.work()

    assert relay.got == [ADA, GRACE]
    assert not is_paused()


def test_one_newsletter_whose_sender_the_relay_dislikes_does_not_silence_the_others_for_ever(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    own = EXAMPLE.read_text().replace('address = "nyhedsbrev@example.org"', 'address = "stolen@example.org"', 1)
    catalog.apply(own)
    relay.answer("MAIL", "553 5.7.1 Not your address", times=2)
    people.ask_each(ADA)
    assert people.ask(GRACE, slug="webshop").status_code == 303

    inbox.work()
    with later(seconds=20):
        inbox.work()

    senders = [heard for heard in relay.heard if heard.startswith("MAIL")]
    assert len(senders) == len(set(senders)) == 2


@on_one_database
def test_one_letter_that_the_relay_will_not_have_does_not_silence_the_others_for_ever(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    """It blamed itself, but it may have meant this letter alone."""
    relay.answer("DATA", "554 5.7.1 Looks like spam", to=ADA)
    people.ask_each(ADA, GRACE)

    inbox.work()
    with later(seconds=20):
        inbox.work()

    assert relay.got == [GRACE]


@on_one_database
def test_a_letter_that_brought_trouble_waits_for_its_next_try_like_any_other(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    """Tried with every probe, it would keep the relay in trouble."""
    relay.answer("DATA", "554 5.7.1 Looks like spam", to=ADA)
    people.ask_each(ADA)
    inbox.work()
    relay.heard.clear()

    for seconds in (20, 60, 120):
        with later(seconds=seconds):
            inbox.work()
    assert "DATA" not in relay.heard
    with later(minutes=5):
        inbox.work()

    assert "DATA" in relay.heard


@on_one_database
def test_a_wrong_password_costs_no_letter(people: People, through: Callable[[str], Inbox]) -> None:
    people.ask_each(ADA)

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
@pytest.mark.parametrize("said", ["the right password", "AG5ld3NsZXR0ZXIAdGhlIHJpZ2h0IHBhc3N3b3Jk"])
def test_a_password_that_the_relay_quotes_is_not_kept(
    people: People, through: Callable[[str], Inbox], said: str
) -> None:
    people.ask_each(ADA)

    with Relay(login=LOGIN) as relay:
        relay.answer("AUTH", f"501 5.5.4 I do not understand {said}")
        work(through(relay.url))

    assert outbox.standing().reason == "connect: 501 5.5.4 I do not understand ***"


@on_one_database
def test_a_password_may_have_every_letter(people: People, through: Callable[[str], Inbox]) -> None:
    people.ask_each(ADA)

    with Relay(login=("nyhedsbrev-æ", "rødgrød med fløde")) as relay:
        work(through(f"smtp://nyhedsbrev-%C3%A6:rødgrød%20med%20fl%C3%B8de@{HOST}:{relay.port}/?tls=none"))

        assert relay.got == [ADA]


@on_one_database
def test_a_relay_that_asks_in_no_known_way_is_in_trouble_and_no_crash(
    people: People, through: Callable[[str], Inbox]
) -> None:
    people.ask_each(ADA)

    with Relay(login=LOGIN) as relay:
        relay.answer("AUTH", "334 Who is it?")
        work(through(relay.url))

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
    people.ask_each(ADA, GRACE)

    courier.deliver_due()

    assert outbox.standing().letters == becomes
    assert is_paused() == (verb == "MAIL")


@on_one_database
def test_what_the_relay_said_is_kept_without_the_address_it_quoted(people: People, inbox: Inbox, relay: Relay) -> None:
    relay.answer("RCPT", f"550 5.7.1 <{ADA}>: relaying denied for 203.0.113.7")
    people.ask_each(ADA)

    inbox.work()

    reason = outbox.standing().reason or ""
    assert "relaying denied" in reason
    assert "ada" not in reason
    assert "203.0" not in reason
