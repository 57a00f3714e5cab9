"""Any number of workers send each letter once; one that dies or stalls loses its letters to others (PRODUCT 4.3)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from newsletter import catalog, clock, config, consent, outbox, signups
from newsletter.config import Settings
from newsletter.db import is_postgresql, reader, transaction
from newsletter.outbox import Courier, State
from newsletter.outbox import letter as letters
from newsletter.outbox.delivery import BATCH
from newsletter.outbox.letter import LEASE
from newsletter.subscriptions import Subscriber
from tests.conftest import EXAMPLE, migrate, settings_for
from tests.crowd import Crowd
from tests.people import Inbox, People, later
from tests.servers import Fate, Relay, own_postgres

ADA, GRACE, LINUS = "ada@example.org", "grace@example.org", "linus@example.org"
AVOIDED = ("hashjoin", "hashagg", "mergejoin", "sort", "material")
"""Without these PostgreSQL looks at a subquery anew for every row, as it may on any day that its statistics say so."""
READERS = [f"reader{number}@example.org" for number in range(60)]


class Attentive(Relay):
    """A relay at which something happens while it is busy: just before it answers a verb for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: dict[str, Callable[[], object]] = {}

    def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> str | Fate | None:
        self.meanwhile.pop(verb, lambda: None)()
        return super().reply_to(verb, argument, recipients)


@pytest.fixture
def relay(request: pytest.FixtureRequest) -> Iterator[Attentive]:
    with getattr(request, "param", Attentive)() as running:
        yield running


@pytest.fixture
def settings(database_url: str, relay: Relay) -> Settings:
    return replace(settings_for(database_url, relay.url), limit_source=())


@pytest.fixture
def hire(service: Flask) -> Iterator[Callable[[], Courier]]:
    """One more worker, each with a connection of its own."""
    hired: list[Courier] = []

    def make() -> Courier:
        hired.append(Courier(signups.Inviter()))
        return hired[-1]

    yield make
    for courier in hired:
        courier.relay.quit()


def ask(people: People, *addresses: str) -> None:
    for address in addresses:
        assert people.ask(address).status_code == 303


def got(relay: Relay) -> list[str]:
    return [letter.recipients[0] for letter in relay.letters]


def stall(courier: Courier) -> None:
    """As if the whole process had stood still for as long as a claim lasts; the courier's own clock is all it has."""
    courier.lease_began -= LEASE.total_seconds()


# Several at once


def test_five_workers_at_once_send_each_letter_once(service: Flask, crowd: Crowd, people: People, relay: Relay) -> None:
    """G5"""
    ask(people, *READERS)

    def work() -> None:
        courier = Courier(signups.Inviter())
        while courier.deliver_due():
            pass
        courier.close()

    crowd.do(*[work] * 5)

    assert sorted(got(relay)) == sorted(READERS)
    assert outbox.standing().letters == {State.SENT: 60}


def test_two_workers_share_what_is_due(people: People, hire: Callable[[], Courier]) -> None:
    ask(people, *[f"reader{n}@example.org" for n in range(BATCH + 10)])

    first, second = hire().claim(), hire().claim()

    assert (len(first), len(second)) == (BATCH, 10)
    assert not set(first) & set(second)


def test_a_worker_takes_no_more_than_it_asks_for_whatever_plan_the_database_makes(people: People) -> None:
    ask(people, *READERS[:20])

    with transaction() as session:
        for way in AVOIDED if is_postgresql() else ():
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        at = clock.now()
        taken = letters.claim(session, "a worker", at, letters.free(at).limit(1))

    assert len(taken) == 1


def test_a_paused_outbox_is_probed_with_one_letter(people: People, hire: Callable[[], Courier], relay: Relay) -> None:
    ask(people, *READERS[:20])
    relay.answer("MAIL", "530 5.7.0 Log in first")
    worker = hire()
    worker.deliver_due()

    with later(seconds=20):
        claimed = worker.claim()

    assert len(claimed) == 1


# A worker that is gone


def test_what_a_dead_worker_had_claimed_is_free_again_after_45_seconds(
    people: People, hire: Callable[[], Courier], relay: Relay
) -> None:
    ask(people, ADA, GRACE)
    hire().claim()
    heir = hire()

    with later(seconds=35):
        assert heir.deliver_due() == 0
    with later(seconds=45):
        assert heir.deliver_due() == 2

    assert got(relay) == [ADA, GRACE]


def test_a_living_worker_keeps_what_it_has_claimed(people: People, hire: Callable[[], Courier]) -> None:
    ask(people, ADA)
    slow, other = hire(), hire()
    slow.claim()

    for seconds in (30, 60, 90):
        with later(seconds=seconds):
            slow.renew()
    with later(seconds=125):
        assert other.deliver_due() == 0
    with later(seconds=135):
        assert other.deliver_due() == 1


