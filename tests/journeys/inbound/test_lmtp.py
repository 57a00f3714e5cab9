"""`flask inbound` behind a mail server, over real LMTP, with real deaths."""

import re
import signal
import smtplib
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask

from tests.conftest import ROOT
from tests.journeys.inbound.returning import environment, on_sqlite
from tests.kept import contact
from tests.people import People
from tests.returned import COMPLAINTS, UNSUBSCRIBE, arf, dsn, note, of_contact, status
from tests.servers import HOST, PATIENCE, Process, Relay, free_port, run_process

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@dataclass
class Door:
    """Where the mail server hands mail over."""

    port: int
    process: Process

    def hand(self, raw: bytes, *recipients: str, sender: str = "<>") -> list[tuple[int, bytes]]:
        """What is said to each recipient who was not refused before; the refusals before it."""
        with smtplib.LMTP(HOST, self.port, timeout=PATIENCE) as server:
            server.ehlo_or_helo_if_needed()
            server.send(f"MAIL FROM:{sender}\r\n".encode())
            assert server.getreply()[0] == 250
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
    people.subscribe(*(f"{name}@example.org" for name in ("ada", "grace", "barbara", "edsger")), tracking=True)

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


@on_sqlite
def test_who_writes_from_an_address_in_other_letters_leaves_by_mail(
    people: People, database_url: str, relay: Relay
) -> None:
    """RFC 6531: a mail server hands such mails over only where that is offered, and else sends them back."""
    people.subscribe("ada@example.org")
    mail = note(contact("ada@example.org").unsubscribe_token).replace(b"somebody@", "søren@".encode())

    with lmtp(database_url, relay) as door:
        assert codes(door.hand(mail, UNSUBSCRIBE, sender="<søren@rødgrød.example> SMTPUTF8")) == [250]

    assert status("ada@example.org") == "unsubscribed"


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
        assert door.process.popen.wait(PATIENCE) == 0


def test_without_an_address_there_is_nothing_to_wait_for(make_app: Callable[..., Flask]) -> None:
    assert make_app(inbound_address=None).test_cli_runner().invoke(args=["inbound"]).exit_code == 1


def test_without_a_mailbox_there_is_none_to_read(service: Flask) -> None:
    assert service.test_cli_runner().invoke(args=["inbound", "--imap"]).exit_code == 1
