"""A tool has every change pushed to it, signed, and its keeper sees and repeats what was sent."""

import json
import sqlite3
import sys
import time
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks import WebhookVerificationError

from newsletter.access import Scope
from tests.conftest import ROOT, Contents
from tests.people import People, later
from tests.receivers import Hooks, Receiver, Reply
from tests.servers import HOST, free_port, run_process

ADA, GRACE = "ada@example.org", "grace@example.org"


# What arrives


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
    with Receiver() as slow:
        slow.rule = lambda _: Reply(after=3)
        hooks.add(slow)
        people.subscribe(ADA)
        people.subscribe(GRACE)
        began = time.monotonic()
        hooks.push()
        ended = time.monotonic()

    assert ended - began >= 3
    assert all(request.at - began < 2 for request in receiver.requests)
    assert len(receiver.requests) == 2


def test_the_complete_receiver_of_the_examples_keeps_the_list(
    hooks: Hooks, people: People, receiver: Receiver, tmp_path: Path
) -> None:
    port = free_port()
    made = hooks.ask_for(f"http://{HOST}:{port}/").get_json()
    kept = tmp_path / "list.db"
    environment = {"WEBHOOK_SECRET": made["secret"], "LIST": str(kept), "PORT": str(port)}
    with run_process([sys.executable, ROOT / "examples" / "webhook_receiver.py"], environment, port=port):
        people.subscribe(ADA)
        people.subscribe(GRACE)
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


# Keeping webhooks


def test_a_secret_is_shown_once_and_stored_nowhere(hooks: Hooks, receiver: Receiver, contents: Any) -> None:
    """E3"""
    webhook = hooks.add(receiver)

    shown = hooks.get("/webhooks").text + hooks.get(f"/webhooks/{webhook['id']}").text
    secret = webhook["secret"].removeprefix("whsec_")
    assert webhook["secret"].startswith("whsec_")
    assert 24 <= len(b64decode(secret, validate=True)) <= 64
    assert secret not in shown
    assert secret not in str(contents())


def test_a_webhook_is_made_listed_changed_and_removed(hooks: Hooks, receiver: Receiver, people: People) -> None:
    webhook = hooks.add(receiver)
    path = f"/webhooks/{webhook['id']}"
    assert {name: webhook[name] for name in ("url", "newsletter", "kinds", "payload", "state")} == {
        "url": receiver.url,
        "newsletter": "nyhedsbrev",
        "kinds": None,
        "payload": "full",
        "state": "enabled",
    }

    changed = hooks.patch(path, {"kinds": ["unsubscribed"], "payload": "thin"}).get_json()
    listed = hooks.get("/webhooks").get_json()
    assert (changed["kinds"], changed["payload"]) == (["unsubscribed"], "thin")
    assert listed == {"items": [changed], "next": None}
    people.subscribe(ADA)
    people.leave(ADA)
    hooks.push()
    assert receiver.types() == ["contact.unsubscribed"]
    assert hooks.delete(path).status_code == 204
    assert hooks.get(path).status_code == 404
    assert hooks.delete(path).status_code == 404
    assert hooks.get("/webhooks").get_json()["items"] == []


def test_a_disabled_webhook_goes_on_later_where_it_stopped(hooks: Hooks, receiver: Receiver, people: People) -> None:
    webhook = hooks.add(receiver)
    hooks.patch(f"/webhooks/{webhook['id']}", {"state": "disabled"})
    people.subscribe(ADA)
    hooks.push()
    assert receiver.requests == []

    hooks.patch(f"/webhooks/{webhook['id']}", {"state": "enabled"})
    hooks.push()

    assert [request.email for request in receiver.requests] == [ADA]


def test_a_target_that_is_not_permitted_is_refused(hooks: Hooks) -> None:
    """D4.5"""
    for url in (
        "http://hooks.example.org/hook",
        "https://10.0.0.1/hook",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://0x0a000001/hook",
        "http://10.0.0.1/hook",
        "ftp://127.0.0.1/hook",
        "https://user:password@hooks.example.org/",
        "not a url",
        "",
    ):
        refused = hooks.ask_for(url)

        assert (refused.status_code, refused.mimetype) == (422, "application/problem+json"), url
        assert list(refused.get_json()["errors"]) == ["url"]


