"""What whoever keeps a webhook does to it, and what is counted of it."""

from base64 import b64encode

import pytest
from flask import Flask

from newsletter.db import reader
from newsletter.errors import CursorInvalid
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Webhook, WebhookState
from newsletter.feed.webhooks.turn import has_work
from newsletter.outgoing import Answer
from tests.people import People, Tool, later
from tests.verbs.pushes.lane import ADA, BROKEN, GRACE, OK, Worker, deliveries, leave, made, who


@pytest.mark.parametrize("answer", [Answer(status=503, retry_after="3600"), BROKEN])
def test_a_webhook_that_is_enabled_anew_waits_for_nothing_that_its_receiver_said_before(
    webhook: Webhook, worker: Worker, people: People, answer: Answer
) -> None:
    people.subscribe(*(f"p{number}@example.org" for number in range(6)))
    worker.land(answer, *worker.take())
    assert worker.take() == []

    webhooks.alter(webhook.id, {"state": WebhookState.ENABLED})

    assert len(worker.take()) == 6


def test_every_secret_signs_until_its_own_end_however_often_it_is_rotated(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    people.subscribe(ADA)
    webhooks.rotate(webhook.id, 24)
    webhooks.rotate(webhook.id, 24)

    [envelope] = worker.take()

    assert len(set(envelope.secrets)) == 3


def test_no_more_than_ten_secrets_sign_and_the_newest_are_those(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    """Or whoever rotates all the time makes each push's headers longer than its receiver reads."""
    people.subscribe(ADA)
    made = [webhooks.rotate(webhook.id, 720) for _ in range(12)]

    [envelope] = worker.take()

    assert [f"whsec_{b64encode(secret).decode()}" for secret in envelope.secrets] == made[:-11:-1]


def test_a_replay_whose_end_comes_before_its_beginning_is_refused(webhook: Webhook, people: People, tool: Tool) -> None:
    people.subscribe(ADA, GRACE)
    first, last = (change["cursor"] for change in tool.changes())

    with pytest.raises(CursorInvalid):
        webhooks.replay_range(webhook.id, last, first)


def test_what_happens_in_another_newsletter_is_no_work_and_no_lag(webhook: Webhook, people: People) -> None:
    people.subscribe(ADA, slug="webshop")

    assert not has_work(webhook.id)
    with reader() as session:
        assert webhooks.oldest_untold(session, webhooks.find(webhook.id)) is None


def test_a_withdrawal_that_is_told_again_is_not_counted_as_one(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    """It would make withdrawals look as if they took days (E15)."""
    people.subscribe(ADA)
    leave(ADA)
    worker.push_all()
    later_made = made()

    with later(days=2):
        for one in (webhook, later_made):
            webhooks.replay_range(one.id, "0-0", None)
            assert len(Worker(one.id).push_all()) == 2

    count, seconds = webhooks.find(webhook.id).withdrawals
    assert (count, seconds < 60) == (1, True)
    assert webhooks.find(later_made.id).withdrawals == (0, 0)


def test_nobody_is_given_up_for_somebody_elses_leaving(service: Flask, webhook: Webhook, people: People) -> None:
    worker = Worker(webhook.id)
    people.subscribe(GRACE)
    worker.push_all()
    people.subscribe(ADA)
    leave(GRACE)

    for minutes in (0, 2, 6, 20, 60):
        with later(minutes=minutes):
            for envelope in worker.take():
                worker.land(Answer(status=422), envelope)
    with later(hours=4):
        left = who(worker.push_all(lambda _: OK))

    assert sorted(left) == [("confirmed", "ada"), ("unsubscribed", "grace")]
    assert deliveries(webhook)[0]["state"] == "delivered"
