"""How long a pause of the outbox lasts: the operator's, and one set by another machine's clock (PRODUCT 4.3, G6)."""

from collections.abc import Callable, Sequence

import pytest
from flask import Flask

from newsletter import config, outbox
from newsletter.config import Settings
from tests.people import Inbox, People, later
from tests.servers import Fate, Relay
from tests.verbs.delivery.sending import ADA, GRACE, LINUS, UNKNOWN, hours_pass, is_paused, on_one_database, work


@on_one_database
def test_a_pause_by_a_clock_that_was_ahead_is_over_with_the_trouble(people: People, inbox: Inbox, relay: Relay) -> None:
    people.ask_each(ADA)
    relay.stop()
    with later(hours=3):
        inbox.work()
    relay.start()

    inbox.work()

    assert relay.got == [ADA]
    assert not is_paused()


@on_one_database
def test_a_pause_by_a_clock_that_is_a_little_ahead_is_kept(people: People, inbox: Inbox, relay: Relay) -> None:
    """Clocks of two machines are never quite equal; a relay in trouble is left alone between two probes."""
    people.ask_each(ADA)
    relay.stop()
    for seconds in (5, 25, 60):  # the third pause is the longest
        with later(seconds=seconds):
            inbox.work()
    relay.start()

    with later(seconds=55):
        inbox.work()

    assert relay.got == []


def test_an_operators_pause_lasts_until_they_end_it_whatever_the_relay_does(
    people: People, inbox: Inbox, relay: Relay
) -> None:
    people.ask_each(ADA, GRACE)
    outbox.pause("moving house")

    with later(days=1):
        inbox.work()
        assert relay.heard == []
        outbox.resume()
        inbox.work()

    assert relay.got == [ADA, GRACE]


@pytest.mark.parametrize(
    ("verb", "answered", "sent"),
    [("TAKEN", {}, ADA), ("TAKEN", {"RCPT": UNKNOWN}, GRACE), ("MAIL", {"MAIL": "550 5.7.1 Not your address"}, None)],
)
def test_an_operators_pause_holds_even_for_the_letters_of_the_moment(
    make_app: Callable[..., Flask], people: People, verb: str, answered: dict[str, str], sent: str | None
) -> None:
    """Whether the relay takes the first, takes one after it refused another, or is in trouble just then."""
    people.ask_each(ADA, GRACE, LINUS)
    settings: Settings = make_app().config["SETTINGS"]

    class Watched(Relay):
        def reply_to(self, said: str, argument: str, recipients: Sequence[str]) -> str | Fate | None:
            if said == verb:
                with operators.app_context():
                    outbox.pause("stop at once")
            return super().reply_to(said, argument, recipients)

    with Watched() as relay:
        for step, reply in answered.items():
            relay.answer(step, reply, times=1)
        operators = make_app()
        sender = Inbox(make_app(smtp_url=config.smtp(relay.url)), relay)
        work(sender)
        with later(days=1):
            work(sender)

        assert settings.only_recipients == ()
        assert relay.got == ([sent] if sent else [])
        assert is_paused()
        assert outbox.standing().probe_at is None


@on_one_database
@pytest.mark.parametrize("end", [Inbox.work, lambda _: outbox.resume()])
def test_a_pause_begins_short_again_once_one_is_over(
    people: People, inbox: Inbox, relay: Relay, end: Callable[[Inbox], object]
) -> None:
    people.ask_each(ADA)
    relay.stop()
    with hours_pass() as step:
        for _ in range(4):
            inbox.work()
            step(minutes=2)
        relay.start()
        end(inbox)
        people.ask_each(GRACE)
        relay.stop()
        inbox.work()
        relay.start()
        step(seconds=20)
        inbox.work()

    assert relay.got == [ADA, GRACE]
