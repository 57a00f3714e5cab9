"""Who may keep webhooks, what is on record of it, and the figures that tell how they fare (PRODUCT 5.2; D4.3, E15)."""

from urllib.parse import parse_qs

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter.access import Read, Scope
from newsletter.db import db
from tests.journeys.webhooks.receiving import ADA
from tests.people import People, later
from tests.receivers import Hooks, Receiver


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


def test_one_newsletter_has_so_many_webhooks_and_keeps_none_of_another_from_being_made(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.feed.webhooks.management.MOST", 3)
    made = [hooks.add(receiver) for _ in range(3)]

    refused = hooks.ask_for(receiver.url)

    assert refused.status_code == 422
    assert refused.get_json()["errors"] == {"newsletter": ["It has 3 webhooks already. Remove one first."]}
    assert hooks.ask_for(receiver.url, newsletter="webshop").status_code == 201
    hooks.delete(f"/webhooks/{made[0]['id']}")
    assert hooks.ask_for(receiver.url).status_code == 201


def test_where_a_key_let_the_list_go_is_on_record_when_the_webhook_and_its_deliveries_are_gone(
    hooks: Hooks, receiver: Receiver, people: People
) -> None:
    people.subscribe(ADA)
    people.subscribe("grace@example.org")
    webhook = hooks.add(receiver)
    path = f"/webhooks/{webhook['id']}"
    hooks.post(f"{path}/replay", {"after": "0-0"})
    hooks.push()
    hooks.patch(path, {"url": receiver.url.replace("127.0.0.1", "localhost")})

    hooks.delete(path)

    found = [(read.rows, parse_qs(read.what.partition("?")[2])) for read in db.session.scalars(select(Read))]
    [place, other] = [receiver.url.rpartition("/")[0].replace("127.0.0.1", host) for host in ("127.0.0.1", "localhost")]
    assert [(rows, *said["act"], *said["to"]) for rows, said in found] == [
        (0, "made", place),
        (0, "told again", place),
        (2, "altered", place),
        (2, "removed", other),
    ]
    assert {one for _, said in found for one in said["webhook"]} == {webhook["id"]}


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
        hooks.post(f"/webhooks/{webhook['id']}/replay", {"after": "0-0"})
        receiver.answer(500)
        hooks.push()
        again = people.client.get("/metrics").text
        receiver.answer(204)
        with later(minutes=1):
            hooks.push()
            twice = people.client.get("/metrics").text

    label = f'webhook="{webhook["id"]}"'
    assert float(late.split(f"newsletter_webhook_lag_seconds{{{label}}} ")[1].split()[0]) >= 1200
    assert f'newsletter_webhook_deliveries_total{{result="delivered",{label}}} 2.0' in told
    assert f'newsletter_webhook_deliveries_total{{result="failed",{label}}} 1.0' in told
    assert f"newsletter_webhook_lag_seconds{{{label}}} 0.0" in told
    assert f"newsletter_webhook_lag_seconds{{{label}}} 0.0" in again, "it knows already what it is told again"
    assert 'newsletter_withdrawal_propagation_seconds_bucket{le="60.0"} 1.0' in told
    assert "newsletter_withdrawal_propagation_seconds_count 1.0" in told
    assert f'newsletter_webhook_deliveries_total{{result="delivered",{label}}} 4.0' in twice
    assert "newsletter_withdrawal_propagation_seconds_count 1.0" in twice, "it had left long before"
    assert "newsletter_webhooks_gone 0.0" in told
