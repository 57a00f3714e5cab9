"""A confirmation and something else at one moment: exactly one story comes of it (D3.7)."""

from datetime import timedelta
from functools import partial

import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter import clock, privacy, signups
from newsletter.db import reader, transaction
from newsletter.signups import Signup
from newsletter.signups.signup import discard
from newsletter.subscriptions import Cause, Channel, Subscription
from tests.crowd import Crowd
from tests.people import Inbox, People, later
from tests.verbs.races.pressing import ROUNDS, Deed, pressing, story, waiting

expire = partial(signups.expire, privacy.BATCH)


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
        pressed, expired, also_expired = crowd.do(press, expire, expire)
        with at_the_end:
            expire()

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
        lambda: signups.leave(contact.id, Cause(Channel.API)),
        lambda: signups.leave_all(contact.id, Cause(Channel.STAFF)),
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
        crowd.do(*posts, expire, expire)

    for address in addresses:
        assert story(address) == ["confirmed", "unsubscribed"]
    assert waiting() == 0