def test_a_worker_that_stops_gives_back_what_it_did_not_get_to(
    people: People, hire: Callable[[], Courier], relay: Relay
) -> None:
    ask(people, ADA, GRACE, LINUS)
    leaving = hire()
    relay.meanwhile["DATA"] = leaving.stop.set

    leaving.deliver_due()
    leaving.close()
    assert got(relay) == [ADA]

    hire().deliver_due()
    assert got(relay) == [ADA, GRACE, LINUS]


# A letter whose envelope the relay sees while the one before is settled


class Plain(Attentive):
    """A relay that wants each command by itself."""

    pipelines = False


class Noting(Attentive):
    """A relay that looks, each time it has read a letter, how many are settled."""

    def __init__(self) -> None:
        super().__init__()
        self.settled: list[int] = []
        self.look: Callable[[], int] = lambda: 0

    def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> str | Fate | None:
        if verb == "DATA":
            self.settled.append(self.look())
        return super().reply_to(verb, argument, recipients)


@pytest.mark.parametrize("relay", [Noting], indirect=True)
def test_each_letter_is_settled_before_the_next_one_leaves(
    service: Flask, people: People, hire: Callable[[], Courier], relay: Noting
) -> None:
    def settled() -> int:
        with service.app_context():
            return outbox.standing().letters.get(State.SENT, 0)

    relay.look = settled
    ask(people, ADA, GRACE, LINUS)

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
    ask(people, GRACE)
    first = inbox.link(GRACE, "cancel")
    browser = People(make_app().test_client(use_cookies=False), inbox)
    before = len(relay.heard)

    with later(minutes=11):
        ask(people, ADA, GRACE, LINUS)
        relay.meanwhile["TAKEN"] = lambda: browser.press(first, "cancel")
        hire().deliver_due()

    assert got(relay) == [GRACE, ADA, LINUS]
    assert relay.heard[before:].count("CONNECT") == connections
    assert outbox.standing().letters == {State.SENT: 2}


