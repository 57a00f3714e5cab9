"""A tool has every change pushed to it, signed (PRODUCT 4.10, 5.2)."""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from standardwebhooks import WebhookVerificationError

from tests.conftest import ROOT
from tests.journeys.webhooks.receiving import ADA, GRACE
from tests.people import People, later
from tests.receivers import OK, Hooks, Received, Receiver, Reply
from tests.servers import HOST, free_port, run_process


def test_a_confirmation_is_pushed_signed_and_verified_by_the_official_library(
    hooks: Hooks, receiver: Receiver, people: People
) -> None:
    """E3"""
    webhook = hooks.add(receiver)

    people.subscribe(ADA)
    hooks.push()

    [request] = receiver.requests
    told = request.verify(webhook["secret"])
    assert request.path == "/hook"
    assert told["type"] == "contact.confirmed"
    assert told["data"]["kind"] == "confirmed"
    assert told["data"]["contact"]["email"] == ADA
    assert told["data"]["contact"]["status"] == "subscribed"
    assert told["timestamp"] == told["data"]["at"] == told["data"]["contact"]["confirmed_at"]
    assert request.headers["content-type"] == "application/json"


def test_a_push_that_was_tampered_with_is_refused_by_the_official_library(
    hooks: Hooks, receiver: Receiver, people: People
) -> None:
    """E3: each webhook has a secret of its own."""
    webhook, other = hooks.add(receiver, kinds=["confirmed"]), hooks.add(receiver, kinds=["unsubscribed"])
    people.subscribe(ADA)
    hooks.push()
    [request] = receiver.requests

    with pytest.raises(WebhookVerificationError):
        request.verify(other["secret"])
    with pytest.raises(WebhookVerificationError), later(minutes=6):
        request.verify(webhook["secret"])
    request.headers["webhook-id"] += "0"  # type: ignore[index]
    with pytest.raises(WebhookVerificationError):
        request.verify(webhook["secret"])


def test_nothing_is_pushed_before_somebody_confirmed(hooks: Hooks, receiver: Receiver, people: People) -> None:
    """E1, A4.5"""
    hooks.add(receiver)

    people.ask(ADA)
    people.inbox.work()
    hooks.push()

    assert receiver.requests == []


def test_who_confirms_and_leaves_is_told_in_that_order(hooks: Hooks, receiver: Receiver, people: People) -> None:
    hooks.add(receiver)

    people.subscribe(ADA, tracking=True)
    people.leave(ADA)
    hooks.push()

    confirmed, left = receiver.requests
    assert [confirmed.type, left.type] == ["contact.confirmed", "contact.unsubscribed"]
    assert left.push["data"]["match"]["id"] == left.contact
    assert confirmed.push["data"]["contact"]["version"] == 2  # the state when sent


def test_what_failed_comes_again_with_the_same_id_and_a_new_time(
    hooks: Hooks, receiver: Receiver, people: People
) -> None:
    """E3"""
    webhook = hooks.add(receiver)
    people.subscribe(ADA)
    receiver.answer(500)
    hooks.push()
    receiver.answer(204)
    with later(seconds=10):
        hooks.push()
        first, second = receiver.requests
        assert second.verify(webhook["secret"]) == first.push

    assert first.id == second.id
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 10
    [delivery] = hooks.deliveries(webhook)
    assert (delivery["state"], delivery["attempts"], delivery["status"]) == ("delivered", 2, 204)


def test_what_happened_before_a_webhook_was_made_is_not_pushed_but_can_be_replayed(
    hooks: Hooks, receiver: Receiver, people: People
) -> None:
    people.subscribe(ADA)
    webhook = hooks.add(receiver)
    people.subscribe(GRACE)
    hooks.push()
    assert [request.email for request in receiver.requests] == [GRACE]

    asked = hooks.post(f"/webhooks/{webhook['id']}/replay", {"after": "0-0"})
    hooks.push()

    assert asked.status_code == 202
    assert sorted(request.email or "" for request in receiver.requests[1:]) == [ADA, GRACE]


def test_during_a_rotation_both_secrets_verify_and_afterwards_the_new_one_alone(
    hooks: Hooks, receiver: Receiver, people: People
) -> None:
    """E3"""
    webhook = hooks.add(receiver)
    rotated = hooks.post(f"/webhooks/{webhook['id']}/rotate", {"overlap_hours": 2})
    new = rotated.get_json()["secret"]
    people.subscribe(ADA)
    hooks.push()
    [during] = receiver.requests

    assert new != webhook["secret"]
    assert len(during.headers["webhook-signature"].split()) == 2
    assert during.verify(webhook["secret"]) == during.verify(new)
    with later(hours=3):
        people.leave(ADA)
        hooks.push()
        after = receiver.requests[-1]
        assert after.verify(new)["type"] == "contact.unsubscribed"
        with pytest.raises(WebhookVerificationError):
            after.verify(webhook["secret"])


