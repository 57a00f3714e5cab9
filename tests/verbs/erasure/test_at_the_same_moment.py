"""Erasure at the moment of something else has the last word (PRODUCT 4.9; A8)."""

import hashlib
from collections.abc import Callable

import pytest

from newsletter import outbox, privacy, selfservice, signups, subscriptions
from newsletter.consent import Visit
from newsletter.db import reader
from newsletter.errors import ContactUnknown, LinkDead, SubscriptionOver
from newsletter.subscriptions import Cause, Channel, Wishes
from tests.conftest import Contents
from tests.crowd import Crowd
from tests.kept import kinds
from tests.people import Inbox, People, later
from tests.servers import Letter, Relay
from tests.verbs.erasure.searching import ADA, GRACE, IP, STAFF, contact_ids, found, proofs

HER_PAGE = Cause(Channel.ME, Visit(ip=IP))


def test_a_letter_in_a_workers_hand_does_not_leave_once_its_person_is_erased(
    people: People, relay: Relay, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    with later(minutes=11):
        people.ask(ADA, topic="events", tracking=True)
        people.ask(GRACE)
        courier = outbox.Courier(selfservice.Author())
        envelopes = courier.prepare(courier.claim())
        sent = len(relay.letters)

        privacy.erase(contact_ids()[0], STAFF)
        courier.send_all(envelopes)
        courier.close()

    assert [letter.recipients for letter in relay.letters[sent:]] == [(GRACE,)]
    assert found([ADA], but_for={"evidence_values"}) == []


def test_a_letter_that_the_relay_is_just_taking_leaves_no_trace(people: People, relay: Relay, inbox: Inbox) -> None:
    class Erasing(list[Letter]):
        """The person is erased while the relay has the letter and we do not know it yet."""

        def append(self, letter: Letter) -> None:
            super().append(letter)
            with inbox.app.app_context():
                privacy.erase_address(ADA, STAFF)

    relay.letters = Erasing()
    people.ask(ADA)

    inbox.work()

    assert len(relay.letters) == 1
    assert found([ADA]) == []


def test_a_refusal_of_somebody_erased_meanwhile_leaves_no_trace(people: People, relay: Relay, inbox: Inbox) -> None:
    relay.answer("RCPT", "550 5.1.1 Unknown")
    people.ask(ADA)
    inbox.work()

    privacy.erase_address(ADA, STAFF)

    assert found([ADA, hashlib.sha256(ADA.encode()).hexdigest()]) == []


@pytest.mark.parametrize("number", range(3))
def test_of_confirming_and_erasing_at_once_one_story_comes(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    """Either the signup was gone, or what came of it was erased as well."""
    people.subscribe(ADA, topic="events")
    with later(minutes=11):
        people.ask(ADA, slug="webshop")
        link = inbox.link(ADA)
        her, fields = contact_ids()[0], people.opened(link, "confirm")

        answers = crowd.do(lambda: people.client.post(link, data=fields).status_code, lambda: privacy.erase(her, STAFF))

    assert answers[0] in (200, 404)
    assert contact_ids() == []
    assert found([ADA], but_for={"evidence_values"}) == []
    with reader() as session:
        assert subscriptions.verify(session, proofs()[0].subscriber_id) == []


@pytest.mark.parametrize("number", range(3))
def test_of_many_verbs_at_once_erasure_has_the_last_word(ada: str, crowd: Crowd, number: int) -> None:
    def gently(deed: Callable[[], object]) -> Callable[[], None]:
        def do() -> None:
            try:
                deed()
            except (ContactUnknown, LinkDead, SubscriptionOver):
                return

        return do

    crowd.do(
        *(
            gently(deed)
            for deed in (
                lambda: privacy.erase(ada, STAFF),
                lambda: privacy.erase_address(ADA, STAFF),
                lambda: subscriptions.rectify(ada, Wishes(language="de"), HER_PAGE),
                lambda: signups.leave_all(ada, Cause(Channel.PAGE, Visit(ip=IP))),
                lambda: privacy.restrict(ada, STAFF),
            )
        )
    )

    assert contact_ids() == []
    assert kinds(ada).count("erased") == 1
    assert kinds(ada)[-1] == "erased"
    with reader() as session:
        assert subscriptions.verify(session, proofs()[0].subscriber_id) == []


def test_people_erased_at_once_do_not_wait_for_each_other(people: People, crowd: Crowd) -> None:
    people.subscribe(ADA, GRACE)
    ids = [contact_ids(ADA)[0], contact_ids(GRACE)[0]]

    crowd.do(*(lambda one=one: privacy.erase(one, STAFF) for one in ids))  # type: ignore[misc]

    assert contact_ids(ADA) == contact_ids(GRACE) == []
