"""Any number of workers push everything once; one that dies loses its claims to others (PRODUCT 4.10)."""

from collections.abc import Callable

import pytest

from newsletter.errors import WebhookUnknown
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Webhook
from newsletter.feed.webhooks.turn import has_work
from tests.conftest import Contents
from tests.crowd import Crowd
from tests.people import People, later
from tests.verbs.pushes.lane import ADA, GRACE, KATHERINE, OK, REFUSED, Worker, deliveries, leave, rename, told


def test_a_crowd_of_workers_sends_everything_once_and_in_order(webhook: Webhook, people: People, crowd: Crowd) -> None:
    names = [f"reader{n}" for n in range(6)]
    for name in names:
        people.subscribe(f"{name}@example.org")
        rename(f"{name}@example.org", name)
        leave(f"{name}@example.org")
    sent: list[tuple[str, str, str]] = []

    def work(number: int) -> None:
        worker = Worker(webhook.id, f"worker {number}")
        while len(sent) < 3 * len(names):
            for envelope in worker.take(3):
                push = told(envelope)
                sent.append(
                    (envelope.push_id, push["data"]["contact"]["email"].partition("@")[0], push["data"]["kind"])
                )
                worker.land(OK, envelope)

    crowd.do(*(lambda number=number: work(number) for number in range(3)))

    assert len({push_id for push_id, _, _ in sent}) == len(sent) == 3 * len(names)
    for name in names:
        assert [kind for _, other, kind in sent if other == name] == ["confirmed", "updated", "unsubscribed"]


def test_a_dead_workers_claims_are_free_again_within_45_seconds(webhook: Webhook, people: People) -> None:
    people.subscribe(ADA)
    dead, living = Worker(webhook.id, "dead"), Worker(webhook.id, "living")
    [claimed] = dead.take()

    with later(seconds=38):
        assert living.take() == []
    with later(seconds=45):
        [again] = living.take()
        dead.land(REFUSED, claimed)  # it was not dead, only slow
        living.land(OK, again)

    assert again.push_id == claimed.push_id
    [delivery] = deliveries(webhook)
    assert (delivery["state"], delivery["status"], delivery["attempts"]) == ("delivered", 204, 2)


def test_what_was_claimed_and_not_sent_is_free_at_once(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    [claimed] = worker.take()

    worker.land(None, claimed)

    assert [envelope.push_id for envelope in worker.take()] == [claimed.push_id]


def test_no_more_is_claimed_than_can_be_sent(worker: Worker, people: People) -> None:
    people.subscribe(ADA, GRACE, KATHERINE)

    assert [len(worker.take(2)), len(worker.take(2)), len(worker.take(2))] == [2, 1, 0]


def test_a_webhook_that_is_removed_while_its_pushes_are_on_their_way_is_gone(
    webhook: Webhook, worker: Worker, people: People, contents: Callable[[], Contents]
) -> None:
    people.subscribe(ADA)
    [claimed] = worker.take()
    webhooks.remove(webhook.id)

    with pytest.raises(WebhookUnknown):
        worker.land(OK, claimed)
    with pytest.raises(WebhookUnknown):
        has_work(webhook.id)
    assert contents()["pushes"] == contents()["webhook_secrets"] == []