@pytest.mark.parametrize(("overlap", "hours", "secrets"), [({}, 23, 2), ({}, 25, 1), ({"overlap_hours": 0}, 0, 1)])
def test_the_old_secret_signs_for_a_day_unless_somebody_says_otherwise(
    hooks: Hooks, receiver: Receiver, overlap: dict[str, int], hours: int, secrets: int
) -> None:
    """E3: of a secret that got out, not a moment longer."""
    webhook = hooks.add(receiver)
    assert hooks.post(f"/webhooks/{webhook['id']}/rotate", overlap).status_code == 200

    with later(hours=hours):
        hooks.post(f"/webhooks/{webhook['id']}/test")
        hooks.push()

    [push] = receiver.requests
    assert len(push.headers["webhook-signature"].split()) == secrets


def test_a_test_is_pushed_like_anything_else(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.add(receiver)

    asked = hooks.post(f"/webhooks/{webhook['id']}/test")
    hooks.push()

    [request] = receiver.requests
    assert asked.status_code == 202
    assert request.verify(webhook["secret"])["type"] == "webhook.test"
    assert request.id == asked.get_json()["delivery"]
    assert [delivery["kind"] for delivery in hooks.deliveries(webhook)] == ["test"]


def test_a_redirect_is_not_followed(hooks: Hooks, receiver: Receiver, people: People) -> None:
    """E4"""
    webhook = hooks.add(receiver)
    with Receiver() as elsewhere:
        receiver.answer(308, Location=elsewhere.url)
        people.subscribe(ADA)
        hooks.push()

        assert elsewhere.requests == []
    [delivery] = hooks.deliveries(webhook)
    assert (delivery["state"], delivery["status"]) == ("waiting", 308)


def test_410_ends_the_pushing_and_enabling_it_goes_on(hooks: Hooks, receiver: Receiver, people: People) -> None:
    """E4"""
    webhook = hooks.add(receiver)
    receiver.answer(410)
    people.subscribe(ADA)
    hooks.push()
    people.subscribe(GRACE)
    hooks.push()
    assert len(receiver.requests) == 1
    assert hooks.get(f"/webhooks/{webhook['id']}").get_json()["state"] == "gone"

    receiver.answer(204)
    hooks.patch(f"/webhooks/{webhook['id']}", {"state": "enabled"})
    with later(seconds=10):
        hooks.push()

    assert receiver.requests[0].email == ADA
    assert sorted(request.email for request in receiver.requests[1:]) == [ADA, GRACE]


def test_a_receiver_that_hangs_delays_no_other(hooks: Hooks, receiver: Receiver, people: People) -> None:
    hooks.add(receiver)

    def hang(_: Received) -> Reply:
        receiver.wait_for(2)
        return OK

    with Receiver() as slow:
        slow.rule = hang
        webhook = hooks.add(slow)
        people.subscribe(ADA, GRACE)
        hooks.push()

    assert [delivery["state"] for delivery in hooks.deliveries(webhook)] == ["delivered"] * 2


def test_the_complete_receiver_of_the_examples_keeps_the_list(
    hooks: Hooks, people: People, receiver: Receiver, tmp_path: Path
) -> None:
    port = free_port()
    made = hooks.ask_for(f"http://{HOST}:{port}/").get_json()
    kept = tmp_path / "list.db"
    environment = {"WEBHOOK_SECRET": made["secret"], "LIST": str(kept), "PORT": str(port)}
    with run_process([sys.executable, ROOT / "examples" / "webhook_receiver.py"], environment, port=port):
        people.subscribe(ADA, GRACE)
        people.leave(GRACE)
        hooks.post(f"/webhooks/{made['id']}/test")
        hooks.push()

    with closing(sqlite3.connect(kept)) as connection:
        rows = connection.execute("SELECT contact, status, version FROM contacts").fetchall()
    assert {json.loads(row[0])["email"]: row[1:] for row in rows} == {
        ADA: ("subscribed", 1),
        GRACE: ("unsubscribed", 2),
    }
    assert {delivery["state"] for delivery in hooks.deliveries(made)} == {"delivered"}
