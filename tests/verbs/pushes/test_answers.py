"""What an answer means: backoff, patience, giving up, switching off (PRODUCT 4.10, E3 to E5)."""

import pytest

from newsletter.errors import WebhookUnknown
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Webhook
from newsletter.feed.webhooks.turn import has_work
from newsletter.outbox import PushState
from newsletter.outgoing import Answer
from tests.people import People, later
from tests.verbs.pushes.lane import (
    ADA,
    BROKEN,
    GRACE,
    KATHERINE,
    OK,
    REFUSED,
    SILENT,
    Worker,
    deliveries,
    leave,
    made,
    who,
)


def test_it_is_tried_again_under_the_same_id_and_given_up_after_three_days(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    """E2, E4"""
    people.subscribe(ADA)
    ids = []

    for hours in range(80):
        with later(hours=hours):
            for envelope in worker.take():
                ids.append(envelope.push_id)
                worker.land(REFUSED, envelope)

    assert len(set(ids)) == 1
    assert 40 < len(ids) < 76
    [delivery] = deliveries(webhook)
    assert (delivery["state"], delivery["attempts"]) == ("dead", len(ids))
    assert webhooks.find(webhook.id).dead == 1


def test_what_waited_while_the_service_was_down_for_days_is_tried_again_before_it_is_given_up(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    """Both were away, and the receiver is back a minute after us."""
    people.subscribe(ADA)
    worker.push_all(lambda _: SILENT)

    with later(days=4):
        worker.push_all(lambda _: SILENT)
    with later(days=4, minutes=1):
        assert who(worker.push_all()) == [("confirmed", "ada")]


def test_a_withdrawal_is_tried_every_minute(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    worker.push_all()
    leave(ADA)
    tries = 0

    for minutes in range(0, 50, 2):
        with later(minutes=minutes):
            tries += len(worker.push_all(lambda _: REFUSED))

    assert tries >= 25


def test_410_switches_a_webhook_off_until_somebody_enables_it(webhook: Webhook, worker: Worker, people: People) -> None:
    """E4"""
    people.subscribe(ADA)
    worker.push_all(lambda _: Answer(status=410))
    people.subscribe(GRACE)

    assert webhooks.find(webhook.id).state == "gone"
    assert worker.take() == []
    with pytest.raises(WebhookUnknown):
        has_work(webhook.id)
    webhooks.alter(webhook.id, {"state": "enabled"})
    assert who(worker.push_all()) == [("confirmed", "ada"), ("confirmed", "grace")]


def test_what_waited_while_a_webhook_was_off_is_tried_for_days_again(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    """E4: its receiver was mended meanwhile, or nearly. Another webhook's patience is its own."""
    other = Worker(made().id)
    people.subscribe(ADA)
    for minutes in (0, 1, 3, 6, 20, 60):
        with later(minutes=minutes):
            worker.push_all(lambda _: BROKEN)
    with later(hours=1, minutes=1):
        webhooks.alter(webhook.id, {"state": "disabled"})

    with later(days=5):
        other.push_all(lambda _: BROKEN)
        webhooks.alter(webhook.id, {"state": "enabled"})
        assert other.take() == []
        assert len(worker.push_all(lambda _: BROKEN)) == 1
    with later(days=5, hours=2):
        assert who(worker.push_all()) == [("confirmed", "ada")]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_receiver_that_asks_for_patience_is_left_alone_for_as_long_as_it_says(
    worker: Worker, people: People, status: int
) -> None:
    """E4"""
    people.subscribe(ADA, GRACE)
    worker.land(Answer(status=status, retry_after="1200"), *worker.take(1))

    with later(minutes=19):
        assert worker.take() == []
        assert not has_work(worker.webhook_id)
    with later(minutes=21):
        assert len(worker.take()) == 1  # a probe
        assert worker.take() == []


@pytest.mark.parametrize("told", ["0", "Sat, 28 Nov 2020 09:00:00 GMT"])
def test_a_receiver_that_asks_for_no_patience_is_still_probed_only_now_and_then(
    worker: Worker, people: People, told: str
) -> None:
    """E4"""
    people.subscribe(*(f"reader{number}@example.org" for number in range(8)))

    tried = worker.push_all(lambda _: Answer(status=503, retry_after=told))

    assert len(tried) == 1


def test_what_arrives_beside_a_throttled_push_shortens_no_rest(worker: Worker, people: People) -> None:
    people.subscribe(ADA, GRACE, KATHERINE)
    throttled, arrived = worker.take(2)
    worker.land(Answer(status=429, retry_after="600"), throttled)
    worker.land(OK, arrived)

    with later(minutes=9):
        assert worker.take() == []
    with later(minutes=11):
        assert len(worker.take()) == 2


def test_after_a_throttle_without_a_time_one_push_tries_first(worker: Worker, people: People) -> None:
    people.subscribe(ADA, GRACE, KATHERINE)
    worker.land(Answer(status=429), *worker.take(1))

    assert worker.take() == []
    with later(seconds=3):
        [probe] = worker.take()
        worker.land(OK, probe)

        assert len(worker.take()) == 2


def test_a_receiver_that_fails_five_times_is_probed_and_then_told_everything_at_once(
    worker: Worker, people: People
) -> None:
    other = Worker(made().id)
    people.subscribe(*(f"reader{number}@example.org" for number in range(8)))
    worker.land(SILENT, *worker.take(5))

    assert worker.take() == []
    with later(seconds=3):
        assert len(other.take(2)) == 2, "are on their way elsewhere"
        [probe] = worker.take()
        assert worker.take() == []
        worker.land(SILENT, probe)
        assert worker.take() == []
    with later(minutes=2):
        [probe] = worker.take()
        worker.land(OK, probe)

        assert len(worker.take()) == 7


def test_one_stuck_person_never_makes_a_receiver_look_dead(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    for hours in range(10):
        with later(hours=hours):
            worker.push_all(lambda _: BROKEN)

    with later(hours=11):
        people.subscribe(GRACE, KATHERINE)

        assert len(worker.take()) == 3


def test_a_receiver_that_refuses_everybody_is_asked_now_and_then_and_not_for_each(
    worker: Worker, people: People
) -> None:
    """As one does that has lost its secret."""
    people.subscribe(*(f"reader{number}@example.org" for number in range(8)))
    worker.land(Answer(status=401), *worker.take(5))
    tries = 0

    for seconds in range(2, 602, 20):
        with later(seconds=seconds):
            tries += len(worker.push_all(lambda _: Answer(status=401)))

    assert tries <= 25


def test_refusing_some_people_among_others_slows_nobody_down(worker: Worker, people: People) -> None:
    people.subscribe(*(f"reader{number}@example.org" for number in range(12)))
    odd = [f"reader{number}@example.org" for number in range(1, 12, 2)]

    sent = worker.push_all(lambda push: REFUSED if push["data"]["contact"]["email"] in odd else OK)

    assert len(sent) == 12


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 408, 500, 505, 599])
def test_anything_but_2xx_is_tried_again(webhook: Webhook, worker: Worker, people: People, status: int) -> None:
    """E4"""
    people.subscribe(ADA)

    worker.push_all(lambda _: Answer(status=status))

    [delivery] = deliveries(webhook, PushState.WAITING)
    assert delivery["status"] == status


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_any_2xx_is_enough(webhook: Webhook, worker: Worker, people: People, status: int) -> None:
    """E4"""
    people.subscribe(ADA)

    worker.push_all(lambda _: Answer(status=status))

    [delivery] = deliveries(webhook, PushState.DELIVERED)
    assert (delivery["status"], delivery["latency_ms"]) == (status, 3)