def test_without_a_setting_no_private_target_is_permitted(make_app: Any, service: Flask, receiver: Receiver) -> None:
    """D4.5"""
    app = make_app(private_targets=())
    with app.app_context():
        hooks = Hooks(app, app.test_client())

        for url in (receiver.url, f"https://{HOST}:{receiver.port}/", "https://localhost/", "http://localhost/"):
            assert hooks.ask_for(url).status_code == 422


def test_a_target_that_was_permitted_once_is_judged_anew_when_connecting(
    make_app: Any, hooks: Hooks, receiver: Receiver, people: People
) -> None:
    """D4.5"""
    webhook = hooks.add(receiver)
    people.subscribe(ADA)
    app = make_app(private_targets=())
    with app.app_context():
        Hooks(app, app.test_client()).push()

    assert receiver.requests == []
    [delivery] = hooks.deliveries(webhook)
    assert (delivery["state"], delivery["error"], delivery["status"]) == ("waiting", "address not permitted", None)


def test_a_wrong_wish_is_refused_by_the_name_of_its_field(hooks: Hooks, receiver: Receiver) -> None:
    right = {"url": receiver.url, "newsletter": "nyhedsbrev", "kinds": None, "payload": "full"}
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"kinds": []}, "kinds"),
        ({"kinds": ["contact.confirmed"]}, "kinds"),
        ({"kinds": "confirmed"}, "kinds"),
        ({"kinds": [None]}, "kinds"),
        ({"payload": "fat"}, "payload"),
        ({"payload": None}, "payload"),
        ({"newsletter": None}, "newsletter"),
        ({"newsletter": 7}, "newsletter"),
        ({"url": None}, "url"),
        ({"url": ["https://a.example.org"]}, "url"),
        ({"secret": "whsec_mine"}, "secret"),
        ({"state": "enabled"}, "state"),
    ]

    for wrong, field in wrongs:
        refused = hooks.post("/webhooks", {**right, **wrong})

        assert refused.status_code == 422, wrong
        assert field in str(list(refused.get_json()["errors"]))
    assert hooks.get("/webhooks").get_json()["items"] == []


def test_a_webhook_for_a_newsletter_that_does_not_exist_is_not_made(hooks: Hooks, receiver: Receiver) -> None:
    assert hooks.ask_for(receiver.url, newsletter="nyhedsbrevet").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"after": "x"},
        {"after": "0-0", "dead": True},
        {"until": "1-1"},
        {"dead": False},
        {"dead": "yes"},
        {"delivery": "../../etc"},
        {"delivery": None},
        {"after": "0-0", "until": "-"},
        {"after": "0-0", "until": ""},
        {"after": "5-5", "until": "0-0"},
        {"everything": True},
        [],
    ],
)
def test_a_replay_names_one_thing_to_send_again(hooks: Hooks, receiver: Receiver, body: Any) -> None:
    webhook = hooks.add(receiver)

    assert hooks.post(f"/webhooks/{webhook['id']}/replay", body).status_code in (400, 422)


def test_deliveries_are_replayed_one_by_one_and_none_that_is_another_webhooks(
    hooks: Hooks, receiver: Receiver, people: People
) -> None:
    webhook, other = hooks.add(receiver), hooks.add(receiver, kinds=["erased"])
    people.subscribe(ADA)
    hooks.push()
    [delivery] = hooks.deliveries(webhook)

    replayed = hooks.post(f"/webhooks/{webhook['id']}/replay", {"delivery": delivery["id"]})
    hooks.push()

    assert (replayed.status_code, replayed.get_json()) == (202, {"queued": 1})
    assert [request.id for request in receiver.requests] == [delivery["id"]] * 2
    assert hooks.post(f"/webhooks/{other['id']}/replay", {"delivery": delivery["id"]}).status_code == 404


def test_the_list_of_deliveries_is_paged_newest_first(hooks: Hooks, receiver: Receiver, people: People) -> None:
    webhook = hooks.add(receiver)
    for name in ("ada", "grace", "katherine"):
        people.subscribe(f"{name}@example.org")
        hooks.push()

    first = hooks.get(f"/webhooks/{webhook['id']}/deliveries?limit=2&state=delivered&cursor=")
    second = hooks.get(f"/webhooks/{webhook['id']}/deliveries?limit=2&cursor={first.get_json()['next']}")

    told = [*first.get_json()["items"], *second.get_json()["items"]]
    assert [delivery["id"] for delivery in told] == [request.id for request in reversed(receiver.requests)]
    assert first.headers["Link"].endswith('>; rel="next"')
    assert second.get_json()["next"] is None
    assert hooks.deliveries(webhook, "?state=dead") == []
    assert hooks.get(f"/webhooks/{webhook['id']}/deliveries?state=lost").status_code == 422
    assert hooks.get(f"/webhooks/{webhook['id']}/deliveries?cursor=%27").status_code == 422


