"""Any number of workers send each letter once; one that dies loses its letters to others (PRODUCT 4.3)."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from newsletter import clock, outbox, selfservice
from newsletter.db import is_postgresql, transaction
from newsletter.outbox import Courier, State
from newsletter.outbox import letter as letters
from newsletter.outbox.delivery import BATCH
from tests.crowd import Crowd
from tests.people import People, later, text_of
from tests.servers import Relay
from tests.verbs.claims.workers import ADA, GRACE, LINUS

AVOIDED = ("hashjoin", "hashagg", "mergejoin", "sort", "material")
"""Without these PostgreSQL looks at a subquery anew for every row, as it may on any day that its statistics say so."""
READERS = [f"reader{number}@example.org" for number in range(60)]


def test_five_workers_at_once_send_each_letter_once(service: Flask, crowd: Crowd, people: People, relay: Relay) -> None:
    """G5"""
    people.ask_each(*READERS)

    def work() -> None:
        courier = Courier(selfservice.Author())
        while courier.deliver_due():
            pass
        courier.close()

    crowd.do(*[work] * 5)

    assert sorted(relay.got) == sorted(READERS)
    assert outbox.standing().letters == {State.SENT: 60}


def test_two_workers_share_what_is_due(people: People, hire: Callable[[], Courier]) -> None:
    people.ask_each(*[f"reader{n}@example.org" for n in range(BATCH + 10)])

    first, second = hire().claim(), hire().claim()

    assert (len(first), len(second)) == (BATCH, 10)
    assert not set(first) & set(second)


def test_the_newest_held_letter_stays_the_newest_though_an_older_one_is_come_to_later(
    people: People, hire: Callable[[], Courier], relay: Relay
) -> None:
    """A worker died with it in its hands, and the newer one was decided meanwhile (PRODUCT 4.2)."""
    people.ask_each(ADA)
    hire().deliver_due()
    people.ask(ADA, topic="products")
    assert len(hire().claim()) == 1
    people.ask(ADA, topic="events")
    hire().deliver_due()

    for minutes in (1, 11, 25):
        with later(minutes=minutes):
            hire().deliver_due()

    assert [text_of(letter.message).count("Invitations to events") for letter in relay.letters] == [1, 1]
    assert "News about products" not in text_of(relay.letters[-1].message)


def test_a_worker_takes_no_more_than_it_asks_for_whatever_plan_the_database_makes(people: People) -> None:
    people.ask_each(*READERS[:20])

    with transaction() as session:
        for way in AVOIDED if is_postgresql() else ():
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        at = clock.now()
        taken = letters.claim(session, "a worker", at, letters.free(at).limit(1))

    assert len(taken) == 1


def test_a_paused_outbox_is_probed_with_one_letter(people: People, hire: Callable[[], Courier], relay: Relay) -> None:
    people.ask_each(*READERS[:20])
    relay.answer("MAIL", "530 5.7.0 Log in first")
    worker = hire()
    worker.deliver_due()

    with later(seconds=20):
        claimed = worker.claim()

    assert len(claimed) == 1


def test_what_a_dead_worker_had_claimed_is_free_again_after_45_seconds(
    people: People, hire: Callable[[], Courier], relay: Relay
) -> None:
    people.ask_each(ADA, GRACE)
    hire().claim()
    heir = hire()

    with later(seconds=35):
        assert heir.deliver_due() == 0
    with later(seconds=45):
        assert heir.deliver_due() == 2

    assert relay.got == [ADA, GRACE]


def test_a_living_worker_keeps_what_it_has_claimed(people: People, hire: Callable[[], Courier]) -> None:
    people.ask_each(ADA)
    slow, other = hire(), hire()
    slow.claim()

    for seconds in (30, 60, 90):
        with later(seconds=seconds):
            slow.renew()
    with later(seconds=125):
        assert other.deliver_due() == 0
    with later(seconds=135):
        assert other.deliver_due() == 1


def test_a_worker_neither_keeps_nor_gives_back_what_another_has_claimed(
    people: People, hire: Callable[[], Courier], relay: Relay
) -> None:
    dead, living, leaving = hire(), hire(), hire()
    for address, worker in ((ADA, dead), (GRACE, living), (LINUS, leaving)):
        people.ask_each(address)
        assert len(worker.claim()) == 1

    leaving.close()
    assert hire().deliver_due() == 1
    with later(seconds=30):
        living.renew()
    with later(seconds=45):
        assert hire().deliver_due() == 1

    assert relay.got == [LINUS, ADA]


def test_a_worker_that_stops_gives_back_what_it_did_not_get_to(
    people: People, hire: Callable[[], Courier], relay: Relay
) -> None:
    people.ask_each(ADA, GRACE, LINUS)
    leaving = hire()
    relay.meanwhile["DATA"] = leaving.stop.set

    leaving.deliver_due()
    leaving.close()
    assert relay.got == [ADA]

    hire().deliver_due()
    assert relay.got == [ADA, GRACE, LINUS]
