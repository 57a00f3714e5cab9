"""What was given up, or told long ago, is told again; and what is kept of deliveries (E5)."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from newsletter import clock, privacy
from newsletter.changes import Change, ChangeKind, Cursor
from newsletter.db import transaction
from newsletter.errors import CursorInvalid
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Webhook
from newsletter.feed.webhooks.spool import PAGE
from newsletter.feed.webhooks.turn import has_work
from tests.people import People, later
from tests.verbs.pushes.lane import (
    ADA,
    BROKEN,
    GRACE,
    KATHERINE,
    OK,
    REFUSED,
    Worker,
    deliveries,
    id_of,
    leave,
    made,
    who,
)


def test_one_delivery_is_sent_again_under_its_own_id(webhook: Webhook, worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    [first] = worker.take()
    worker.land(OK, first)

    webhooks.replay_one(webhook.id, first.push_id)

    [again] = worker.take()
    assert again.push_id == first.push_id


def test_a_delivery_that_is_on_its_way_is_not_sent_beside_itself(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    """E2: the next change of its contact would overtake the second copy."""
    people.subscribe(ADA)
    leave(ADA)
    [first] = worker.take()

    webhooks.replay_one(webhook.id, first.push_id)

    assert worker.take() == []
    worker.land(OK, first)
    assert [delivery["state"] for delivery in deliveries(webhook)] == ["waiting", "delivered"]


def test_a_withdrawal_that_waits_for_its_next_attempt_is_due_at_once_and_leaves_first_still(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    """E4: nor does anybody take it for one that was told before."""
    people.subscribe(ADA)
    worker.push_all()
    leave(ADA)
    [left] = worker.take()
    worker.land(BROKEN, left)
    people.subscribe(GRACE)

    webhooks.replay_one(webhook.id, left.push_id)

    assert who(worker.push_all()) == [("unsubscribed", "ada"), ("confirmed", "grace")]
    assert webhooks.find(webhook.id).withdrawals[0] == 1


def test_all_that_was_given_up_is_sent_again(webhook: Webhook, worker: Worker, people: People) -> None:
    """E4: by this webhook, and by no other."""
    other = Worker(made().id)
    people.subscribe(ADA)
    for hours in range(0, 73, 12):
        with later(hours=hours):
            worker.push_all(lambda _: REFUSED)
            other.push_all(lambda _: REFUSED)
    assert worker.take() == []

    assert webhooks.replay_dead(webhook.id) == 1

    assert who(worker.push_all()) == [("confirmed", "ada")]
    assert webhooks.replay_dead(webhook.id) == 0
    assert other.take() == []


def test_a_range_is_told_again_from_cursor_to_cursor(webhook: Webhook, worker: Worker, people: People) -> None:
    people.subscribe(ADA, GRACE, KATHERINE)
    cursors = [push["data"]["cursor"] for push in worker.push_all()]

    webhooks.replay_range(webhook.id, cursors[0], cursors[1])

    assert has_work(webhook.id)
    assert who(worker.push_all()) == [("confirmed", "grace")]
    assert not has_work(webhook.id)


def test_a_replay_tells_what_happened_before_the_webhook_was_made(service: Flask, people: People) -> None:
    people.subscribe(ADA)
    webhook = made()
    worker = Worker(webhook.id)
    assert worker.push_all() == []

    webhooks.replay_range(webhook.id, "0-0", None)

    assert who(worker.push_all()) == [("confirmed", "ada")]


def test_a_replay_of_any_length_is_told_to_its_end(service: Flask, people: People) -> None:
    """A page of the log at a time, of which some hold nothing that this webhook asks for."""
    people.subscribe(ADA)
    contact = {"newsletter": "nyhedsbrev", "contact_id": id_of(ADA), "at": clock.now()}
    with transaction() as session:
        session.execute(insert(Change), [{**contact, "kind": "updated", "version": n} for n in range(2, 2 * PAGE)])
    people.subscribe(GRACE)
    worker = Worker(made(kinds=[ChangeKind.CONFIRMED]).id)

    webhooks.replay_range(worker.webhook_id, "0-0", None)

    told = []
    while has_work(worker.webhook_id):
        told += worker.push_all()
    assert who(told) == [("confirmed", "ada"), ("confirmed", "grace")]


def test_news_leave_before_what_is_told_again(webhook: Webhook, worker: Worker, people: People) -> None:
    people.subscribe(ADA, GRACE)
    worker.push_all()
    webhooks.replay_range(webhook.id, "0-0", None)
    people.subscribe(KATHERINE)

    assert who(worker.push_all())[0] == ("confirmed", "katherine")


def test_a_replay_repeats_nothing_that_still_waits(webhook: Webhook, worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    [waiting] = worker.take()
    worker.land(BROKEN, waiting)

    webhooks.replay_range(webhook.id, "0-0", None)
    assert worker.take() == []
    with later(seconds=10):
        assert len(worker.push_all()) == 1
    assert len(deliveries(webhook)) == 1


def test_two_replays_at_once_are_one_that_covers_both(webhook: Webhook, worker: Worker, people: People) -> None:
    people.subscribe(ADA, GRACE, KATHERINE)
    cursors = [push["data"]["cursor"] for push in worker.push_all()]

    webhooks.replay_range(webhook.id, cursors[1], cursors[2])
    asked = webhooks.replay_range(webhook.id, "0-0", cursors[0])

    assert asked["after"] == "0-0"
    assert Cursor.parse(asked["until"]) == Cursor.parse(cursors[2])
    assert len(worker.push_all()) == 3


def test_nothing_can_be_told_again_that_is_yet_to_happen(webhook: Webhook, worker: Worker, people: People) -> None:
    """Like what lies behind a tool's cursor from the time that a restore has undone: it would hear nothing."""
    people.subscribe(ADA)
    last = Cursor.parse(worker.push_all()[0]["data"]["cursor"])
    ahead = replace(last, tx=last.tx + 10**6) if last.tx else replace(last, id=last.id + 1)

    for until in (None, str(ahead)):
        with pytest.raises(CursorInvalid):
            webhooks.replay_range(webhook.id, str(ahead), until)
    assert webhooks.replay_range(webhook.id, str(last), None)["after"] == str(last)


def test_deliveries_are_forgotten_in_time_and_what_waits_is_not(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    people.subscribe(ADA, GRACE)
    worker.land(OK, *worker.take(1))
    worker.land(REFUSED, *worker.take(1))

    with later(days=29):
        assert privacy.RULES["pushes"]() == 0
    with later(days=31):
        assert privacy.RULES["pushes"]() == 1
        assert [delivery["state"] for delivery in deliveries(webhook)] == ["waiting"]


def test_a_push_row_names_nobody(webhook: Webhook, worker: Worker, people: People, contents: Any) -> None:
    people.subscribe(ADA, first_name="Lovelace")
    leave(ADA)
    worker.push_all()

    rows = "".join(contents()["pushes"])
    assert "example.org" not in rows
    assert "Lovelace" not in rows
