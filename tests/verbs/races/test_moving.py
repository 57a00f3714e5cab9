"""A change of address at the moment of another press (A8.4)."""

from collections.abc import Callable
from functools import partial

import pytest
from werkzeug.test import TestResponse

from newsletter import addresses, selfservice, signups
from newsletter.consent import Visit
from newsletter.db import transaction
from newsletter.outbox import Courier
from newsletter.subscriptions import Cause, Channel, person_lock
from tests.kept import acts
from tests.people import Inbox, People
from tests.servers import Letter, Relay
from tests.tools import contact_of
from tests.verbs.races.pressing import in_line, in_turn, on_postgresql, pressing, story
from tests.waiting import wait_for

ADA, GRACE, NEW = "ada@example.org", "grace@example.org", "countess@example.net"
Press = Callable[[], TestResponse]
pytestmark = on_postgresql


@pytest.fixture
def move(people: People, inbox: Inbox) -> Press:
    """Ada has asked for the new address, and the page of its link is open."""
    people.subscribe(ADA)
    selfservice.change_address(contact_of(ADA)["id"], addresses.parse(NEW), Cause(Channel.ME))
    return pressing(people, inbox.link(NEW), "confirm")


@pytest.mark.parametrize("whose", [ADA, NEW])
def test_who_stops_a_change_that_has_just_arrived_is_told_that_the_subscription_ends(
    people: People, inbox: Inbox, whose: str
) -> None:
    people.subscribe(ADA)
    selfservice.change_address(contact_of(ADA)["id"], addresses.parse(NEW), Cause(Channel.ME))
    move, stop = pressing(people, inbox.link(NEW), "confirm"), pressing(people, inbox.link(whose, "cancel"), "cancel")

    moved, stopped = in_turn(people, ADA, move, stop)

    assert (moved.status_code, stopped.status_code) == (200, 200)
    assert "Done: the subscription has ended" in stopped.text
    assert contact_of(NEW)["status"] == "unsubscribed"


@pytest.mark.parametrize("moves_first", [True, False])
def test_who_confirms_a_signup_as_somebody_moves_to_their_address_has_it_or_it_is_the_movers(
    people: People, inbox: Inbox, move: Press, moves_first: bool
) -> None:
    people.ask(NEW)
    confirm = pressing(people, inbox.link(NEW), "confirm")

    in_turn(people, NEW, *((move, confirm) if moves_first else (confirm, move)))

    assert (story(ADA), story(NEW)[:2]) in (([], ["confirmed", "updated"]), (["confirmed"], ["confirmed"]))


def test_an_address_that_has_just_been_silenced_is_nobodys(people: People, inbox: Inbox, move: Press) -> None:
    people.ask(NEW)
    never = pressing(people, inbox.link(NEW, "cancel"), "cancel", never_again="yes")

    silenced, moved = in_turn(people, NEW, never, move)

    assert (silenced.status_code, moved.status_code) == (200, 404)
    assert (story(ADA), story(NEW)) == (["confirmed"], [])


def test_who_has_just_left_does_not_move(people: People, move: Press) -> None:
    leave = partial(signups.leave, contact_of(ADA)["id"], Cause(Channel.STAFF))

    _, moved = in_turn(people, ADA, leave, move)

    assert moved.status_code == 404
    assert (story(ADA), story(NEW)) == (["confirmed", "unsubscribed"], [])


def test_who_presses_twice_has_moved_once(people: People, move: Press) -> None:
    first, second = in_turn(people, ADA, move, move)

    assert (first.status_code, second.status_code) == (200, 200)
    assert story(NEW) == ["confirmed", "updated"]


def test_who_leaves_as_their_change_of_address_is_confirmed_by_a_double_click_has_left(
    people: People, inbox: Inbox
) -> None:
    """Whoever holds both addresses takes the new one first here, and who leaves has waited for the old one."""
    people.subscribe(GRACE)
    contact_id = contact_of(GRACE)["id"]
    selfservice.change_address(contact_id, addresses.parse(NEW), Cause(Channel.ME))
    press = pressing(people, inbox.link(NEW), "confirm")
    leave = partial(signups.leave, contact_id, Cause(Channel.ONE_CLICK))

    moved, _, again = in_line(people, lambda session: person_lock(session, GRACE), press, leave, press)

    assert (moved.status_code, again.status_code) == (200, 200)
    assert story(NEW) == ["confirmed", "updated", "unsubscribed"]


def test_who_denies_an_old_signup_as_their_change_of_address_is_confirmed_by_a_double_click_has_left(
    people: People, inbox: Inbox
) -> None:
    people.subscribe(GRACE)
    deny = pressing(people, inbox.link(GRACE, "cancel"), "cancel")
    selfservice.change_address(contact_of(GRACE)["id"], addresses.parse(NEW), Cause(Channel.ME))
    press = pressing(people, inbox.link(NEW), "confirm")

    answers = in_line(people, lambda session: person_lock(session, GRACE), press, deny, press)

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert story(NEW) == ["confirmed", "updated", "unsubscribed"]


def test_who_objects_to_a_former_change_as_a_later_one_arrives_and_is_silenced_ends_once(
    people: People, inbox: Inbox
) -> None:
    people.subscribe(ADA)
    contact_id = contact_of(ADA)["id"]
    selfservice.change_address(contact_id, addresses.parse(GRACE), Cause(Channel.ME))
    stop = inbox.link(ADA, "cancel")
    people.press(inbox.link(GRACE), "confirm")
    selfservice.change_address(contact_id, addresses.parse(NEW), Cause(Channel.ME))
    move, stop_it = pressing(people, inbox.link(NEW), "confirm"), pressing(people, stop, "cancel")

    def suppress() -> None:
        with transaction() as session:
            person_lock(session, NEW)
            signups.never_again(session, NEW, "asked", Visit(ip=None))

    answers = in_line(people, lambda session: person_lock(session, GRACE), move, suppress, stop_it)

    assert (answers[0].status_code, answers[2].status_code) == (200, 200)
    assert story(NEW) == ["confirmed", "updated", "updated", "unsubscribed"]


class Forgetful(selfservice.Author):
    """Dies before it has written the proof of a letter that was taken as its person confirmed."""

    def sent_late(self, letter_id: str) -> None:
        pass


def test_a_letter_that_is_proven_late_as_its_person_moves_waits_for_them_at_the_new_address(
    people: People, relay: Relay, move: Press
) -> None:
    class Impatient(list[Letter]):
        def append(self, letter: Letter) -> None:
            text = letter.raw.decode().replace("=\r\n", "")
            people.press("/confirm/" + text.split("/confirm/")[1].split()[0], "confirm")

    def be_busy() -> None:
        with transaction() as session:
            person_lock(session, NEW)
            wait_for(1)

    people.ask(ADA, slug="webshop")
    relay.letters, courier = Impatient(), Courier(Forgetful())
    courier.deliver_due()
    courier.close()

    in_line(people, lambda session: person_lock(session, NEW), move, be_busy, signups.forget_stray_letters)

    assert sorted(story(NEW)) == ["confirmed", "confirmed", "updated", "updated"]
    assert acts(NEW).count("letter_sent") == 3
