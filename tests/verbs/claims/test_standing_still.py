"""A worker that stands still loses its letters to others, and does nothing to them later (PRODUCT 4.3)."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from newsletter import config, outbox
from newsletter.db import transaction
from newsletter.outbox import Courier, State
from newsletter.outbox.letter import LEASE
from tests.people import Inbox, People, later
from tests.servers import Relay
from tests.verbs.claims.workers import ADA, GRACE, Attentive


def stall(courier: Courier) -> None:
    """As if the whole process had stood still for as long as a claim lasts; the courier's own clock is all it has."""
    courier.lease_began -= LEASE.total_seconds()


def test_a_worker_that_stood_still_sends_nothing_that_another_has_taken(
    people: People, hire: Callable[[], Courier], relay: Relay
) -> None:
    people.ask_each(ADA, GRACE)
    stalled, other = hire(), hire()
    written = stalled.prepare(stalled.claim())

    with later(seconds=45):
        other.deliver_due()
        stalled.send_all(written)

    assert relay.got == [ADA, GRACE]


def test_a_worker_that_stood_still_before_it_wrote_writes_nothing_that_another_has_taken(
    people: People, hire: Callable[[], Courier]
) -> None:
    people.ask_each(ADA)
    stalled, other = hire(), hire()
    claimed = stalled.claim()

    with later(seconds=45):
        other.claim()

        assert stalled.prepare(claimed) == []


@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", "RCPT", "ASKED"])
def test_a_worker_that_stood_still_while_the_relay_answered_lets_no_letter_leave(
    people: People, hire: Callable[[], Courier], relay: Attentive, verb: str
) -> None:
    people.ask_each(ADA)
    stalled = hire()
    relay.meanwhile[verb] = lambda: stall(stalled)

    stalled.deliver_due()
    assert "DATA" not in relay.heard

    with later(minutes=5):
        hire().deliver_due()
    assert relay.got == [ADA]


def test_a_worker_that_is_told_to_stop_waits_for_the_relay_only_when_the_letter_has_left(
    people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    people.ask_each(ADA)
    leaving, may_be_cut_short = hire(), dict[str, bool]()

    def note(verb: str) -> None:
        may_be_cut_short[verb] = leaving.handover.trunk.first.talks

    relay.meanwhile.update({verb: partial(note, verb) for verb in ("CONNECT", "RCPT", "ASKED", "DATA", "TAKEN")})
    leaving.deliver_due()

    assert may_be_cut_short == {"CONNECT": True, "RCPT": True, "ASKED": True, "DATA": False, "TAKEN": False}


def test_a_lease_that_has_run_out_is_not_revived(people: People, hire: Callable[[], Courier]) -> None:
    people.ask_each(ADA)
    stalled = hire()
    stalled.claim()

    stall(stalled)
    stalled.renew()

    assert not stalled.lease_holds()


def test_what_a_worker_that_stood_still_learns_of_a_letter_that_is_anothers_by_now_changes_nothing(
    make_app: Callable[..., Flask], people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    people.ask_each(ADA)

    with Relay() as better:
        other = Inbox(make_app(smtp_url=config.smtp(better.url)), better)

        def send_it_there() -> None:
            with other.app.app_context(), later(seconds=45):
                other.work()

        relay.meanwhile["RCPT"] = send_it_there
        relay.answer("RCPT", "550 5.1.1 No such user here")
        hire().deliver_due()

        assert better.got == [ADA]
    assert outbox.standing().letters == {State.SENT: 1}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_locks_of_a_process_that_stands_still_are_gone_before_its_claims_are(service: Flask) -> None:
    with transaction() as session:
        milliseconds = session.scalar(
            text("SELECT setting::int FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'")
        )

    assert 0 < milliseconds / 1000 < LEASE.total_seconds()
