"""The keeper of webhooks makes, changes and removes them, and sees and repeats what was sent (PRODUCT 4.10, 5.2)."""

from base64 import b64decode
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Contents
from tests.journeys.webhooks.receiving import ADA
from tests.people import People
from tests.receivers import Hooks, Receiver, Reply
from tests.servers import HOST


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

    changed = hooks.patch(path, {"kinds": ["unsubscribed"] * 2, "payload": "thin"}).get_json()
    listed = hooks.get("/webhooks").get_json()
    assert (changed["kinds"], changed["payload"]) == (["unsubscribed"], "thin")
    assert listed == {"items": [changed], "next": None}
    people.subscribe(ADA)
    people.leave(ADA)
    hooks.push()
    assert receiver.types() == ["contact.unsubscribed"]
    removed = hooks.delete(path)
    assert (removed.status_code, removed.headers.get("Content-Type")) == (204, None)
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


def test_a_target_that_is_not_permitted_is_refused(hooks: Hooks, receiver: Receiver) -> None:
    """D4.5"""
    webhook = hooks.add(receiver)
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
        for refused in (hooks.ask_for(url), hooks.patch(f"/webhooks/{webhook['id']}", {"url": url})):
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


def test_a_wrong_change_is_refused_and_the_webhook_stays_as_it_is(hooks: Hooks, receiver: Receiver) -> None:
    path = f"/webhooks/{hooks.add(receiver)['id']}"
    before = hooks.get(path).get_json()
    wrongs = [
        {"state": "gone"},
        {"kinds": []},
        {"kinds": ["unheard of"]},
        {"payload": "fat"},
        {"newsletter": "webshop"},
    ]

    for wrong in [*wrongs, {"format": "xml"}]:
        assert hooks.patch(path, wrong).status_code == 422, wrong
    for hours in (-1, 721, 1.5, "1", True, None):
        assert hooks.post(f"{path}/rotate", {"overlap_hours": hours}).status_code == 422, hours

    assert hooks.get(path).get_json() == before


def test_a_webhook_for_a_newsletter_that_does_not_exist_is_not_made(hooks: Hooks, receiver: Receiver) -> None:
    assert hooks.ask_for(receiver.url, newsletter="nyhedsbrevet").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"after": "x"},
        {"after": "0-0", "dead": True},
        {"until": "1-1"},
        {"dead": True, "until": "1-1"},
        {"dead": False},
        {"dead": 1},
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
    assert hooks.deliveries(other) == []

    replayed = hooks.post(f"/webhooks/{webhook['id']}/replay", {"delivery": delivery["id"]})
    hooks.push()

    assert (replayed.status_code, replayed.get_json()) == (202, {"queued": 1})
    assert [request.id for request in receiver.requests] == [delivery["id"]] * 2
    assert hooks.post(f"/webhooks/{webhook['id']}/replay", {"dead": True}).get_json() == {"queued": 0}
    assert hooks.post(f"/webhooks/{other['id']}/replay", {"delivery": delivery["id"]}).status_code == 404


def test_the_list_of_deliveries_is_paged_newest_first(hooks: Hooks, receiver: Receiver, people: People) -> None:
    webhook = hooks.add(receiver)
    for name in ("ada", "grace", "katherine"):
        people.subscribe(f"{name}@example.org")
        hooks.push()

    first = hooks.get(f"/webhooks/{webhook['id']}/deliveries?limit=2&state=delivered&cursor=")
    link = first.headers["Link"].removeprefix("<http://localhost/api/v1")
    second = hooks.get(link.removesuffix('>; rel="next"'))

    told = [*first.get_json()["items"], *second.get_json()["items"]]
    assert [delivery["id"] for delivery in told] == [request.id for request in reversed(receiver.requests)]
    assert second.get_json()["next"] is None
    assert hooks.deliveries(webhook, "?state=dead") == []
    for wrong in ("state=lost", "cursor=%27", "cursor=zzz", "cursor=0", "limit=0", "limit=1001"):
        assert hooks.get(f"/webhooks/{webhook['id']}/deliveries?{wrong}").status_code == 422


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
