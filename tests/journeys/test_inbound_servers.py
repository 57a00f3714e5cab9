"""`flask inbound` as it runs in production: real LMTP, a real IMAP server, and real deaths."""

import imaplib
import os
import re
import signal
import smtplib
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import ClassVar

import pytest
import trustme
from flask import Flask

from newsletter import feedback, letterbox, mail_settings, mailboxes
from newsletter.config import Settings
from newsletter.db import reader
from newsletter.subscriptions import Subscription
from tests.conftest import EXAMPLE, ROOT, SECRET
from tests.people import People
from tests.returned import PATTERN, arf, dsn, note
from tests.servers import HOST, Process, Relay, free_port, run_process, wait_until

UNSUBSCRIBE, COMPLAINTS = "unsubscribe@back.example.org", "complaints@back.example.org"
PYMAP = Path(sys.executable).with_name("pymap")

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, inbound_address=PATTERN)


def environment(database_url: str, relay: Relay, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "NEWSLETTER_DATABASE_URL": database_url,
        "NEWSLETTER_SECRET_KEYS": SECRET.secret,
        "NEWSLETTER_PUBLIC_URL": "http://localhost",
        "NEWSLETTER_CATALOG": str(EXAMPLE),
        "NEWSLETTER_SMTP_URL": relay.url,
        "NEWSLETTER_INBOUND_ADDRESS": PATTERN,
        **more,
    }


def contact(address: str) -> Subscription:
    with reader() as session:
        return next(found for found in session.query(Subscription) if found.subscriber.address == address)


def status(address: str) -> str:
    return contact(address).status


def of_contact(address: str) -> str:
    return mailboxes.sender(mailboxes.Kind.CONTACT, contact(address).id) or ""


# LMTP


@dataclass
class Door:
    """Where the mail server hands mail over."""

    port: int
    process: Process

    def hand(self, raw: bytes, *recipients: str) -> list[tuple[int, bytes]]:
        """What is said to each recipient who was not refused before; the refusals before it."""
        with smtplib.LMTP(HOST, self.port, timeout=20) as server:
            server.ehlo_or_helo_if_needed()
            server.docmd("MAIL", "FROM:<>")
            said = [server.docmd("RCPT", f"TO:<{recipient}>") for recipient in recipients]
            taken = [answer for answer in said if answer[0] == 250]
            refused = [answer for answer in said if answer[0] != 250]
            if not taken:
                return refused
            server.putcmd("DATA")
            assert server.getreply()[0] == 354
            server.send(re.sub(rb"\r?\n", b"\r\n", raw).replace(b"\n.", b"\n..") + b"\r\n.\r\n")
            return [*refused, *(server.getreply() for _ in taken)]


@contextmanager
def lmtp(database_url: str, relay: Relay) -> Iterator[Door]:
    port = free_port()
    settings = environment(database_url, relay, NEWSLETTER_INBOUND_LMTP=f"{HOST}:{port}")
    with run_process([sys.executable, "-m", "flask", "inbound"], settings, port=port, cwd=ROOT) as process:
        yield Door(port, process)


def test_what_the_mail_server_hands_over_has_its_effect_before_it_is_answered(
    people: People, database_url: str, relay: Relay
) -> None:
    """B4, B2.8: one answer for each recipient."""
    for name in ("ada", "grace", "barbara", "edsger"):
        people.subscribe(f"{name}@example.org", tracking=True)

    with lmtp(database_url, relay) as door:
        assert codes(door.hand(dsn(), of_contact("ada@example.org"))) == [250]
        assert status("ada@example.org") == "suspended"
        complaint = arf(leave=f"<http://localhost/unsubscribe/{contact('grace@example.org').unsubscribe_token}>")
        assert codes(door.hand(complaint, COMPLAINTS, "stranger@back.example.org", UNSUBSCRIBE)) == [550, 250, 250]
        assert status("grace@example.org") == "unsubscribed"
        assert codes(door.hand(note(contact("barbara@example.org").unsubscribe_token), UNSUBSCRIBE)) == [250]
        assert status("barbara@example.org") == "unsubscribed"
        assert codes(door.hand(dsn(), of_contact("edsger@example.org")[:-20] + "@back.example.org")) == [550]
        assert codes(door.hand(b"x" * 3_000_000, UNSUBSCRIBE, COMPLAINTS)) == [500, 500]
        assert codes(door.hand(b"xxxxxxx\r\n" * 300_000, UNSUBSCRIBE, COMPLAINTS)) == [552, 552]
        assert codes(door.hand(b"\xff\x00 nothing of this is a mail", UNSUBSCRIBE)) == [250]
        assert "@example.org" not in door.process.output()

    assert status("edsger@example.org") == "subscribed"


