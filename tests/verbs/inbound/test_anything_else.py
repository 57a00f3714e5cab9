"""Whatever else arrives: ignored, survived, or set aside for a while."""

from base64 import encodebytes
from collections.abc import Callable
from time import process_time

import pytest
import time_machine
from flask import Flask

from newsletter import clock, mailboxes, privacy
from newsletter.feedback import Fate, receive
from newsletter.mailboxes.aside import LONGEST, MOST
from tests.conftest import Contents
from tests.people import People, later
from tests.returned import COMPLAINTS, UNSUBSCRIBE, dsn, note, of_contact, status
from tests.verbs.inbound.coming_back import aside, token


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


def test_what_somebody_wrote_to_an_address_of_reports_is_kept_for_staff(
    people: People, contents: Callable[[], Contents]
) -> None:
    people.subscribe("ada@example.org")

    for number, recipient in enumerate((of_contact(), COMPLAINTS, UNSUBSCRIBE, "postmaster@else.example"), 1):
        assert receive(note(f"Please call me, {number}"), recipient) is Fate.ASIDE
        assert aside(contents) == number


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


PARAMETERS = b'Content-Type: multipart/mixed; boundary="' + b";" * 250_000 + b'"\r\n\r\nx'

WITHIN = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"

HIDDEN = b"""Content-Type: multipart/report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse

--b
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: base64

"""


@pytest.mark.parametrize(
    "raw",
    [
        PARAMETERS,
        PARAMETERS.replace(b";" * 100, b";" * 100 + b"\r\n "),
        HIDDEN + encodebytes(PARAMETERS),
        b"Subject: " + b"=?a?q?x" * 20_000 + b"\r\n\r\nx",
        b"Subject: x\r\n\r\n" + b"a" * 400_000,
        b"Content-Type: message/delivery-status\r\n\r\n" + b"\n" * 500_000,
        HIDDEN + encodebytes(b"Content-Type: message/delivery-status\r\n\r\n" + b"\n" * 350_000),
        b"".join(WITHIN % (n, n) for n in range(99)) + b"x\n" * 250_000,
    ],
)
def test_no_mail_of_a_strangers_keeps_its_reader_busy(service: Flask, raw: bytes) -> None:
    """B4.6"""
    began = process_time()

    assert receive(raw, UNSUBSCRIBE) is Fate.ASIDE

    assert process_time() - began < 4


def test_nor_does_one_that_names_the_same_person_again_and_again(people: People) -> None:
    """B4.6"""
    people.subscribe("ada@example.org")
    original = b"List-Unsubscribe: <" + token().encode() + b">\r\n"
    raw = HIDDEN.replace(b"Content-Transfer-Encoding: base64\n", b"") + original * 5_000
    began = process_time()

    assert receive(raw, COMPLAINTS) is Fate.HANDLED

    assert process_time() - began < 4
    assert status() == "unsubscribed"


def test_a_report_of_any_size_is_read_at_its_beginning(people: People) -> None:
    people.subscribe("ada@example.org")

    assert receive(dsn() + b"x" * 3_000_000, of_contact()) is Fate.HANDLED

    assert status() == "suspended"


def test_what_stands_behind_half_a_mebibyte_or_a_hundred_parts_is_not_read(people: People) -> None:
    """B4.6"""
    people.subscribe("ada@example.org")
    report = dsn()
    part = b"--" + report.partition(b'boundary="')[2].partition(b'"')[0]

    assert receive(report.replace(b"has to say.", b"has to say " + b"more. " * 90_000, 1), of_contact()) is Fate.IGNORED
    assert receive(report.replace(part, (part + b"\n\n\n") * 100 + part, 1), of_contact()) is Fate.ASIDE
    assert status() == "subscribed"
    assert receive(report, of_contact()) is Fate.HANDLED


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


def test_addresses_in_what_was_set_aside_are_found_in_no_time() -> None:
    """Whoever is erased is looked for in each."""
    began = process_time()

    found = mailboxes.addresses_in(b"a" * LONGEST + b" <Ada@Example.org>, grace@example.org.")

    assert found == {"ada@example.org", "grace@example.org"}
    assert process_time() - began < 1


def test_what_was_set_aside_is_readable_and_cannot_steer_the_terminal(service: Flask) -> None:
    mailboxes.set_aside(b"Received: by mx\n\tid 1;\n\n\x1b[2Jmail", "a test")
    run = service.test_cli_runner().invoke
    mail_id = run(args=["inbound", "--aside"]).stdout.split()[0]

    assert run(args=["inbound", "--show", mail_id]).stdout == "Received: by mx\n        id 1;\n\n\ufffd[2Jmail\n"


@pytest.mark.parametrize("mail_id", ["", "nothing"])
def test_to_show_a_mail_that_there_is_not_takes_none_instead(service: Flask, mail_id: str) -> None:
    """Nor where a script's variable was empty: it would wait for mail for ever."""
    told = service.test_cli_runner().invoke(args=["inbound", "--show", mail_id])

    assert (told.exit_code, told.output) == (1, "There is no such mail.\n")
