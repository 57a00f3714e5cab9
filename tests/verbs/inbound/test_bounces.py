"""Letters that come back: hard and soft bounces (B2.8, B4)."""

import re
import time
from collections.abc import Callable, Iterator
from email.utils import format_datetime, parseaddr
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter import access, clock, mailboxes, privacy
from newsletter.access import Scope
from newsletter.feedback import Fate, receive
from newsletter.subscriptions import Cause, Channel
from tests.conftest import Contents
from tests.kept import contact
from tests.people import Inbox, People, at
from tests.returned import dsn, note, of_contact, status
from tests.servers import Relay
from tests.verbs.inbound.coming_back import API, aside, counted


def test_a_letter_leaves_with_a_sender_that_tells_whom_its_bounce_is_about(people: People, relay: Relay) -> None:
    """B1.6"""
    people.ask("ada@example.org")
    people.inbox.work()
    [letter] = relay.letters

    assert mailboxes.read(letter.sender) is not None
    assert len(letter.sender.partition("@")[0]) <= 64
    assert letter.sender not in letter.raw.decode(), "people read the newsletter's own address"


def test_without_an_address_for_returns_letters_leave_as_ever(make_app: Any, relay: Relay, service: Flask) -> None:
    plain = make_app(inbound_address=None)
    with plain.app_context():
        people = People(plain.test_client(), Inbox(plain, relay))
        people.ask("ada@example.org")
        people.inbox.work()

    assert relay.letters[0].sender == parseaddr(relay.letters[0].message["From"])[1]


def test_a_hard_bounce_of_the_confirmation_letter_deletes_the_signup(
    people: People, relay: Relay, contents: Callable[[], Contents]
) -> None:
    """B4.1, B4.2"""
    people.ask("ada@example.org")
    link = people.inbox.link("ada@example.org")

    assert receive(dsn(), relay.letters[0].sender) is Fate.HANDLED
    assert receive(dsn(), relay.letters[0].sender) is Fate.IGNORED

    assert contents()["signups"] == contents()["letters"] == []
    assert people.client.get(link).status_code == 404
    assert (counted("expired"), counted("not_me")) == (1, 0)


@pytest.mark.parametrize(
    "raw", [dsn("4.2.2"), dsn("5.0.0", "delayed"), dsn("2.0.0", "delivered"), note("550 5.1.1 User unknown")]
)
def test_what_is_no_final_bounce_leaves_the_signup_alone(people: People, relay: Relay, raw: bytes) -> None:
    """B4.1: what counts is a report's status, and no words."""
    people.ask("ada@example.org")
    people.inbox.work()

    assert receive(raw, relay.letters[0].sender) is not Fate.HANDLED

    assert people.confirm("ada@example.org").status_code == 200


def test_a_bounce_of_a_letter_whose_link_was_pressed_is_proven_wrong(people: People, relay: Relay) -> None:
    people.subscribe("ada@example.org")

    assert receive(dsn(), relay.letters[0].sender) is Fate.IGNORED

    assert status() == "subscribed"


def test_a_hard_bounce_of_a_letter_to_a_contact_suspends(people: People) -> None:
    """B4.2: the consent record is untouched."""
    people.subscribe("ada@example.org")

    assert [receive(dsn(), of_contact()) for _ in range(2)] == [Fate.HANDLED] * 2

    assert status() == "suspended"
    assert contact().consents["newsletter"]["state"] == "granted"
    changes = [change["kind"] for change in feed(people.client)]
    assert changes == ["confirmed", "suspended"]


def test_a_bounce_of_a_letter_to_somebody_erased_since_is_kept_nowhere(
    people: People, contents: Callable[[], Contents]
) -> None:
    """It names them in clear."""
    people.subscribe("ada@example.org")
    sender = of_contact()
    privacy.erase(contact().id, Cause(Channel.STAFF))

    assert receive(dsn(), sender) is Fate.IGNORED

    assert aside(contents) == 0


def feed(client: FlaskClient) -> list[dict[str, Any]]:
    key = access.create("the tool", [Scope.FEED_READ], [], None)
    answer = client.get(f"{API}/changes", headers={"Authorization": f"Bearer {key}"})
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_fresh_link_that_comes_back_tells_of_its_contact_too(people: People, relay: Relay) -> None:
    """B1.6, B4.2"""
    people.subscribe("ada@example.org")
    people.fresh_link("ada@example.org")

    assert receive(dsn(), relay.letters[-1].sender) is Fate.HANDLED

    assert status() == "suspended"


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own time is far from UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("in_tokyo")
def test_a_bounce_whose_server_keeps_its_zone_to_itself_is_of_the_time_that_it_says(people: People) -> None:
    """RFC 5322 3.3: `-0000` is UTC. It would be from before the confirmation otherwise, and so count for nothing."""
    people.subscribe("ada@example.org")
    raw = re.sub(rb"Date: .*", f"Date: {format_datetime(clock.now().replace(tzinfo=None))}".encode(), dsn(), count=1)
    assert b" -0000\n" in raw

    receive(raw, of_contact())

    assert status() == "suspended"


@pytest.mark.parametrize("hour", [(12, 0), (23, 55)])
def test_soft_bounces_count_for_the_day_on_which_they_were_written_however_often_they_are_read(
    people: People, hour: tuple[int, int]
) -> None:
    mails = []
    with at(2027, 1, 12, *hour):
        people.subscribe("ada@example.org")
    for day in (13, 14):
        with at(2027, 1, day, *hour):
            mails.append(dsn("4.2.2"))
    with at(2027, 1, 15, *hour):
        for raw in mails * 3:
            receive(raw, of_contact())
        assert status() == "subscribed"
        receive(dsn("4.4.7"), of_contact())
        assert status() == "suspended"
