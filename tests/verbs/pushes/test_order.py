"""In which order pushes leave: one person's one after the other, withdrawals first (PRODUCT 4.10, E2)."""

from newsletter.feed.webhooks import Webhook
from newsletter.outbox import PushState
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
    rename,
    told,
    who,
)


def test_a_contacts_changes_leave_one_after_the_other_whoever_sends_them(webhook: Webhook, people: People) -> None:
    """E2"""
    people.subscribe(ADA)
    rename(ADA, "Ada")
    one, other = Worker(webhook.id, "one"), Worker(webhook.id, "other")

    first = one.take()
    meanwhile = other.take()
    one.land(OK, *first)
    second = other.take()

    assert [told(push)["type"] for push in first] == ["contact.confirmed"]
    assert meanwhile == []
    assert [told(push)["type"] for push in second] == ["contact.updated"]


def test_who_returns_is_told_after_their_leaving_although_they_are_another_contact(
    worker: Worker, people: People
) -> None:
    """PRODUCT 4.10: in order for each subscriber. A tool that knows addresses alone would else put them off again."""
    people.subscribe(ADA, GRACE)
    worker.push_all()
    people.leave(ADA)
    worker.land(BROKEN, *worker.take())

    people.subscribe(ADA)
    rename(GRACE, "Grace")
    meanwhile = worker.push_all()
    with later(minutes=1):
        afterwards = worker.push_all()

    assert who(meanwhile) == [("updated", "grace")]
    assert who(afterwards) == [("unsubscribed", "ada"), ("confirmed", "ada")]


def test_what_failed_holds_up_the_same_contact_and_nobody_else(worker: Worker, people: People) -> None:
    people.subscribe(ADA, GRACE)
    rename(ADA, "Ada")
    rename(GRACE, "Grace")

    sent = worker.push_all(lambda push: BROKEN if push["data"]["contact"]["email"] == ADA else OK)
    with later(seconds=7):
        again = worker.push_all()

    assert who(sent) == [("confirmed", "ada"), ("confirmed", "grace"), ("updated", "grace")]
    assert who(again) == [("confirmed", "ada"), ("updated", "ada")]


def test_a_withdrawal_and_what_its_contact_waits_for_leave_first(worker: Worker, people: People) -> None:
    people.subscribe(ADA, GRACE, KATHERINE)
    leave(KATHERINE)
    leave(GRACE)

    sent = who(worker.push_all())

    assert sorted(sent[:4]) == sorted(
        [("confirmed", "grace"), ("unsubscribed", "grace"), ("confirmed", "katherine"), ("unsubscribed", "katherine")]
    )
    assert sent[4:] == [("confirmed", "ada")]
    for name in ("grace", "katherine"):
        assert sent.index(("confirmed", name)) < sent.index(("unsubscribed", name))


def test_a_withdrawal_does_not_wait_for_the_backoff_of_what_came_before_it(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    worker.push_all(lambda _: REFUSED)
    with later(seconds=12):
        worker.push_all(lambda _: REFUSED)
    with later(seconds=25):
        assert worker.take() == []
        leave(ADA)

        assert who(worker.push_all()) == [("confirmed", "ada"), ("unsubscribed", "ada")]


def test_a_withdrawal_goes_past_what_the_receiver_will_not_have(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    people.subscribe(ADA)
    leave(ADA)
    refuse = {"contact.confirmed": REFUSED}
    sent = []

    for minutes in (0, 1, 3):
        with later(minutes=minutes):
            sent += worker.push_all(lambda push: refuse.get(push["type"], OK))

    assert [push["type"] for push in sent] == [*["contact.confirmed"] * 3, "contact.unsubscribed"]
    [given_up] = deliveries(webhook, PushState.DEAD)
    assert (given_up["kind"], given_up["status"]) == ("confirmed", 422)


def test_in_an_outage_nothing_is_overtaken(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    leave(ADA)

    for minutes in (0, 1, 3, 5, 7):
        with later(minutes=minutes):
            worker.push_all(lambda _: SILENT)
    with later(minutes=20):
        assert who(worker.push_all()) == [("confirmed", "ada"), ("unsubscribed", "ada")]


def test_deliveries_are_listed_newest_first_also_those_made_at_once(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    people.subscribe(ADA)
    for number in range(6):
        rename(ADA, f"Ada {number}")

    sent = [push["data"]["cursor"] for push in worker.push_all()]

    assert [delivery["cursor"] for delivery in deliveries(webhook)] == sent[::-1]


def test_who_returns_is_told_after_their_leaving_although_they_first_came_by_a_clock_that_was_ahead(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    with later(hours=1):
        people.subscribe(ADA)
    worker.push_all()
    leave(ADA)
    worker.land(BROKEN, *worker.take())
    people.subscribe(ADA)

    assert worker.take() == []
    with later(minutes=2):
        assert [kind for kind, _ in who(worker.push_all())] == ["unsubscribed", "confirmed"]
