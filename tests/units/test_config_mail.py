"""Where mail leaves, and where it comes back."""

import pytest

from newsletter import config
from newsletter.config import Imap, Smtp
from newsletter.config.mail import address_pattern


@pytest.mark.parametrize(
    ("raw", "host", "port", "user", "password", "tls"),
    [
        ("smtp://relay/?tls=none", "relay", 25, None, None, "none"),
        ("smtp://relay/?tls=implicit", "relay", 465, None, None, "implicit"),
        ("smtp://ada:p%40ss%3Aword@relay:2525/?tls=starttls", "relay", 2525, "ada", "p@ss:word", "starttls"),
        ("smtp://[::1]:25/?tls=none", "::1", 25, None, None, "none"),
    ],
)
def test_a_relay_is_read(raw: str, host: str, port: int, user: str | None, password: str | None, tls: str) -> None:
    assert config.smtp(raw) == Smtp(host=host, port=port, user=user, password=password, tls=tls)


@pytest.mark.parametrize(
    ("raw", "port", "tls", "folder", "handled"),
    [
        ("imap://ada:p%40ss@mail", 993, "implicit", "INBOX", "Handled"),
        ("imap://ada:p%40ss@mail/Back%20again?tls=starttls&handled=Read", 143, "starttls", "Back again", "Read"),
    ],
)
def test_a_mailbox_is_read_and_encrypted_unless_somebody_says_otherwise(
    raw: str, port: int, tls: str, folder: str, handled: str
) -> None:
    """D4.9"""
    assert config.imap(raw) == Imap(
        host="mail", port=port, user="ada", password="p@ss", tls=tls, folder=folder, handled=handled
    )


def test_before_the_star_there_is_room_for_as_much_as_a_local_part_may_hold_beside_our_word() -> None:
    """RFC 5321 4.5.3.1"""
    assert address_pattern("newsletter-d+*@example.org")