def test_what_a_receiver_says_is_shown_to_nobody(
    hooks: Hooks, receiver: Receiver, people: People, contents: Any
) -> None:
    """D4.5"""
    webhook = hooks.add(receiver)
    receiver.rule = lambda _: Reply(500, {"X-Inside": "a secret"}, b"a secret of the inner network")
    people.subscribe(ADA)
    hooks.push()

    assert "a secret" not in hooks.get(f"/webhooks/{webhook['id']}/deliveries").text
    assert "a secret" not in str(contents())


def test_reading_about_webhooks_changes_nothing(
    hooks: Hooks, receiver: Receiver, people: People, contents: Any
) -> None:
    webhook = hooks.add(receiver)
    people.subscribe(ADA)
    hooks.push()
    before: Contents = contents()

    for path in ("/webhooks", f"/webhooks/{webhook['id']}", f"/webhooks/{webhook['id']}/deliveries"):
        assert hooks.get(path).status_code == 200

    assert contents() == before


# Who may


def test_a_key_without_the_scope_keeps_no_webhooks(hooks: Hooks, receiver: Receiver, client: FlaskClient) -> None:
    webhook = hooks.add(receiver)
    others = Hooks(hooks.app, client, tuple(scope for scope in Scope if scope is not Scope.WEBHOOKS_WRITE))

    assert others.ask_for(receiver.url).status_code == 403
    for path in ("/webhooks", f"/webhooks/{webhook['id']}", f"/webhooks/{webhook['id']}/deliveries"):
        assert others.get(path).status_code == 403
    assert others.delete(f"/webhooks/{webhook['id']}").status_code == 403
    assert client.get("/api/v1/webhooks").status_code == 401


def test_a_key_sees_and_changes_the_webhooks_of_its_own_newsletters(
    hooks: Hooks, receiver: Receiver, client: FlaskClient
) -> None:
    webhook = hooks.add(receiver)
    others = Hooks(hooks.app, client, newsletters=("webshop",))
    path = f"/webhooks/{webhook['id']}"

    assert others.get("/webhooks").get_json()["items"] == []
    assert others.ask_for(receiver.url).status_code == 403
    assert others.ask_for(receiver.url, newsletter="webshop").status_code == 201
    answers = [others.get(path), others.patch(path, {"payload": "thin"}), others.delete(path)]
    answers += [others.get(f"{path}/deliveries"), others.post(f"{path}/test"), others.post(f"{path}/rotate", {})]
    answers += [others.post(f"{path}/replay", {"after": "0-0"})]
    assert {answer.status_code for answer in answers} == {404}
    assert hooks.get(path).get_json()["payload"] == "full"


# Figures


def test_the_figures_tell_how_webhooks_fare(hooks: Hooks, receiver: Receiver, people: People) -> None:
    """E15"""
    webhook = hooks.add(receiver)
    people.subscribe(ADA)
    receiver.answer(500)
    hooks.push()
    with later(minutes=20):
        late = people.client.get("/metrics").text
        receiver.answer(204)
        people.leave(ADA)
        hooks.push()
        told = people.client.get("/metrics").text

    label = f'webhook="{webhook["id"]}"'
    assert float(late.split(f"newsletter_webhook_lag_seconds{{{label}}} ")[1].split()[0]) >= 1200
    assert f'newsletter_webhook_deliveries_total{{result="delivered",{label}}} 2.0' in told
    assert f'newsletter_webhook_deliveries_total{{result="failed",{label}}} 1.0' in told
    assert f"newsletter_webhook_lag_seconds{{{label}}} 0.0" in told
    assert 'newsletter_withdrawal_propagation_seconds_bucket{le="60.0"} 1.0' in told
    assert "newsletter_withdrawal_propagation_seconds_count 1.0" in told
    assert "newsletter_webhooks_gone 0.0" in told
