"""`flask inbound` reading a real mailbox over IMAP."""

import imaplib
import os
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import ClassVar

import pytest
import trustme
from flask import Flask

from newsletter import config, feedback, letterbox, mailboxes
from newsletter.db import reader
from tests.conftest import ROOT
from tests.journeys.inbound.returning import UNSUBSCRIBE, contact, environment, of_contact, on_sqlite, status
from tests.people import People
from tests.returned import dsn, note
from tests.servers import HOST, Relay, free_port, run_process, wait_until

PYMAP = Path(sys.executable).with_name("pymap")


@dataclass
class Mailbox:
    """A mailbox on a real IMAP server, as a person would look into it."""

    port: int
    context: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"imap://ada%40home:pass%20word@localhost:{self.port}/INBOX?tls=starttls&handled=Done%20with"

    def deliver(self, raw: bytes, flags: str = "") -> None:
        with self.opened() as server:
            assert server.append("INBOX", flags, "", raw)[0] == "OK"

    def count(self, folder: str) -> int:
        with self.opened() as server:
            status, found = server.select(f'"{folder}"', readonly=True)
            return int(found[0] or 0) if status == "OK" else 0

    def opened(self) -> imaplib.IMAP4:
        server = imaplib.IMAP4("localhost", self.port)
        server.starttls(self.context)
        server.login("ada@home", "pass word")
        return server


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def mailbox(authority: trustme.CA, tmp_path: Path) -> Iterator[Mailbox]:
    certificate = authority.issue_cert("localhost")
    file, context = tmp_path / "server.pem", ssl.create_default_context()
    certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    authority.configure_trust(context)
    port = free_port()
    run = [PYMAP, "--host", "localhost", "--port", str(port), "--cert", file, "--key", file]
    user = ["dict", "--demo-user", "ada@home", "--demo-password", "pass word"]
    with run_process([*run, *user], os.environ, port=port):
        yield Mailbox(port, context)


def look(mailbox: Mailbox, database_url: str, relay: Relay, trusted: Path, url: str | None = None) -> tuple[int, str]:
    settings = environment(database_url, relay, NEWSLETTER_INBOUND_IMAP=url or mailbox.url, SSL_CERT_FILE=str(trusted))
    with run_process([sys.executable, "-m", "flask", "inbound", "--imap", "--once"], settings, cwd=ROOT) as process:
        wait_until(lambda: process.popen.poll() is not None, "flask inbound --imap --once")
        return process.popen.returncode, process.output()


def test_a_mailbox_is_read_and_what_is_dealt_with_moved(
    people: People, database_url: str, relay: Relay, mailbox: Mailbox, tmp_path: Path
) -> None:
    for name in ("ada", "grace", "barbara"):
        people.subscribe(f"{name}@example.org")
    feedback.send_probe()
    odd = b"To: undisclosed-recipients:;\r\nCc: a, b <c>, <\r\n"  # newer Pythons call all that is read with it invalid
    mailbox.deliver(b"Delivered-To: " + of_contact("ada@example.org").encode() + b"\r\n" + odd + dsn())
    mailbox.deliver(note(contact("grace@example.org").unsubscribe_token, To=f"Leave <{UNSUBSCRIBE}>"))
    mailbox.deliver(relay.letters[-1].raw)
    mailbox.deliver(b"\xff\x00 not a mail")
    mailbox.deliver(note(contact("barbara@example.org").unsubscribe_token, To=UNSUBSCRIBE), flags=r"(\Deleted)")

    code, said = look(mailbox, database_url, relay, tmp_path / "authority.pem")

    assert code == 0, said
    assert [status(f"{name}@example.org") for name in ("ada", "grace", "barbara")] == [
        "suspended",
        "unsubscribed",
        "subscribed",
    ]
    assert (mailbox.count("INBOX"), mailbox.count("Done with")) == (1, 4)
    with reader() as session:
        assert mailboxes.is_open(session)
    assert look(mailbox, database_url, relay, tmp_path / "authority.pem")[0] == 0


@on_sqlite
def test_a_mailbox_whose_certificate_nobody_vouches_for_is_not_read(
    service: Flask, database_url: str, relay: Relay, mailbox: Mailbox, tmp_path: Path
) -> None:
    """D4.9"""
    mailbox.deliver(note("x", To=UNSUBSCRIBE))
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))

    code, said = look(mailbox, database_url, relay, other)

    assert code == 1
    assert "pass word" not in said
    assert mailbox.count("INBOX") == 1