def test_a_worker_that_dies_while_it_settles_leaves_one_letter_in_doubt_and_has_not_sent_the_next(
    people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    ask(people, ADA, GRACE, LINUS)
    dying = hire()
    first, second, _ = dying.prepare(dying.claim())
    dying.send(first)
    dying.announce(second)  # and never settles the first

    with later(seconds=45):
        hire().deliver_due()

    assert got(relay) == [ADA, ADA, GRACE, LINUS]


# A worker that stands still


def test_a_worker_that_stood_still_sends_nothing_that_another_has_taken(
    people: People, hire: Callable[[], Courier], relay: Relay
) -> None:
    ask(people, ADA, GRACE)
    stalled, other = hire(), hire()
    written = stalled.prepare(stalled.claim())

    with later(seconds=45):
        other.deliver_due()
        stalled.send_all(written)

    assert got(relay) == [ADA, GRACE]


def test_a_worker_that_stood_still_before_it_wrote_writes_nothing_that_another_has_taken(
    people: People, hire: Callable[[], Courier]
) -> None:
    ask(people, ADA)
    stalled, other = hire(), hire()
    claimed = stalled.claim()

    with later(seconds=45):
        other.claim()

        assert stalled.prepare(claimed) == []


@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", "RCPT", "ASKED"])
def test_a_worker_that_stood_still_while_the_relay_answered_lets_no_letter_leave(
    people: People, hire: Callable[[], Courier], relay: Attentive, verb: str
) -> None:
    ask(people, ADA)
    stalled = hire()
    relay.meanwhile[verb] = lambda: stall(stalled)

    stalled.deliver_due()
    assert "DATA" not in relay.heard

    with later(minutes=5):
        hire().deliver_due()
    assert got(relay) == [ADA]


def test_a_worker_that_is_told_to_stop_waits_for_the_relay_only_when_the_letter_has_left(
    people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    ask(people, ADA)
    leaving, may_be_cut_short = hire(), dict[str, bool]()

    def note(verb: str) -> None:
        may_be_cut_short[verb] = leaving.relay.talks

    relay.meanwhile.update({verb: partial(note, verb) for verb in ("CONNECT", "RCPT", "ASKED", "DATA", "TAKEN")})
    leaving.deliver_due()

    assert may_be_cut_short == {"CONNECT": True, "RCPT": True, "ASKED": True, "DATA": False, "TAKEN": False}


def test_a_lease_that_has_run_out_is_not_revived(people: People, hire: Callable[[], Courier]) -> None:
    ask(people, ADA)
    stalled = hire()
    stalled.claim()

    stall(stalled)
    stalled.renew()

    assert not stalled.lease_holds()


def test_what_a_worker_that_stood_still_learns_of_a_letter_that_is_anothers_by_now_changes_nothing(
    make_app: Callable[..., Flask], people: People, hire: Callable[[], Courier], relay: Attentive
) -> None:
    ask(people, ADA)

    with Relay() as better:
        other = Inbox(make_app(smtp_url=config.smtp(better.url)), better)

        def send_it_there() -> None:
            with other.app.app_context(), later(seconds=45):
                other.work()

        relay.meanwhile["RCPT"] = send_it_there
        relay.answer("RCPT", "550 5.1.1 No such user here")
        hire().deliver_due()

        assert got(better) == [ADA]
    assert outbox.standing().letters == {State.SENT: 1}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_locks_of_a_process_that_stands_still_are_gone_before_its_claims_are(service: Flask) -> None:
    with transaction() as session:
        milliseconds = session.scalar(
            text("SELECT setting::int FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'")
        )

    assert 0 < milliseconds / 1000 < LEASE.total_seconds()


# A database that goes away


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_the_relay_took_while_the_database_went_away_is_not_sent_again(
    make_app: Callable[..., Flask], relay: Attentive
) -> None:
    with own_postgres() as server:
        url = server.create_database()
        migrate(url)
        app = make_app(database_url=url)
        with app.app_context():
            catalog.apply(EXAMPLE.read_text())
            ask(People(app.test_client(use_cookies=False), Inbox(app, relay)), ADA, GRACE, LINUS)
            courier, other = Courier(signups.Inviter()), Courier(signups.Inviter())

            relay.meanwhile["TAKEN"] = server.kill
            for _ in range(2):
                with pytest.raises(OperationalError):
                    courier.deliver_due()
            other.spare_others()
            server.start()
            with later(seconds=45):  # all this took longer than a claim lasts, and the other is faster
                assert other.deliver_due() == 0
                while courier.deliver_due():
                    pass
            courier.close()

            assert got(relay) == [ADA, GRACE, LINUS]
            assert outbox.standing().letters == {State.SENT: 3}


# A letter that arrives when its person has confirmed by an earlier one


class Mortal(signups.Inviter):
    """An author that dies before it has written the proof."""

    def sent_late(self, letter_id: str) -> None:
        raise OperationalError("the proof", None, Exception("gone"))


@pytest.fixture
def confirms_meanwhile(
    make_app: Callable[..., Flask], people: People, inbox: Inbox, relay: Attentive
) -> Iterator[None]:
    """Ada asks again after a while; just as the second letter is taken, she presses the first one's button."""
    ask(people, ADA)
    first = inbox.link(ADA)
    browser = People(make_app().test_client(use_cookies=False), inbox)
    with later(minutes=11):
        ask(people, ADA)
        relay.meanwhile["TAKEN"] = lambda: browser.press(first, "confirm")
        yield


def acts() -> list[str]:
    """What Ada's evidence says, after looking whether it is whole."""
    with reader() as session:
        ada = Subscriber.by_address(session, ADA)
        assert ada is not None
        assert consent.verify(session, ada.id) == []
        return [told["act"] for told in consent.proof(session, ada.id)]


@pytest.mark.usefixtures("confirms_meanwhile")
def test_a_letter_that_arrives_after_the_confirmation_is_evidence_too(
    inbox: Inbox, contents: Callable[[], dict[str, list[str]]]
) -> None:
    inbox.work()

    assert acts() == ["signed_up", "letter_sent", "confirmed", "letter_sent"]
    assert contents()["letters"] == []


@pytest.mark.usefixtures("confirms_meanwhile")
def test_a_worker_that_dies_before_it_wrote_that_evidence_leaves_it_to_the_others(
    contents: Callable[[], dict[str, list[str]]],
) -> None:
    courier = Courier(Mortal())
    with pytest.raises(OperationalError):
        courier.deliver_due()
        courier.deliver_due()
    courier.relay.quit()

    for _ in range(2):
        signups.forget_stray_letters()

    assert acts() == ["signed_up", "letter_sent", "confirmed", "letter_sent"]
    assert contents()["letters"] == []


@pytest.mark.usefixtures("confirms_meanwhile")
def test_a_letter_refused_after_the_confirmation_leaves_nothing_behind(
    inbox: Inbox, relay: Attentive, contents: Callable[[], dict[str, list[str]]]
) -> None:
    relay.answer("TAKEN", "550 5.1.1 No such user after all")

    inbox.work()
    signups.forget_stray_letters()

    assert acts() == ["signed_up", "letter_sent", "confirmed"]
    assert contents()["letters"] == []