def codes(answers: list[tuple[int, bytes]]) -> list[int]:
    return [code for code, _ in answers]


@on_postgresql
def test_mail_that_comes_while_the_database_is_away_has_to_come_again(
    people: People, database_url: str, relay: Relay, server: object
) -> None:
    people.subscribe("ada@example.org")
    bounce, recipient = dsn(), of_contact("ada@example.org")

    with lmtp("postgresql://nobody@127.0.0.1:1/nowhere", relay) as door:
        assert codes(door.hand(bounce, recipient)) == [451]

    with lmtp(database_url, relay) as door:
        assert codes(door.hand(bounce, recipient)) == [250]
    assert status("ada@example.org") == "suspended"


@on_sqlite
def test_it_ends_when_it_is_told_to_and_survives_clients_that_do_not_know_how(
    people: People, database_url: str, relay: Relay
) -> None:
    people.subscribe("ada@example.org")
    with lmtp(database_url, relay) as door:
        for rubbish in (b"", b"\xff" * 10_000, b"LHLO\r\nDATA\r\n", b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<\r\nQUIT\r\n"):
            with socket.create_connection((HOST, door.port)) as raw:
                raw.sendall(rubbish)
        assert codes(door.hand(dsn(), of_contact("ada@example.org"))) == [250]

        door.process.popen.send_signal(signal.SIGTERM)
        assert door.process.popen.wait(10) == 0


def test_without_an_address_there_is_nothing_to_wait_for(make_app: Callable[..., Flask]) -> None:
    assert make_app(inbound_address=None).test_cli_runner().invoke(args=["inbound"]).exit_code == 1


def test_without_a_mailbox_there_is_none_to_read(service: Flask) -> None:
    assert service.test_cli_runner().invoke(args=["inbound", "--imap"]).exit_code == 1


# IMAP


@dataclass
class Mailbox:
    """A mailbox on a real IMAP server, as a person would look into it."""

    port: int
    context: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"imap://ada%40home:pass%20word@localhost:{self.port}/INBOX?tls=starttls&handled=Done%20with"

    def deliver(self, raw: bytes) -> None:
        with self.opened() as server:
            assert server.append("INBOX", "", "", raw)[0] == "OK"

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
    mailbox.deliver(b"Delivered-To: " + of_contact("ada@example.org").encode() + b"\r\n" + dsn())
    mailbox.deliver(note(contact("grace@example.org").unsubscribe_token, To=f"Leave <{UNSUBSCRIBE}>"))
    mailbox.deliver(relay.letters[-1].raw)
    mailbox.deliver(b"\xff\x00 not a mail")

    code, said = look(mailbox, database_url, relay, tmp_path / "authority.pem")

    assert code == 0, said
    assert [status(f"{name}@example.org") for name in ("ada", "grace", "barbara")] == [
        "suspended",
        "unsubscribed",
        "subscribed",
    ]
    assert (mailbox.count("INBOX"), mailbox.count("Done with")) == (0, 4)
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
    """A server that will not give more mails than one round deals with; the one that matters lies behind them."""

    REFUSED = 150
    mail = b""
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
                return b"* %d EXISTS\r\n" % (self.REFUSED + 1), b"OK"
            case b"UID", [b"SEARCH", *_]:
                return b"* SEARCH " + b" ".join(b"%d" % n for n in range(1, self.REFUSED + 2)) + b"\r\n", b"OK"
            case b"UID", [b"FETCH", uid, *_] if int(uid) <= self.REFUSED:
                return b"", b"NO"
            case b"UID", [b"FETCH", uid, *_]:
                return b"* %b FETCH (BODY[] {%d}\r\n%b)\r\n" % (uid, len(self.mail), self.mail), b"OK"
            case b"UID", [b"MOVE", uid, *_]:
                self.moved.append(uid)
        return b"", b"OK"


@on_sqlite
def test_mails_that_the_mailbox_will_not_give_are_not_in_the_way_of_those_behind_them(people: People) -> None:
    people.subscribe("ada@example.org")
    Stubborn.mail = note(contact("ada@example.org").unsubscribe_token, To=f"Leave <{UNSUBSCRIBE}>")
    with ThreadingTCPServer((HOST, 0), Stubborn) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        mailbox = mail_settings.imap(f"imap://ada:word@{HOST}:{server.server_address[1]}/INBOX?tls=none")
        assert mailbox

        taken = letterbox.Collector(mailbox).collect()
        server.shutdown()

    assert taken == 1
    assert status("ada@example.org") == "unsubscribed"
    assert Stubborn.moved == [b"151"]
