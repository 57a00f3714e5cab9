"""Mail that comes back: bounces, complaints, leaving by mail, and whatever else arrives there (B2.8, B4)."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter import access, clock, feedback, mailboxes, privacy, subscriptions
from newsletter.access import Scope
from newsletter.config import SecretKey, Settings
from newsletter.db import reader
from newsletter.feed import stats
from newsletter.feedback import Fate, receive
from newsletter.mailboxes.aside import MOST
from newsletter.subscriptions import Subscription
from tests.conftest import SECRET, Contents
from tests.people import Inbox, People, later
from tests.returned import PATTERN, arf, dsn, note
from tests.servers import Relay

API = "/api/v1/newsletters/nyhedsbrev"
UNSUBSCRIBE = "unsubscribe@back.example.org"
COMPLAINTS = "complaints@back.example.org"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, inbound_address=PATTERN)


def counted(event: str) -> int:
    """How often it happened today, as `GET .../stats` tells."""
    today = clock.now().date()
    return sum(item[event] for item in stats("nyhedsbrev", today, today))


def contact(address: str = "ada@example.org") -> Subscription:
    with reader() as session:
        found = session.scalars(
            select(Subscription)
            .join(Subscription.subscriber)
            .where(subscriptions.Subscriber.address == address)
            .order_by(Subscription.id.desc())
        ).first()
        assert found is not None
        return found


def status(address: str = "ada@example.org") -> str:
    return contact(address).status


def token(address: str = "ada@example.org") -> str:
    return contact(address).unsubscribe_token


def of_contact(address: str = "ada@example.org") -> str:
    """The envelope sender of a letter to somebody subscribed."""
    return mailboxes.sender(mailboxes.Kind.CONTACT, contact(address).id) or ""


def aside(contents: Callable[[], Contents]) -> int:
    return len(contents()["mails_aside"])


# Bounces


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


def feed(client: FlaskClient) -> list[dict[str, Any]]:
    key = access.create("the tool", [Scope.FEED_READ], [], None)
    answer = client.get(f"{API}/changes", headers={"Authorization": f"Bearer {key}"})
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def test_soft_bounces_count_for_the_day_on_which_they_were_written_however_often_they_are_read(people: People) -> None:
    people.subscribe("ada@example.org")
    mails = []
    for day in (1, 2):
        with later(days=day):
            mails.append(dsn("4.2.2"))
    with later(days=3):
        for raw in mails * 3:
            receive(raw, of_contact())
        assert status() == "subscribed"
        receive(dsn("4.4.7"), of_contact())
        assert status() == "suspended"


# Complaints


def test_a_complaint_about_the_newsletter_ends_subscription_and_tracking(people: People) -> None:
    """B4.3: the newsletter was sent by the tool, with the header that the feed gave it."""
    people.subscribe("ada@example.org", tracking=True)
    header = f"<http://localhost/unsubscribe/{token()}>"

    assert receive(arf(leave=header), COMPLAINTS) is Fate.HANDLED

    assert status() == "unsubscribed"
    assert {consent["state"] for consent in contact().consents.values()} == {"withdrawn"}


def test_a_complaint_about_a_letter_of_ours_is_known_by_its_sender(people: People, relay: Relay) -> None:
    people.subscribe("ada@example.org")
    people.ask("grace@example.org")
    people.inbox.work()
    to_grace = relay.letters[-1].sender

    assert receive(arf(sender=of_contact()), COMPLAINTS) is Fate.HANDLED
    assert receive(arf(sender=to_grace), to_grace) is Fate.HANDLED

    assert status() == "unsubscribed"
    assert people.client.get(people.inbox.link("grace@example.org")).status_code == 404
    assert (counted("expired"), counted("not_me")) == (0, 1)


def test_a_complaint_about_the_confirmation_letter_ends_what_came_of_it(people: People, relay: Relay) -> None:
    people.subscribe("ada@example.org")

    assert receive(arf(sender=relay.letters[0].sender), COMPLAINTS) is Fate.HANDLED

    assert status() == "unsubscribed"


@pytest.mark.parametrize("feedback_type", ["not-spam", "auth-failure", "dmarc", ""])
def test_a_report_that_is_no_complaint_changes_nothing(people: People, feedback_type: str) -> None:
    people.subscribe("ada@example.org")

    assert receive(arf(feedback_type, sender=of_contact()), COMPLAINTS) is Fate.IGNORED

    assert status() == "subscribed"


def test_a_complaint_about_nobody_known_is_set_aside(people: People, contents: Callable[[], Contents]) -> None:
    assert receive(arf(leave="<https://elsewhere.example/unsubscribe/x>"), COMPLAINTS) is Fate.ASIDE
    assert aside(contents) == 1


# Leaving by mail


@pytest.mark.parametrize(
    ("before", "behind", "headers"),
    [("", "", {}), ("unsubscribe ", "", {}), ("Fwd: ", " please", {}), ("", "", {"Auto_Submitted": "auto-generated"})],
)
def test_a_mail_with_the_token_in_its_subject_ends_the_subscription(
    people: People, contents: Callable[[], Contents], before: str, behind: str, headers: dict[str, str]
) -> None:
    """B2.8, A6.2: whoever it is from, for mail programs write it by themselves."""
    people.subscribe("ada@example.org")

    assert receive(note(f"{before}{token()}{behind}", **headers), UNSUBSCRIBE) is Fate.HANDLED

    assert status() == "unsubscribed"
    assert '"channel":"mail"' in contents()["evidence"][-1]


def test_leaving_twice_by_mail_is_leaving_once(people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe("ada@example.org")
    receive(note(token()), UNSUBSCRIBE)
    before = contents()

    assert receive(note(token()), UNSUBSCRIBE) is Fate.HANDLED

    assert contents() == before


def test_the_sender_of_a_mail_is_nobody(people: People, contents: Callable[[], Contents]) -> None:
    """B2.8, B4.4: anybody can write that they are Ada, and that a server found so."""
    people.subscribe("ada@example.org")
    passed = "mx.example.org; dkim=pass header.d=example.org; spf=pass; dmarc=pass"
    raw = note("unsubscribe", Authentication_Results=passed).replace(b"somebody@example.org", b"ada@example.org")

    assert receive(raw, UNSUBSCRIBE) is Fate.ASIDE

    assert status() == "subscribed"
    assert aside(contents) == 1


def test_links_that_do_more_than_leave_do_nothing_here(people: People) -> None:
    """B4.4: tokens of other purposes, forged ones, and those of another service."""
    people.subscribe("ada@example.org")
    people.ask("grace@example.org")
    confirm = people.inbox.link("grace@example.org").rpartition("/")[2]
    good = token()
    forged = good[:-1] + ("A" if good[-1] != "A" else "B")
    swapped = good[:29] + ("0" if good[29] != "0" else "1") + good[30:]

    for subject in (confirm, contact().manage_token, forged[:-1] + "!", swapped, good[:-5], "x" * 5000):
        receive(note(subject), UNSUBSCRIBE)
        assert status() == "subscribed", subject


# Addresses


@pytest.mark.parametrize("kind", list(mailboxes.Kind))
def test_a_signed_address_is_read_as_what_it_was_made_for_and_nothing_else(people: People, kind: Any) -> None:
    people.subscribe("ada@example.org")
    made = mailboxes.sender(kind, contact().id) or ""
    named = mailboxes.read(made.upper())

    assert named is not None
    assert (named.kind, named.id) == (kind, contact().id)
    local, at, domain = made.partition("@")
    others = [other.value for other in mailboxes.Kind if other is not kind]
    for wrong in (*(other + local[1:] for other in others), local[:-1], local[:-1] + "w", "z" + local[1:], local + "0"):
        assert mailboxes.read(wrong + at + domain) is None
    assert mailboxes.read(f"{local}@elsewhere.example") is None


def test_an_address_outlives_its_key_for_as_long_as_the_ring_keeps_it(people: People, make_app: Any) -> None:
    """D1.5: and one that only reduces is enough."""
    people.subscribe("ada@example.org")
    made = of_contact()
    new = SecretKey(secret="another secret, for the time after this one")

    for old, is_read in (((replace(SECRET, reduces=True),), True), ((), False)):
        with make_app(secret_keys=(new, *old)).app_context():
            assert (mailboxes.read(made) is not None) is is_read


# What else arrives


@pytest.mark.parametrize(
    "raw",
    [
        note("Away until Monday", Auto_Submitted="auto-replied"),
        note("Away until Monday", Auto_Submitted="auto-generated; owner-email=x"),
        note("Away", Precedence="bulk"),
        note("Away", X_Autoreply="yes"),
    ],
)
def test_automatic_answers_are_ignored(people: People, contents: Callable[[], Contents], raw: bytes) -> None:
    """B1.2: and no answer is sent to them."""
    people.subscribe("ada@example.org")
    people.inbox.relay.letters.clear()

    assert receive(raw, of_contact()) is Fate.IGNORED

    people.inbox.work()
    assert people.inbox.relay.letters == []
    assert status() == "subscribed"
    assert aside(contents) == 0


NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(90))
POISON = {
    "nothing": b"",
    "zeros": bytes(100_000),
    "no header": b"\r\n\r\nHello",
    "bytes": bytes(range(256)) * 100,
    "charset": b'Subject: =?no-such-charset?Q?=FF?=\r\nContent-Type: text/plain; charset="no\xff"\r\n\r\n\xff\xfe',
    "encoded": b"Subject: =?utf-8?b?////?= =?utf-8?q?=FF=FE?= =?x?y?z?=\r\n\r\n",
    "nested": NESTED,
    "too nested": NESTED * 3,
    "many parts": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n\r\n" * 50_000,
    "huge": b"Subject: x\r\n\r\n" + b"a" * 5_000_000,
    "long header": b"Subject: " + b"a" * 400_000 + b"\r\n\r\n",
    "many headers": b"".join(b"X-%d: y\r\n" % n for n in range(30_000)) + b"\r\n",
    "broken report": b"Content-Type: message/delivery-status\r\n\r\nStatus\r\nAction: failed\r\n\r\n",
    "report of nothing": b"Content-Type: message/feedback-report\r\n\r\n",
    "status of words": dsn().replace(b"5.1.1", b"five"),
    "base64 report": b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
    "date": b"Subject: x\r\nDate: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\n",
}


def test_a_mail_that_was_made_to_break_its_reader_does_nothing(
    people: People, contents: Callable[[], Contents]
) -> None:
    """B4.6"""
    people.subscribe("ada@example.org")

    for name, raw in POISON.items():
        before = aside(contents)
        for recipient in (of_contact(), UNSUBSCRIBE, COMPLAINTS, "somebody@else.example", ""):
            assert receive(raw, recipient) in (Fate.ASIDE, Fate.IGNORED), name

        assert status() == "subscribed", name
        assert aside(contents) <= before + 1, "the same mail is kept once"


def test_a_report_of_any_size_is_read_at_its_beginning(people: People) -> None:
    people.subscribe("ada@example.org")

    assert receive(dsn() + b"x" * 3_000_000, of_contact()) is Fate.HANDLED

    assert status() == "suspended"


def test_only_so_many_mails_are_set_aside_and_only_for_a_while(
    service: Flask, contents: Callable[[], Contents]
) -> None:
    with time_machine.travel(clock.now(), tick=False) as moment:
        for number in range(MOST + 3):
            mailboxes.set_aside(b"mail %d" % number, "a test")
            moment.shift(0.001)  # those of one millisecond have no order

    assert aside(contents) == MOST
    run = service.test_cli_runner().invoke
    [oldest, *_, newest] = run(args=["inbound", "--aside"]).stdout.splitlines()
    assert "mail 3" in run(args=["inbound", "--show", oldest.split()[0]]).stdout
    assert "mail 502" in run(args=["inbound", "--show", newest.split()[0]]).stdout
    assert "flask inbound --show" in str(contents()["reads"])
    with later(days=15):
        privacy.RULES["mails"]()
    assert aside(contents) == 0


def test_what_was_set_aside_cannot_steer_the_terminal(service: Flask) -> None:
    mailboxes.set_aside(b"\x1b[2Jmail", "a test")
    run = service.test_cli_runner().invoke
    mail_id = run(args=["inbound", "--aside"]).stdout.split()[0]

    assert "\x1b" not in run(args=["inbound", "--show", mail_id]).stdout


# The way back, proven


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
    with later(hours=7):
        assert feedback.send_probe() == 1
    assert all(letter.sender == letter.recipients[0] for letter in relay.letters)


def test_an_old_test_mail_proves_nothing(service: Flask, relay: Relay) -> None:
    feedback.send_probe()
    with later(hours=25):
        assert receive(*probe(relay)) is Fate.IGNORED
        with reader() as session:
            assert not mailboxes.is_open(session)


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
