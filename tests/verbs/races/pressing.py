"""Presses of a button at the same moment, and the story that came of them.

Each race is run several times from a common start. Afterwards the same is asked of every one: at most one living
subscription, evidence that verifies, changes that tell the same story, nothing left waiting, nobody in a deadlock.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from newsletter import subscriptions
from newsletter.changes import Change
from newsletter.db import reader, transaction
from newsletter.outbox import Letter
from newsletter.signups import Signup
from newsletter.subscriptions import Status, Subscriber, Subscription, person_lock
from tests.people import Forms, People
from tests.waiting import wait_for

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
ROUNDS = pytest.mark.parametrize("number", range(3))
Deed = Callable[[], object]
First = TypeVar("First")
Second = TypeVar("Second")


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


def in_turn(
    people: People, address: str, first: Callable[[], First], second: Callable[[], Second]
) -> tuple[First, Second]:
    """Both wait for a person that somebody else is busy with, and get to them in this order."""
    return behind(people, lambda session: person_lock(session, address), first, second)


def behind(
    people: People, busy: Callable[[Session], object], first: Callable[[], First], second: Callable[[], Second]
) -> tuple[First, Second]:
    """Both wait for what somebody is busy with, in this order."""
    return tuple(in_line(people, busy, first, second))  # type: ignore[return-value]


def in_line(people: People, busy: Callable[[Session], object], *deeds: Deed) -> list[object]:
    """All wait for what somebody is busy with, or for one before them, in this order; what each gave."""
    app = people.client.application

    def do(deed: Deed) -> object:
        with app.app_context():
            return deed()

    with ThreadPoolExecutor(len(deeds)) as pool, transaction() as session:
        busy(session)
        doing = []
        for number, deed in enumerate(deeds, 1):
            doing.append(pool.submit(do, deed))
            wait_for(number)
    return [done.result() for done in doing]
