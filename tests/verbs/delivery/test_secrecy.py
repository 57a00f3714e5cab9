"""No letter leaves in clear, or for a relay that nobody vouches for (PRODUCT 4.3, D4.9)."""

import socketserver
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.people import Inbox, People
from tests.servers import HOST, Relay
from tests.verbs.delivery.sending import ADA, LOGIN, is_paused, on_one_database, work


@on_one_database
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_letter_travels_encrypted_where_the_certificate_is_trusted(
    people: People, through: Callable[[str], Inbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    people.ask_each(ADA)

    with Relay(tls=tls, login=LOGIN) as relay:
        monkeypatch.setenv("SSL_CERT_FILE", str(relay.trust(tmp_path)))
        work(through(relay.url))

        [letter] = relay.letters
    assert (letter.recipients, letter.secure, letter.user) == ((ADA,), True, "newsletter")


@on_one_database
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_no_letter_and_no_password_leave_for_a_relay_whose_certificate_nobody_vouches_for(
    people: People, through: Callable[[str], Inbox], tls: str
) -> None:
    """B1.8, D4.9"""
    people.ask_each(ADA)

    with Relay(tls=tls, login=LOGIN) as relay:
        work(through(relay.url))

        assert is_paused()
        assert not [heard for heard in relay.heard if heard.startswith(("AUTH", "MAIL"))]
        assert relay.letters == []


@on_one_database
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_no_letter_leaves_for_a_relay_that_shows_anothers_certificate(
    people: People, through: Callable[[str], Inbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    people.ask_each(ADA)

    with Relay(tls=tls, name="mail.example.com") as relay:
        monkeypatch.setenv("SSL_CERT_FILE", str(relay.trust(tmp_path)))
        work(through(relay.url))

        assert is_paused()
        assert relay.letters == []


@on_one_database
def test_no_letter_leaves_in_clear_for_a_relay_that_offers_no_encryption(
    people: People, through: Callable[[str], Inbox]
) -> None:
    """B1.8: unless the setting says so, it has to."""
    people.ask_each(ADA)

    with Relay() as relay:
        work(through(f"smtp://{HOST}:{relay.port}/"))

        assert is_paused()
        assert not [heard for heard in relay.heard if heard.startswith("MAIL")]


@on_one_database
def test_no_letter_leaves_in_clear_for_a_relay_that_speaks_only_the_old_language(
    people: People, through: Callable[[str], Inbox]
) -> None:
    people.ask_each(ADA)

    with Relay() as relay:
        relay.answer("EHLO", "502 5.5.1 What?")
        work(through(f"smtp://{HOST}:{relay.port}/?tls=starttls"))

        assert is_paused()
        assert not [heard for heard in relay.heard if heard.startswith("MAIL")]


class RefusesStarttls(socketserver.StreamRequestHandler):
    """Offers encryption, and then will not have it."""

    heard: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 relay.test\r\n")
        for line in self.rfile:
            self.heard.append(line[:4].upper())
            greeted = line[:4].upper() == b"EHLO"
            self.wfile.write(b"250-relay.test\r\n250 STARTTLS\r\n" if greeted else b"502 5.5.1 Not today\r\n")


@on_one_database
def test_no_letter_leaves_in_clear_for_a_relay_that_takes_its_encryption_back(
    people: People, through: Callable[[str], Inbox]
) -> None:
    people.ask_each(ADA)
    handler = type("Handler", (RefusesStarttls,), {"heard": []})

    with socketserver.ThreadingTCPServer((HOST, 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        work(through(f"smtp://{HOST}:{server.server_address[1]}/?tls=starttls"))
        server.shutdown()

    assert is_paused()
    assert handler.heard[:2] == [b"EHLO", b"STAR"]
    assert b"MAIL" not in handler.heard
