"""A worker's lanes: what they send, to whom they come back, and what they finish before they end."""

import threading
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from flask import Flask

from newsletter import clock
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Webhook, WebhookState, pushing
from newsletter.feed.webhooks.lane import Lane
from tests.people import People, later
from tests.receivers import Receiver, Reply
from tests.servers import PATIENCE, wait_until
from tests.verbs.pushes.lane import ADA, GRACE, OK, Worker, deliveries, leave, made, who


@pytest.fixture
def lane(service: Flask, webhook: Webhook) -> Lane:
    return Lane(service, webhook.id, Event())


def test_what_was_claimed_so_long_ago_that_it_may_be_anothers_by_now_does_not_leave(
    lane: Lane, worker: Worker, people: People
) -> None:
    """A process may have stood still."""
    people.subscribe(ADA)
    [envelope] = worker.take()

    assert lane.send(replace(envelope, claimed_at=clock.monotonic() - 21)).answer is None
    assert lane.send(replace(envelope, claimed_at=clock.monotonic() - 15)).answer is not None


def test_a_push_that_cannot_be_made_is_one_that_failed(lane: Lane, worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    [envelope] = worker.take()
    broken: Any = ("no bytes",)

    landed = lane.send(replace(envelope, secrets=broken))

    assert landed.answer is not None
    assert landed.answer.error == "fault"


def test_what_lands_after_its_worker_has_claimed_it_anew_settles_nothing(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    people.subscribe(ADA)
    [first] = worker.take()
    with later(seconds=45):
        [second] = worker.take()

        worker.land(OK, first)
        assert deliveries(webhook)[0]["state"] == "waiting"
        worker.land(OK, second)

    assert (deliveries(webhook)[0]["state"], webhooks.find(webhook.id).delivered) == ("delivered", 1)


def test_a_worker_that_was_away_finds_who_left_last_before_it_sends_what_came_first(
    worker: Worker, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.feed.webhooks.spool.PAGE", 2)
    people.subscribe(*(f"p{number}@example.org" for number in range(4)))
    people.subscribe(GRACE)
    leave(GRACE)

    sent = worker.push_all()

    assert [name for _, name in who(sent)][:2] == ["grace", "grace"]
    assert len(sent) == 6


@pytest.fixture
def answered(service: Flask, receiver: Receiver) -> Callable[[], Webhook]:
    return lambda: made(url=receiver.url)


def test_what_is_on_its_way_when_a_worker_ends_is_waited_for_and_nothing_more_is_begun(
    service: Flask, receiver: Receiver, answered: Callable[[], Webhook], people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.feed.webhooks.lane.SLOTS", 2)
    webhook = answered()
    people.subscribe(*(f"p{number}@example.org" for number in range(7)))
    receiver.rule = lambda _: Reply(after=0.5)

    with pushing.pushing(service):
        receiver.wait_for(1)

    assert 0 < webhooks.find(webhook.id).delivered == len(receiver.requests) < 5


def test_a_webhook_that_is_enabled_anew_is_served_again_by_the_worker_that_runs(
    service: Flask, receiver: Receiver, answered: Callable[[], Webhook], people: People
) -> None:
    webhook = answered()
    people.subscribe(ADA)

    def is_served() -> bool:
        return f"lane {webhook.id}" in {thread.name for thread in threading.enumerate()}

    with pushing.pushing(service):
        receiver.answer(410)
        wait_until(lambda: webhooks.find(webhook.id).state == WebhookState.GONE, "the receiver to be gone")
        wait_until(lambda: not is_served(), "the lane to end")
        receiver.answer(204)

        webhooks.alter(webhook.id, {"state": WebhookState.ENABLED})
        receiver.wait_for(2)


def test_a_webhook_that_is_removed_leaves_nothing_behind_in_its_worker(service: Flask, webhook: Webhook) -> None:
    lanes: dict[str, threading.Thread] = {}
    pushing.tend(service, lanes, Event())
    [lane] = lanes.values()

    webhooks.remove(webhook.id)
    lane.join(PATIENCE)
    pushing.tend(service, lanes, Event())

    assert lanes == {}
