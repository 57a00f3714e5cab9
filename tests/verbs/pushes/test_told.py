"""What a push tells, and whom (PRODUCT 4.10, 5.2)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from newsletter import clock, feed, privacy, subscriptions
from newsletter.changes import Change, ChangeKind, Cursor
from newsletter.db import db, is_postgresql, transactional
from newsletter.feed.webhooks import Format, Payload
from newsletter.subscriptions import Cause, Channel
from tests.conftest import Contents, Run
from tests.people import People, later
from tests.verbs.pushes.lane import ADA, BROKEN, GRACE, Worker, id_of, leave, made, rename, told, who


def test_a_push_tells_the_contact_as_it_stands_when_sent(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    worker.push_all(lambda _: BROKEN)
    leave(ADA)

    confirmed, left = worker.push_all()

    assert (confirmed["type"], left["type"]) == ("contact.confirmed", "contact.unsubscribed")
    assert confirmed["data"]["contact"] == left["data"]["contact"]
    assert confirmed["data"]["contact"]["status"] == "unsubscribed"
    assert left["data"]["match"]["id"] == left["data"]["id"]


def test_a_push_is_the_change_that_pulling_answers(worker: Worker, people: People) -> None:
    """E1: all that can happen to somebody, each told as it happens."""
    how = Cause(Channel.STAFF)
    people.subscribe(ADA)
    ada, asked = id_of(ADA), {"tracking": people.wordings()["tracking"]}
    acts = (
        lambda: rename(ADA, "Ada"),
        lambda: subscriptions.grant(ada, asked, how),
        lambda: subscriptions.withdraw(ada, ["tracking"], how),
        lambda: privacy.restrict(ada, how),
        lambda: privacy.lift(ada, how),
        lambda: leave(ADA),
        lambda: privacy.erase(ada, how),
    )
    pushed = worker.push_all()
    for act in acts:
        act()
        pushed += worker.push_all()
        pulled = [json.loads(document) for document in feed.changes_after("nyhedsbrev", Cursor(), 100).documents]
        assert pushed[-1]["data"] == pulled[-1]

    assert [push["type"].removeprefix("contact.") for push in pushed] == [
        *("confirmed", "updated", "tracking_granted", "tracking_withdrawn", "restricted", "updated"),
        *("unsubscribed", "erased"),
    ]


def test_a_thin_push_holds_ids_and_state_and_nothing_personal(service: Flask, people: People) -> None:
    """E5"""
    worker = Worker(made(payload=Payload.THIN).id)
    people.subscribe(ADA, first_name="Ada Lovelace")

    [push] = worker.push_all()

    contact = push["data"]["contact"]
    assert set(contact) == {"id", "newsletter", "status", "tracking_allowed", "version", "changed_at"}
    assert "example.org" not in json.dumps(push)
    assert "Lovelace" not in json.dumps(push)


def test_a_push_may_come_as_a_cloud_event(service: Flask, people: People, make_app: Callable[..., Flask]) -> None:
    """E6: nothing personal stands in the envelope, which routers and logs read."""
    worker = Worker(made(format=Format.CLOUDEVENTS, payload=Payload.THIN).id)
    people.subscribe(ADA)

    [envelope] = worker.take()

    event = told(envelope)
    assert envelope.media_type == "application/cloudevents+json"
    assert event == {
        "specversion": "1.0",
        "id": envelope.push_id,
        "source": "http://localhost/newsletters/nyhedsbrev",
        "type": "localhost.contact.confirmed",
        "subject": id_of(ADA),
        "time": event["data"]["at"],
        "datacontenttype": "application/json",
        "data": event["data"],
    }
    assert event["data"]["kind"] == "confirmed"
    assert ADA not in str(event)
    worker.land(None, envelope)
    with make_app(public_url="https://news.example.org").app_context():
        assert told(worker.take()[0])["type"] == "org.example.news.contact.confirmed"


def test_of_who_was_erased_a_push_tells_the_id_alone(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    contact = id_of(ADA)
    privacy.erase(contact, Cause(Channel.STAFF))

    pushes = worker.push_all()

    types = [push["type"] for push in pushes]
    assert (types[0], types[-1]) == ("contact.confirmed", "contact.erased")
    assert all(push["data"]["contact"] == {"id": contact} for push in pushes)
    assert pushes[-1]["data"]["match"]["id"] == contact


def test_a_webhook_is_told_the_kinds_that_it_asked_for(service: Flask, people: People) -> None:
    worker = Worker(made(kinds=[ChangeKind.UNSUBSCRIBED]).id)
    people.subscribe(ADA)
    leave(ADA)

    assert [push["type"] for push in worker.push_all()] == ["contact.unsubscribed"]


def test_a_webhook_is_told_of_its_own_newsletter(service: Flask, people: People) -> None:
    worker = Worker(made(newsletter="webshop").id)
    people.subscribe(ADA)
    people.subscribe(GRACE, slug="webshop")

    assert who(worker.push_all()) == [("confirmed", "grace")]


def test_a_change_that_commits_late_is_waited_for_and_never_skipped(worker: Worker, people: People) -> None:
    if not is_postgresql():
        pytest.skip("SQLite has one writer, so nobody can commit late")
    people.subscribe(ADA)
    worker.push_all()
    with db.engine.execution_options(**transactional()).begin() as slow:
        slow.execute(insert(Change), [late_change(id_of(ADA))])
        people.subscribe(GRACE)
        assert worker.push_all() == []

    assert who(worker.push_all()) == [("updated", "ada"), ("confirmed", "grace")]


def late_change(contact_id: str) -> dict[str, Any]:
    told = {"newsletter": "nyhedsbrev", "contact_id": contact_id, "kind": "updated", "at": clock.now(), "version": 2}
    return {**told, "match": None, "previous_match": None}


def test_what_was_pushed_is_kept_until_its_term_is_over(
    worker: Worker, people: People, run: Run, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    worker.push_all()

    with later(days=2):
        assert run("purge").exit_code == 0

    assert len(contents()["pushes"]) == 1
