"""What is pushed when, and what an answer means: order, backoff, probes, claims, replays (PRODUCT 4.10, E2 to E5).

The receivers here are the tests themselves: they take what a worker would send, and say how it was answered.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from newsletter import clock, feed, privacy, signups, subscriptions
from newsletter.changes import Change, Cursor, Kind
from newsletter.consent import Visit
from newsletter.db import db, is_postgresql, transactional
from newsletter.errors import WebhookUnknown
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Format, Payload, Wanted, Webhook
from newsletter.feed.webhooks.settlement import Landed
from newsletter.feed.webhooks.turn import Envelope, has_work, take_turn
from newsletter.outbox import PushState
from newsletter.outgoing import Answer
from newsletter.subscriptions import Channel, Wishes
from tests.crowd import Crowd
from tests.people import People, later

ADA, GRACE, KATHERINE = "ada@example.org", "grace@example.org", "katherine@example.org"
URL = "http://127.0.0.1:9/hook"
OK, BROKEN, REFUSED, SILENT = (
    Answer(status=204),
    Answer(status=500),
    Answer(status=422),
    Answer(status=None, error="timeout"),
)
SLOTS = 16
NOBODY = Visit(ip=None)


@dataclass
class Worker:
    """One worker's lane, with somebody's answers instead of a network."""

    webhook_id: str
    name: str = "a worker"

    def take(self, free: int = SLOTS) -> list[Envelope]:
        return list(take_turn(self.webhook_id, self.name, [], free).leaving)

    def land(self, answer: Answer | None, *envelopes: Envelope) -> None:
        take_turn(self.webhook_id, self.name, [landed(envelope, answer) for envelope in envelopes], 0)

    def push_all(self, answer: Callable[[Any], Answer] = lambda _: OK) -> list[Any]:
        """Until nothing is due; every push, in the order in which it left."""
        sent = []
        while taken := self.take(1):
            sent.append(told(taken[0]))
            self.land(answer(sent[-1]), *taken)
        return sent


def landed(envelope: Envelope, answer: Answer | None) -> Landed:
    return Landed(push_id=envelope.push_id, attempt=envelope.attempt, answer=answer, latency=3, at=clock.now())


def told(envelope: Envelope) -> Any:
    return json.loads(envelope.body)


def who(pushes: Sequence[Any]) -> list[tuple[str, str]]:
    """Kind and name of each."""
    return [(push["data"]["kind"], push["data"]["contact"]["email"].partition("@")[0]) for push in pushes]


def made(**wishes: Any) -> Webhook:
    asked = {"newsletter": "nyhedsbrev", "url": URL, "kinds": None, "payload": Payload.FULL, **wishes}
    return webhooks.add(Wanted(**asked), None)[0]


@pytest.fixture
def webhook(service: Flask) -> Webhook:
    return made()


@pytest.fixture
def worker(webhook: Webhook) -> Worker:
    return Worker(webhook.id)


def id_of(address: str) -> str:
    return feed.contacts_of(address)[0].id


def leave(address: str) -> None:
    signups.leave(id_of(address), channel=Channel.STAFF, visit=NOBODY, note={})


def rename(address: str, name: str) -> None:
    wishes = Wishes(fields={"first_name": name}, language=None, topics=None)
    subscriptions.rectify(id_of(address), wishes, channel=Channel.API, visit=NOBODY)


def deliveries(webhook: Webhook, state: PushState | None = None) -> Sequence[Any]:
    return webhooks.deliveries(webhook.id, state, None, 100).items


# Order


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
    people.subscribe(ADA)
    people.subscribe(GRACE)
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
    people.subscribe(ADA)
    people.subscribe(GRACE)
    rename(ADA, "Ada")
    rename(GRACE, "Grace")

    sent = worker.push_all(lambda push: BROKEN if push["data"]["contact"]["email"] == ADA else OK)
    with later(seconds=7):
        again = worker.push_all()

    assert who(sent) == [("confirmed", "ada"), ("confirmed", "grace"), ("updated", "grace")]
    assert who(again) == [("confirmed", "ada"), ("updated", "ada")]


def test_a_withdrawal_and_what_its_contact_waits_for_leave_first(worker: Worker, people: People) -> None:
    for address in (ADA, GRACE, KATHERINE):
        people.subscribe(address)
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


# Claims


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
    for address in (ADA, GRACE, KATHERINE):
        people.subscribe(address)

    assert [len(worker.take(2)), len(worker.take(2)), len(worker.take(2))] == [2, 1, 0]


def test_a_webhook_that_is_removed_while_its_pushes_are_on_their_way_is_gone(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    people.subscribe(ADA)
    [claimed] = worker.take()
    webhooks.remove(webhook.id)

    with pytest.raises(WebhookUnknown):
        worker.land(OK, claimed)
    with pytest.raises(WebhookUnknown):
        has_work(webhook.id)


# Failing receivers


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
    with later(seconds=10):
        assert who(worker.push_all()) == [("confirmed", "ada"), ("confirmed", "grace")]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_receiver_that_asks_for_patience_is_left_alone_for_as_long_as_it_says(
    worker: Worker, people: People, status: int
) -> None:
    """E4"""
    people.subscribe(ADA)
    people.subscribe(GRACE)
    worker.land(Answer(status=status, retry_after="1200"), *worker.take(1))

    with later(minutes=19):
        assert worker.take() == []
        assert not has_work(worker.webhook_id)
    with later(minutes=21):
        assert len(worker.take()) == 1  # a probe
        assert worker.take() == []


def test_what_arrives_beside_a_throttled_push_shortens_no_rest(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    people.subscribe(GRACE)
    people.subscribe(KATHERINE)
    throttled, arrived = worker.take(2)
    worker.land(Answer(status=429, retry_after="600"), throttled)
    worker.land(OK, arrived)

    with later(minutes=9):
        assert worker.take() == []
    with later(minutes=11):
        assert len(worker.take()) == 2


def test_after_a_throttle_without_a_time_one_push_tries_first(worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    people.subscribe(GRACE)
    people.subscribe(KATHERINE)
    worker.land(Answer(status=429), *worker.take(1))

    assert worker.take() == []
    with later(seconds=3):
        [probe] = worker.take()
        worker.land(OK, probe)

        assert len(worker.take()) == 2


def test_a_receiver_that_fails_five_times_is_probed_and_then_told_everything_at_once(
    worker: Worker, people: People
) -> None:
    for number in range(8):
        people.subscribe(f"reader{number}@example.org")
    worker.land(SILENT, *worker.take(5))

    assert worker.take() == []
    with later(seconds=3):
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
        people.subscribe(GRACE)
        people.subscribe(KATHERINE)

        assert len(worker.take()) == 3


def test_a_receiver_that_refuses_everybody_is_asked_now_and_then_and_not_for_each(
    worker: Worker, people: People
) -> None:
    """As one does that has lost its secret."""
    for number in range(8):
        people.subscribe(f"reader{number}@example.org")
    worker.land(Answer(status=401), *worker.take(5))
    tries = 0

    for seconds in range(2, 602, 20):
        with later(seconds=seconds):
            tries += len(worker.push_all(lambda _: Answer(status=401)))

    assert tries <= 25


def test_refusing_some_people_among_others_slows_nobody_down(worker: Worker, people: People) -> None:
    for number in range(12):
        people.subscribe(f"reader{number}@example.org")
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


# What is told


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
    how: dict[str, Any] = {"channel": Channel.STAFF, "visit": NOBODY}
    people.subscribe(ADA)
    ada, asked = id_of(ADA), {"tracking": people.wordings()["tracking"]}
    acts = (
        lambda: rename(ADA, "Ada"),
        lambda: subscriptions.grant(ada, asked, **how),
        lambda: subscriptions.withdraw(ada, ["tracking"], **how),
        lambda: privacy.restrict(ada, **how),
        lambda: privacy.lift(ada, **how),
        lambda: leave(ADA),
        lambda: privacy.erase(ada, **how),
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
    privacy.erase(contact, channel=Channel.STAFF, visit=NOBODY)

    pushes = worker.push_all()

    types = [push["type"] for push in pushes]
    assert (types[0], types[-1]) == ("contact.confirmed", "contact.erased")
    assert all(push["data"]["contact"] == {"id": contact} for push in pushes)
    assert pushes[-1]["data"]["match"]["id"] == contact


def test_a_webhook_is_told_the_kinds_that_it_asked_for(service: Flask, people: People) -> None:
    worker = Worker(made(kinds=[Kind.UNSUBSCRIBED]).id)
    people.subscribe(ADA)
    leave(ADA)

    assert [push["type"] for push in worker.push_all()] == ["contact.unsubscribed"]


def test_a_webhook_is_told_of_its_own_newsletter(service: Flask, people: People) -> None:
    worker = Worker(made(newsletter="webshop").id)
    people.subscribe(ADA)
    people.subscribe(GRACE, slug="webshop")

    assert who(worker.push_all()) == [("confirmed", "grace")]


def test_one_webhooks_trouble_is_not_anothers(webhook: Webhook, people: People) -> None:
    other = made()
    people.subscribe(ADA)

    Worker(webhook.id).push_all(lambda _: Answer(status=410))

    assert who(Worker(other.id).push_all()) == [("confirmed", "ada")]


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


# Replays


def test_one_delivery_is_sent_again_under_its_own_id(webhook: Webhook, worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    [first] = worker.take()
    worker.land(OK, first)

    webhooks.replay_one(webhook.id, first.push_id)

    [again] = worker.take()
    assert again.push_id == first.push_id


def test_all_that_was_given_up_is_sent_again(webhook: Webhook, worker: Worker, people: People) -> None:
    """E4"""
    people.subscribe(ADA)
    for hours in range(80):
        with later(hours=hours):
            worker.push_all(lambda _: REFUSED)
    assert worker.take() == []

    assert webhooks.replay_dead(webhook.id) == 1

    assert who(worker.push_all()) == [("confirmed", "ada")]
    assert webhooks.replay_dead(webhook.id) == 0


def test_a_range_is_told_again_from_cursor_to_cursor(webhook: Webhook, worker: Worker, people: People) -> None:
    for address in (ADA, GRACE, KATHERINE):
        people.subscribe(address)
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


def test_news_leave_before_what_is_told_again(webhook: Webhook, worker: Worker, people: People) -> None:
    people.subscribe(ADA)
    people.subscribe(GRACE)
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
    for address in (ADA, GRACE, KATHERINE):
        people.subscribe(address)
    cursors = [push["data"]["cursor"] for push in worker.push_all()]

    webhooks.replay_range(webhook.id, cursors[1], cursors[2])
    asked = webhooks.replay_range(webhook.id, "0-0", cursors[0])

    assert asked == {"after": "0-0", "until": cursors[2]}
    assert len(worker.push_all()) == 3


# Forgetting


def test_deliveries_are_forgotten_in_time_and_what_waits_is_not(
    webhook: Webhook, worker: Worker, people: People
) -> None:
    people.subscribe(ADA)
    people.subscribe(GRACE)
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
