"""Each webhook has its own pushes, its own order and its own patience: none waits for another (PRODUCT 4.10)."""

from newsletter.feed import webhooks
from newsletter.feed.webhooks import Webhook
from newsletter.outgoing import Answer
from tests.people import People, later
from tests.verbs.pushes.lane import ADA, BROKEN, OK, Worker, made, rename, told, who


def test_two_webhooks_are_each_told_their_own_and_neither_waits_for_the_other(worker: Worker, people: People) -> None:
    slow = Worker(made().id)
    people.subscribe(ADA)
    rename(ADA, "Ada")
    [hanging] = slow.take()

    assert who(worker.push_all()) == [("confirmed", "ada"), ("updated", "ada")]

    slow.land(OK, hanging)
    assert worker.take() == []
    assert who(slow.push_all()) == [("updated", "ada")]


def test_one_webhooks_trouble_is_not_anothers(webhook: Webhook, people: People) -> None:
    """Nor is the end of one: what waits for the other leaves, and is signed."""
    other = Worker(made().id)
    people.subscribe(ADA)
    other.land(BROKEN, *other.take())

    Worker(webhook.id).push_all(lambda _: Answer(status=410))
    webhooks.remove(webhook.id)

    with later(minutes=1):
        [envelope] = other.take()
    assert who([told(envelope)]) == [("confirmed", "ada")]
    assert len(envelope.secrets) == 1


def test_who_returns_is_told_to_one_webhook_though_another_has_not_heard_of_the_leaving(
    worker: Worker, people: People
) -> None:
    slow = Worker(made().id)
    people.subscribe(ADA)
    people.leave(ADA)
    assert len(slow.take()) == 1

    people.subscribe(ADA)

    assert [kind for kind, _ in who(worker.push_all())] == ["confirmed", "unsubscribed", "confirmed"]


def test_a_receiver_that_works_again_ends_no_others_backoff(worker: Worker, people: People) -> None:
    other = Worker(made().id)
    people.subscribe(ADA)
    for minutes in (0, 1, 4, 7, 20):
        with later(minutes=minutes):
            other.push_all(lambda _: BROKEN)

    with later(minutes=22):
        worker.land(BROKEN, *worker.take())
    with later(minutes=23):
        assert len(worker.push_all()) == 1
        assert other.take() == []
