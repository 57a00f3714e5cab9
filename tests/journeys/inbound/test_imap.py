"""`flask inbound` reading a real mailbox over IMAP."""

import imaplib
import os
import re
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme
from flask import Flask

from newsletter import feedback, letterbox, mailboxes
from newsletter.commands.inbound import TROUBLE
from tests.conftest import ROOT
from tests.journeys.inbound.returning import environment, on_sqlite
from tests.journeys.inbound.stubborn import Stubborn, collected
from tests.kept import contact
from tests.people import People
from tests.returned import UNSUBSCRIBE, dsn, note, of_contact, status
from tests.servers import Relay, free_port, run_process, wait_until

WHY = re.compile(r'"said": "([^"]+)", "event": "mailbox not read"')
PYMAP = Path(sys.executable).with_name("pymap")


@dataclass
class Mailbox:
    """A mailbox on a real IMAP server, as a person would look into it."""

    port: int
    context: ssl.SSLContext
    user: str
    password: str
    handled: str

    @property
    def url(self) -> str:
        login = f"{quote(self.user)}:{quote(self.password)}"
        return f"imap://{login}@localhost:{self.port}/INBOX?tls=starttls&handled={quote(self.handled)}"

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
        server.authenticate("PLAIN", lambda _: f"\0{self.user}\0{self.password}".encode())
        return server


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def mailbox(request: pytest.FixtureRequest, authority: trustme.CA, tmp_path: Path) -> Iterator[Mailbox]:
    names = getattr(request, "param", ("ada@home", "pass word", "Done with"))
    certificate = authority.issue_cert("localhost")
    file, context = tmp_path / "server.pem", ssl.create_default_context()
    certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    authority.configure_trust(context)
    port = free_port()
    run = [PYMAP, "--host", "localhost", "--port", str(port), "--cert", file, "--key", file]
    user = ["dict", "--demo-user", names[0], "--demo-password", names[1]]
    with run_process([*run, *user], os.environ, port=port):
        yield Mailbox(port, context, *names)


def look(mailbox: Mailbox, database_url: str, relay: Relay, trusted: Path, url: str | None = None) -> tuple[int, str]:
    settings = environment(database_url, relay, NEWSLETTER_INBOUND_IMAP=url or mailbox.url, SSL_CERT_FILE=str(trusted))
    with run_process([sys.executable, "-m", "flask", "inbound", "--imap", "--once"], settings, cwd=ROOT) as process:
        wait_until(lambda: process.popen.poll() is not None, "flask inbound --imap --once")
        return process.popen.returncode, process.output()


def test_a_mailbox_is_read_and_what_is_dealt_with_moved(
    people: People, database_url: str, relay: Relay, mailbox: Mailbox, tmp_path: Path
) -> None:
    people.subscribe("ada@example.org", "grace@example.org", "barbara@example.org")
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
    assert mailboxes.is_open()
    assert look(mailbox, database_url, relay, tmp_path / "authority.pem")[0] == 0


@on_sqlite
@pytest.mark.parametrize("mailbox", [("åda hjemme", "rødgrød med fløde", "Læst & lukket")], indirect=True)
def test_a_mailbox_may_have_every_letter_in_its_words(
    people: People, database_url: str, relay: Relay, mailbox: Mailbox, tmp_path: Path
) -> None:
    people.subscribe("ada@example.org")
    mailbox.deliver(note(contact("ada@example.org").unsubscribe_token, To=UNSUBSCRIBE))

    code, said = look(mailbox, database_url, relay, tmp_path / "authority.pem")

    assert code == 0, said
    assert status("ada@example.org") == "unsubscribed"
    assert (mailbox.count("INBOX"), mailbox.count("L&AOY-st &- lukket")) == (0, 1)


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
    assert "could not be read: [SSL: CERTIFICATE_VERIFY_FAILED]" in said
    assert "pass word" not in said
    assert mailbox.count("INBOX") == 1


@on_sqlite
def test_a_wrong_password_is_told_and_never_shown(
    service: Flask, database_url: str, relay: Relay, mailbox: Mailbox, tmp_path: Path
) -> None:
    url = mailbox.url.replace("pass%20word", "another")

    code, said = look(mailbox, database_url, relay, tmp_path / "authority.pem", url)

    assert code == 1
    assert WHY.search(said)[1] in said.splitlines()[-1]  # type: ignore[index]
    assert "another" not in said


@on_sqlite
def test_a_folder_that_is_not_there_is_told_in_the_servers_words(
    service: Flask, database_url: str, relay: Relay, mailbox: Mailbox, tmp_path: Path
) -> None:
    url = mailbox.url.replace("/INBOX?", "/Elsewhere?")

    code, said = look(mailbox, database_url, relay, tmp_path / "authority.pem", url)

    assert code == 1
    assert "could not be read: select: [NONEXISTENT]" in said


@on_sqlite
@pytest.mark.parametrize(("login", "never"), [("ada:wrong", "wrong"), ("ada:w%C3%B8rd", "AGFkYQB3w7hyZA==")])
def test_a_password_that_the_server_quotes_is_not_shown(service: Flask, login: str, never: str) -> None:
    with pytest.raises(letterbox.Trouble) as told:
        collected({}, login)

    assert "***" in str(told.value)
    assert never not in str(told.value)


@on_sqlite
@pytest.mark.parametrize("no", [b"NO", b"BAD", b"OK"])
def test_mails_that_the_mailbox_will_not_give_are_not_in_the_way_of_those_behind_them(
    people: People, no: bytes
) -> None:
    people.subscribe("ada@example.org")
    leaving = note(contact("ada@example.org").unsubscribe_token, To=f"Leave <{UNSUBSCRIBE}>")

    assert collected({151: leaving}, no=no) == (1, 0)

    assert status("ada@example.org") == "unsubscribed"
    assert Stubborn.moved == [b"151"]


@on_sqlite
@pytest.mark.parametrize("answer", [b"CAPABILITY IMAP4rev1 M\xd8VE", b"OK {99999999999999999999}"])
def test_answers_that_are_no_imap_are_trouble_like_any(
    service: Flask, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(Stubborn, "can", answer)

    with pytest.raises(TROUBLE):  # newer Pythons wait for all that was announced, as long as for any answer
        collected({})


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
