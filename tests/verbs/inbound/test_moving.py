"""What comes back of the letters about a change of address tells of one mailbox alone (B4.2, PRODUCT 4.6)."""

import pytest

from newsletter.feedback import Fate, receive
from tests.journeys.moving.moving import ADA, NEW, move
from tests.people import People, later
from tests.returned import COMPLAINTS, arf, dsn, status
from tests.servers import Relay
from tests.verbs.races.pressing import in_turn, on_postgresql, pressing


@pytest.fixture
def link(people: People) -> str:
    people.subscribe(ADA)
    return people.fresh_link(ADA)


def sent_to(relay: Relay, address: str) -> str:
    """The sender of the newest letter to this address."""
    return [letter.sender for letter in relay.letters if letter.recipients == (address,)][-1]


def test_a_letter_that_cannot_arrive_at_the_new_address_ends_the_wish_alone(
    people: People, relay: Relay, link: str
) -> None:
    """Somebody mistyped it: they go on being written to at the address that works."""
    move(people, link)
    confirm = people.inbox.link(NEW)

    assert receive(dsn("4.4.7"), sent_to(relay, NEW)) is Fate.IGNORED
    assert people.client.get(confirm).status_code == 200
    assert [receive(dsn(), sent_to(relay, NEW)) for _ in range(2)] == [Fate.HANDLED, Fate.IGNORED]

    assert status() == "subscribed"
    assert people.client.get(confirm).status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_stranger_who_complains_at_the_new_address_ends_the_wish_alone(
    people: People, relay: Relay, link: str
) -> None:
    move(people, link)
    confirm = people.inbox.link(NEW)

    assert receive(arf(sender=sent_to(relay, NEW)), COMPLAINTS) is Fate.HANDLED

    assert status() == "subscribed"
    assert people.client.get(confirm).status_code == 404


@pytest.mark.parametrize("mailbox", [NEW, ADA])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_complains_after_having_moved_is_written_to_no_more(
    people: People, relay: Relay, link: str, mailbox: str
) -> None:
    move(people, link)
    people.confirm(NEW)

    assert receive(dsn(), sent_to(relay, mailbox)) is Fate.IGNORED
    assert status(NEW) == "subscribed"
    assert receive(arf(sender=sent_to(relay, mailbox)), COMPLAINTS) is Fate.HANDLED
    assert status(NEW) == "unsubscribed"


def test_a_notice_that_the_old_address_gives_back_tells_nothing_of_the_new_one(
    people: People, relay: Relay, link: str
) -> None:
    """People move because their old mailbox goes, and its server may be tried for days."""
    move(people, link)
    people.confirm(NEW)

    with later(days=5):
        assert receive(dsn(), sent_to(relay, ADA)) is Fate.IGNORED

    assert status(NEW) == "subscribed"


def test_a_notice_that_comes_back_before_the_move_suspends_and_a_complaint_ends(
    people: People, relay: Relay, link: str
) -> None:
    move(people, link)
    confirm = people.inbox.link(NEW)

    assert receive(dsn(), sent_to(relay, ADA)) is Fate.HANDLED
    assert status() == "suspended"
    assert people.client.get(confirm).status_code == 200, "the new address may be the way out"
    assert receive(arf(sender=sent_to(relay, ADA)), COMPLAINTS) is Fate.HANDLED
    assert status() == "unsubscribed"
    assert people.client.get(confirm).status_code == 404


@on_postgresql
def test_a_notice_that_comes_back_as_its_person_moves_tells_nothing_of_the_new_address(
    people: People, relay: Relay, link: str
) -> None:
    """Whoever has to wait for a person goes by what the one before them has done. SQLite has one writer."""
    move(people, link)
    press = pressing(people, people.inbox.link(NEW), "confirm")
    sender = sent_to(relay, ADA)

    pressed, fate = in_turn(people, ADA, press, lambda: receive(dsn(), sender))

    assert (pressed.status_code, fate) == (200, Fate.IGNORED)
    assert status(NEW) == "subscribed"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_complaint_about_the_notice_ends_the_wish_also_where_another_newsletter_goes_on(
    people: People, relay: Relay
) -> None:
    people.subscribe(ADA, slug="webshop")
    people.subscribe(ADA)
    move(people, people.fresh_link(ADA))
    confirm = people.inbox.link(NEW)

    assert receive(arf(sender=sent_to(relay, ADA)), COMPLAINTS) is Fate.HANDLED

    assert people.client.get(confirm).status_code == 404