@on_sqlite
def test_a_wrong_password_is_told_and_never_shown(
    service: Flask, database_url: str, relay: Relay, mailbox: Mailbox, tmp_path: Path
) -> None:
    url = mailbox.url.replace("pass%20word", "another")

    code, said = look(mailbox, database_url, relay, tmp_path / "authority.pem", url)

    assert code == 1
    assert "another" not in said


class Stubborn(StreamRequestHandler):
    """A server that gives these mails, and will not give those before them; when all are moved, none is there."""

    mails: ClassVar[dict[int, bytes]] = {}
    moved: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, command, *words = line.split()
            told, status = self.answer(command, words)
            self.wfile.write(told + tag + b" " + status + b" so be it\r\n")

    def answer(self, command: bytes, words: list[bytes]) -> tuple[bytes, bytes]:
        match command, words:
            case b"CAPABILITY", _:
                return b"* CAPABILITY IMAP4rev1 MOVE\r\n", b"OK"
            case b"SELECT", _:
                return b"* %d EXISTS\r\n" % max(self.mails), b"OK"
            case b"FETCH", [window, *_] if len(self.moved) < len(self.mails):
                assert window == b"1:%d" % max(self.mails)
                return b"".join(
                    b"* %d FETCH (UID %d FLAGS ())\r\n" % (n, n) for n in range(1, max(self.mails) + 1)
                ), b"OK"
            case b"UID", [b"FETCH", uid, *_] if int(uid) not in self.mails:
                return b"", b"NO"
            case b"UID", [b"FETCH", uid, *_]:
                mail = self.mails[int(uid)]
                return b"* %b FETCH (BODY[] {%d}\r\n%b)\r\n" % (uid, len(mail), mail), b"OK"
            case b"UID", [b"MOVE", uid, *_]:
                self.moved.append(uid)
        return b"", b"OK"


def collected(mails: dict[int, bytes]) -> tuple[int, int]:
    """How many mails two rounds in a row dealt with."""
    Stubborn.mails, Stubborn.moved = mails, []
    with ThreadingTCPServer((HOST, 0), Stubborn) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        mailbox = config.imap(f"imap://ada:word@{HOST}:{server.server_address[1]}/INBOX?tls=none")
        assert mailbox
        try:
            return letterbox.Collector(mailbox).collect(), letterbox.Collector(mailbox).collect()
        finally:
            server.shutdown()


@on_sqlite
def test_mails_that_the_mailbox_will_not_give_are_not_in_the_way_of_those_behind_them(people: People) -> None:
    people.subscribe("ada@example.org")
    leaving = note(contact("ada@example.org").unsubscribe_token, To=f"Leave <{UNSUBSCRIBE}>")

    assert collected({151: leaving}) == (1, 0)

    assert status("ada@example.org") == "unsubscribed"
    assert Stubborn.moved == [b"151"]


@on_sqlite
def test_a_mailbox_with_very_many_mails_is_read(people: People) -> None:
    mails = dict.fromkeys(range(1, 150_001), note("Please stop", To=UNSUBSCRIBE))

    assert collected(mails) == (100, 100)


@on_sqlite
@pytest.mark.parametrize(
    "poison",
    [
        b"To: " + b"a:" * 5_000 + b"\r\n\r\nx",
        b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
        b"Content-Type: multipart/mixed; boundary*=a\r\n\r\n--a\r\n" * 5_000,
    ],
)
def test_a_mail_made_to_break_its_reader_is_not_in_the_way_of_those_behind_it(people: People, poison: bytes) -> None:
    """B4.6"""
    people.subscribe("ada@example.org")
    leaving = note(contact("ada@example.org").unsubscribe_token, To=f"Leave <{UNSUBSCRIBE}>")

    assert collected({1: poison, 2: leaving}) == (2, 0)

    assert status("ada@example.org") == "unsubscribed"


@on_sqlite
def test_a_mail_is_dealt_with_once_however_often_its_recipient_is_named(
    people: People, caplog: pytest.LogCaptureFixture
) -> None:
    """B4.6"""
    caplog.set_level("INFO")
    spellings = ", ".join(f"<{UNSUBSCRIBE[:at].upper()}{UNSUBSCRIBE[at:]}>" for at in range(11))

    assert collected({1: note("Please stop", To=spellings, Cc=UNSUBSCRIBE)}) == (1, 0)

    assert [record.name for record in caplog.records].count("inbound") == 1
