"""Races: whatever two people, two workers or two clicks do at one moment, exactly one story comes of it (D3.7).

Each race is run several times from a common start. Afterwards the same is asked of every one: at most one living
subscription, evidence that verifies, changes that tell the same story, nothing left waiting, nobody in a deadlock.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, select, text, update
from werkzeug.test import TestResponse

from newsletter import clock, signups, subscriptions
from newsletter.changes import Change
from newsletter.consent import Visit
from newsletter.db import reader, transaction
from newsletter.outbox import Letter
from newsletter.signups import Signup
from newsletter.signups.signup import discard
from newsletter.subscriptions import Channel, Status, Subscriber, Subscription
from tests.crowd import Crowd
from tests.people import Forms, Inbox, People, later
from tests.servers import wait_until

ROUNDS = pytest.mark.parametrize("number", range(3))
NOBODY = Visit(ip=None)
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
Deed = Callable[[], object]


def pressing(people: People, path: str, form: str, **changes: str) -> Callable[[], TestResponse]:
    """The press of a button on a page that is open already."""
    fields = {**Forms(people.client.get(path).text).forms[form]["fields"], **changes}
    return lambda: people.client.application.test_client(use_cookies=False).post(path, data=fields)


def story(address: str) -> list[str]:
    """What became of somebody, once all invariants hold: the kinds of changes, in their order."""
    with reader() as session:
        person = Subscriber.by_address(session, address)
        if person is None:
            return []
        contacts = session.scalars(select(Subscription).where(Subscription.subscriber_id == person.id)).all()
        told = session.scalars(
            select(Change).where(Change.contact_id.in_([c.id for c in contacts])).order_by(Change.tx, Change.id)
        ).all()
        assert subscriptions.verify(session, person.id) == []
    for contact in contacts:
        own = [change for change in told if change.contact_id == contact.id]
        assert [change.version for change in own] == list(range(1, contact.version + 1))
        assert own[0].kind == "confirmed"
        assert [change.kind for change in own].count("unsubscribed") == (contact.status == Status.UNSUBSCRIBED)
        assert (own[-1].kind == "unsubscribed") is contact.is_over
    living = [contact.newsletter for contact in contacts if not contact.is_over]
    assert len(living) == len(set(living))
    return [change.kind for change in told]


def waiting() -> int:
    """Signups, and letters that still belong to one."""
    with reader() as session:
        own = session.scalars(select(Letter).where(Letter.signup_id.is_not(None))).all()
        return len(session.scalars(select(Signup)).all()) + len(own)


def in_line() -> int:
    """How many wait for somebody else's row."""
    with reader() as session:
        return int(session.scalar(WAITING))


# Two confirmations


