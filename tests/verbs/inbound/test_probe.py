"""Leaving by mail is offered only while mail is known to arrive (B2.1)."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from newsletter import access, clock, feedback, mailboxes, outbox
from newsletter.access import Scope
from newsletter.feedback import Fate, receive
from tests.people import People, later
from tests.returned import UNSUBSCRIBE
from tests.servers import Relay
from tests.verbs.inbound.coming_back import API, token


def probe(relay: Relay) -> tuple[bytes, str]:
    letter = relay.letters[-1]
    return letter.raw, letter.recipients[0]


def headers_of_ada(client: FlaskClient) -> list[str]:
    """Her List-Unsubscribe header, wherever the feed tells it."""
    key = access.create("the tool", [Scope.FEED_READ, Scope.CONTACTS_READ], [], None)
    bearer = {"Authorization": f"Bearer {key}"}
    page = client.get(f"{API}/contacts", headers=bearer).get_json()["items"][0]
    line = json.loads(client.get(f"{API}/contacts.ndjson", headers=bearer).text)
    change = client.get(f"{API}/changes", headers=bearer).get_json()["items"][0]["contact"]
    alone = client.get(f"/api/v1/contacts/{page['id']}", headers=bearer).get_json()
    return [found["headers"]["List-Unsubscribe"] for found in (page, line, change, alone)]


def forget_what_is_known(app: Flask) -> None:
    """As if some seconds had passed."""
    app.extensions.pop("mail way", None)


def test_while_an_operator_holds_the_letters_no_test_mail_leaves_either(service: Flask, relay: Relay) -> None:
    """PRODUCT 4.3"""
    outbox.pause("moving house")

    feedback.send_probe()

    assert relay.heard == []


def test_leaving_by_mail_is_offered_while_a_test_mail_has_come_back_within_a_day(
    service: Flask, people: People, relay: Relay, make_app: Any
) -> None:
    """B2.1, B2.7: no document is written anew for it."""
    people.subscribe("ada@example.org")
    url = f"<http://localhost/unsubscribe/{token()}>"
    mailto = f"{url}, <mailto:{UNSUBSCRIBE}?subject={token()}>"
    assert set(headers_of_ada(people.client)) == {url}

    assert feedback.send_probe() == 1
    assert receive(*probe(relay)) is Fate.HANDLED
    forget_what_is_known(service)
    assert set(headers_of_ada(people.client)) == {mailto}
    https, read = map(urlsplit, re.findall(r"<([^<>\s]+)>", mailto))
    assert https.geturl() == url[1:-1]
    assert (read.scheme, unquote(read.path), parse_qs(read.query)) == ("mailto", UNSUBSCRIBE, {"subject": [token()]})
    with (plus := make_app(inbound_address="news+*@example.org")).app_context():
        told = headers_of_ada(plus.test_client())
    assert set(told) == {f"{url}, <mailto:news%2Bunsubscribe@example.org?subject={token()}>"}
    with (without := make_app(inbound_address=None)).app_context():
        assert set(headers_of_ada(without.test_client())) == {url}

    with later(hours=25):
        forget_what_is_known(service)
        assert set(headers_of_ada(people.client)) == {url}


def test_a_test_mail_is_sent_now_and_then_by_one_worker(service: Flask, relay: Relay) -> None:
    assert [feedback.send_probe() for _ in range(3)] == [1, 0, 0]
    with later(minutes=11):
        assert feedback.send_probe() == 1, "the first has not come back"
        receive(*probe(relay))
    with later(hours=5):
        assert feedback.send_probe() == 0
    elder = probe(relay)
    with later(hours=7):
        assert feedback.send_probe() == 1
        receive(*probe(relay))
        receive(*elder)  # a server behind had kept a copy
    with later(hours=25):
        assert mailboxes.is_open(), "by the newest that came back"
    assert all(letter.sender == letter.recipients[0] for letter in relay.letters)


def test_no_test_mail_leaves_where_none_may_be_written_to(relay: Relay, make_app: Any) -> None:
    """G6"""
    with make_app(only_recipients=("*@staging.example",)).app_context():
        assert feedback.send_probe() == 0

    assert relay.letters == []


def test_an_old_test_mail_proves_nothing(service: Flask, relay: Relay) -> None:
    feedback.send_probe()
    with later(hours=25):
        assert receive(*probe(relay)) is Fate.IGNORED
        assert not mailboxes.is_open()


def test_a_test_mail_proves_the_way_although_it_was_sent_by_a_clock_that_is_a_little_ahead(
    service: Flask, relay: Relay
) -> None:
    with later(seconds=30):
        feedback.send_probe()

    assert receive(*probe(relay)) is Fate.HANDLED

    assert mailboxes.is_open()


def test_a_clock_that_was_far_ahead_has_proven_nothing_and_keeps_no_test_mail_from_being_sent(
    service: Flask, relay: Relay
) -> None:
    with later(days=400):
        feedback.send_probe()
        receive(*probe(relay))
        assert mailboxes.is_open()
    assert not mailboxes.is_open()

    assert feedback.send_probe() == 1
    receive(*probe(relay))

    assert mailboxes.is_open()


def test_a_relay_that_takes_no_test_mail_keeps_no_worker_from_its_work(service: Flask, relay: Relay) -> None:
    relay.answer("RCPT", "550 5.7.1 No")

    assert feedback.send_probe() == 0

    with later(minutes=11):
        relay.be_kind()
        assert feedback.send_probe() == 1


def test_whether_mail_comes_back_is_a_figure(service: Flask, relay: Relay, client: FlaskClient) -> None:
    assert "newsletter_inbound_proven_timestamp_seconds 0.0" in client.get("/metrics").text

    feedback.send_probe()
    receive(*probe(relay))

    found = re.search(r"newsletter_inbound_proven_timestamp_seconds (\d\S+)", client.get("/metrics").text)
    assert found is not None
    assert abs(float(found[1]) - clock.now().timestamp()) < timedelta(minutes=1).total_seconds()