@ROUNDS
def test_the_same_button_pressed_eight_times_confirms_once(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    people.ask(address)
    press = pressing(people, inbox.link(address), "confirm")

    answers = crowd.do(*[press] * 8)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert story(address) == ["confirmed"]
    assert waiting() == 0


@ROUNDS
def test_of_two_signups_confirmed_at_once_one_wins_and_the_other_is_gone(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    people.ask(address, topic="events")
    inbox.work()
    with later(minutes=11):
        people.ask(address, topic="products")
        presses = [pressing(people, link, "confirm") for link in inbox.links(address)]

        answers = crowd.do(*presses)

        assert sorted(answer.status_code for answer in answers) == [200, 404]
        assert story(address) == ["confirmed"]
        assert waiting() == 0


@ROUNDS
def test_signups_for_two_newsletters_confirmed_at_once_make_one_person_with_two(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    people.ask(address)
    inbox.work()
    with later(minutes=11):
        people.ask(address, slug="webshop")
        presses = [pressing(people, link, "confirm") for link in inbox.links(address)]

        answers = crowd.do(*presses)

        assert [answer.status_code for answer in answers] == [200, 200]
        assert story(address) == ["confirmed", "confirmed"]


@ROUNDS
def test_two_additions_confirmed_at_once_are_one_or_the_other(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    people.subscribe(address, topic="events")
    people.ask(address, topic="products")
    inbox.work()
    with later(minutes=11):
        people.ask(address, topic="stories")
        presses = [pressing(people, link, "confirm") for link in inbox.links(address)[1:]]

        answers = crowd.do(*presses)

        assert sorted(answer.status_code for answer in answers) == [200, 404]
        assert story(address) == ["confirmed", "updated"]


# A confirmation and something else


@ROUNDS
def test_confirming_and_expiring_at_once(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    address, asked_at = f"ada{number}@example.org", clock.now()
    with time_machine.travel(asked_at, tick=False):
        people.ask(address)
        link = inbox.link(address)
    with time_machine.travel(asked_at + timedelta(days=7, seconds=-1), tick=False):
        press = pressing(people, link, "confirm")
    in_time = time_machine.travel(asked_at + timedelta(days=7, microseconds=-1), tick=False)
    at_the_end = time_machine.travel(asked_at + timedelta(days=7), tick=False)

    with in_time if number else at_the_end:
        pressed, expired, also_expired = crowd.do(press, signups.expire, signups.expire)
        with at_the_end:
            signups.expire()

    assert isinstance(pressed, TestResponse)
    if number:
        assert (pressed.status_code, expired, also_expired) == (200, 0, 0)
        assert story(address) == ["confirmed"]
    else:
        assert (pressed.status_code, expired + also_expired) == (404, 1)  # type: ignore[operator]
        assert story(address) == []
    assert waiting() == 0


@ROUNDS
def test_confirming_while_another_deletes_the_signup(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    """G2: the press was in time; a process whose clock is ahead is deleting what it takes for expired."""
    address = f"ada{number}@example.org"
    people.ask(address)
    press = pressing(people, inbox.link(address), "confirm")

    def delete() -> int:
        with transaction() as session:
            gone = list(session.scalars(select(Signup).with_for_update(skip_locked=True)))
            discard(session, gone)
            return len(gone)

    deeds: list[Deed] = [press, delete, press]
    pressed, deleted, again = crowd.do(*deeds)

    assert isinstance(pressed, TestResponse)
    assert isinstance(again, TestResponse)
    assert (pressed.status_code, again.status_code, deleted) in [(200, 200, 0), (404, 404, 1)]
    assert story(address) == (["confirmed"] if deleted == 0 else [])
    assert waiting() == 0


@ROUNDS
def test_confirming_and_cancelling_at_once(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    address = f"ada{number}@example.org"
    people.ask(address)
    presses = [
        pressing(people, inbox.link(address), "confirm"),
        pressing(people, inbox.link(address, "cancel"), "cancel"),
    ]

    confirmed, cancelled = crowd.do(*presses[:: 1 if number % 2 else -1])[:: 1 if number % 2 else -1]

    assert cancelled.status_code == 200
    if confirmed.status_code == 404:
        assert story(address) == []
    else:
        assert story(address) == ["confirmed", "unsubscribed"]
    assert waiting() == 0


@ROUNDS
def test_confirming_and_never_again_at_once(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    address = f"ada{number}@example.org"
    people.ask(address)
    inbox.work()
    with later(minutes=11):
        people.ask(address, slug="webshop")
        link, cancel = inbox.links(address)[0], inbox.links(address, "cancel")[1]
        presses = [
            pressing(people, link, "confirm"),
            pressing(people, cancel, "cancel", never_again="yes"),
            pressing(people, inbox.link(address), "confirm"),
        ]

        answers = crowd.do(*presses)

        assert answers[1].status_code == 200
        told = story(address)
        assert told.count("confirmed") == told.count("unsubscribed")
        assert waiting() == 0
        people.ask(address, topic="events")
        assert len(inbox.letters(address)) == 2


@ROUNDS
def test_adding_and_leaving_at_once(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    address = f"ada{number}@example.org"
    people.subscribe(address, topic="events")
    leave = people.unsubscribe_link(address)
    people.ask(address, topic="products")
    presses = [
        pressing(people, inbox.link(address), "confirm"),
        pressing(people, leave, "unsubscribe"),
        lambda: people.client.application.test_client().post(leave, data={"List-Unsubscribe": "One-Click"}),
    ]

    added, left, one_click = crowd.do(*presses)

    assert (added.status_code, left.status_code, one_click.status_code) == (200, 200, 200)
    assert story(address) in (["confirmed", "unsubscribed"], ["confirmed", "updated", "unsubscribed"])
    assert "You left" in people.client.get(leave).text
    assert waiting() == 0


@ROUNDS
def test_leaving_by_every_door_at_once_is_leaving_once(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    address = f"ada{number}@example.org"
    people.subscribe(address)
    leave = people.unsubscribe_link(address)
    with reader() as session:
        contact = session.scalars(select(Subscription)).one()
    doors: list[Deed] = [
        pressing(people, leave, "unsubscribe"),
        pressing(people, inbox.link(address, "cancel"), "cancel"),
        lambda: people.client.application.test_client().post(leave, data={"List-Unsubscribe": "One-Click"}),
        lambda: signups.leave(contact.id, channel=Channel.API, visit=NOBODY),
        lambda: signups.leave_all(contact.id, channel=Channel.STAFF, visit=NOBODY),
    ]

    crowd.do(*doors)

    assert story(address) == ["confirmed", "unsubscribed"]


@ROUNDS
def test_leaving_while_what_has_expired_is_being_deleted(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    addresses = [f"{name}{number}@example.org" for name in ("ada", "grace", "mary")]
    leaving = []
    for address in addresses:
        people.subscribe(address, topic="events")
        leaving.append(people.unsubscribe_link(address))
        people.ask(address, topic="products")
    inbox.work()

    with later(days=7, minutes=1):
        one_click = {"List-Unsubscribe": "One-Click"}
        posts: list[Deed] = [
            lambda link=link: people.client.application.test_client().post(link, data=one_click)  # type: ignore[misc]
            for link in leaving
        ]
        crowd.do(*posts, signups.expire, signups.expire)

    for address in addresses:
        assert story(address) == ["confirmed", "unsubscribed"]
    assert waiting() == 0


# The worker among them


@ROUNDS
def test_two_workers_and_a_double_click_send_one_letter(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    address = f"ada{number}@example.org"
    fields = people.filled(address)

    def post() -> TestResponse:
        return people.client.application.test_client().post("/newsletters/nyhedsbrev/signups", data=fields)

    deeds: list[Deed] = [post, inbox.work, post, inbox.work, post]

    crowd.do(*deeds)

    assert len(inbox.letters(address)) == 1


@ROUNDS
def test_of_many_spellings_of_one_mailbox_posted_at_once_one_gets_a_letter(
    people: People, inbox: Inbox, crowd: Crowd, number: int
) -> None:
    """C4: whichever workers decide on them."""
    spellings = [f"{local}@gmail.com" for local in ("ada", "a.da", "ad.a", "ada+1", "ada+2", "a.d.a+3", "ADA+4", "Ada")]
    filled = [people.filled(address) for address in spellings]

    def post(fields: dict[str, Any]) -> TestResponse:
        return people.client.application.test_client().post("/newsletters/nyhedsbrev/signups", data=fields)

    crowd.do(*[deed for fields in filled for deed in (partial(post, fields), inbox.work)])

    inbox.work()
    assert len(inbox.relay.letters) == 1


@on_postgresql
@pytest.mark.parametrize("which", ["the one pressed", "another"])
def test_a_press_waits_for_whoever_writes_to_a_letter_at_that_moment(people: People, inbox: Inbox, which: str) -> None:
    """Among a thousand letters, where the server joins otherwise than among a few. SQLite has one writer."""
    people.ask("ada@example.org", topic="events")
    press = pressing(people, inbox.link("ada@example.org"), "confirm")
    with reader() as session:
        first = session.scalars(select(Signup.id)).one()
    people.ask("ada@example.org")
    busy = Letter.signup_id == first if which == "the one pressed" else Letter.signup_id != first
    with transaction() as session:
        letter = dict(session.execute(select(Letter.__table__).where(busy)).mappings().one())
        crowd = [{**letter, "id": f"{n:024}", "signup_id": None} for n in range(1000)]
        session.execute(insert(Letter), crowd)
        session.execute(text("ANALYZE letters"))

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            session.execute(update(Letter).where(busy).values(attempts=Letter.attempts + 1))
            answer = pool.submit(press)
            wait_until(lambda: in_line() == 1, "the press to reach the letter")

        assert answer.result().status_code == 200
    assert story("ada@example.org") == ["confirmed"]
    assert waiting() == 0


@ROUNDS
def test_signing_up_again_while_confirming(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    address = f"ada{number}@example.org"
    people.ask(address, topic="events")
    fields = people.filled(address)
    deeds: list[Deed] = [
        pressing(people, inbox.link(address), "confirm"),
        lambda: people.client.application.test_client().post("/newsletters/nyhedsbrev/signups", data=fields),
        inbox.work,
    ]

    crowd.do(*deeds)
    with later(minutes=11):
        subjects = inbox.subjects(address)

    assert story(address) == ["confirmed"]
    assert len(subjects) <= 2
    assert subjects[0].startswith("Please confirm:")


@ROUNDS
def test_many_people_do_everything_at_once(people: People, inbox: Inbox, crowd: Crowd, number: int) -> None:
    """Nobody waits in a circle: no deadlock, no error, and everybody's story is whole."""
    names = [f"p{number}-{n}@example.org" for n in range(4)]
    for name in names:
        people.ask(name)
    inbox.work()
    deeds: list[Deed] = []
    for name in names:
        confirm = pressing(people, inbox.link(name), "confirm")
        cancel = pressing(people, inbox.link(name, "cancel"), "cancel", never_again="yes")
        deeds += [confirm, confirm, cancel]

    crowd.do(*deeds, inbox.work, signups.expire, signups.forget_stray_letters)

    for name in names:
        assert story(name) in ([], ["confirmed", "unsubscribed"])
    assert waiting() == 0
