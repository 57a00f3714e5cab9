"""Mail that was set aside goes when whoever it names is erased, however a mail program has spelt the name (A7.6)."""

from base64 import b64encode, encodebytes
from time import process_time

import pytest

from newsletter.mailboxes import addresses_in
from newsletter.mailboxes.aside import LONGEST

ADA, GRACE = "ada.lovelace@example.org", "grace@xn--bcher-kva.de"


@pytest.mark.parametrize(
    "raw",
    [
        b"To: 'Ada.Lovelace@Example.org'",
        b"Subject: =?utf-8?B?" + b64encode(b"stop ada.lovelace@example.org") + b"?=",
        b"Subject: =?utf-8?Q?stop_ada.lovelace=40example.org_now?=",
        b"Subject: stop\r\n\r\n"
        + encodebytes(b"A long text that says it in the end. " * 9 + b"<ada.lovelace@example.org>"),
        b"Subject: stop\r\n\r\n" + encodebytes("stop ada.lovelace@example.org".encode("utf-16")),
        b"Subject: stop\r\n\r\nada.love=\r\nlace=40example.org",
        b"Subject: stop\r\n\r\n<p>ada.lovelace&#64;example.org</p>",
        b"Subject: stop\r\n\r\nhttps://www.example.com/leave?email=ada.lovelace%40example.org",
        b"Subject: stop\r\n\r\nWrite no more to ada.lovelace@example.org.",
    ],
)
def test_an_address_is_found_as_mail_programs_spell_it(raw: bytes) -> None:
    assert ADA in addresses_in(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "From: grace@bücher.de".encode(),
        "From: GRACE@BÜCHER.DE".encode(),
        b"Subject: stop\r\n\r\n" + encodebytes("stop grace@bücher.de".encode()),
        b"Subject: stop\r\n\r\ngrace@b=FCcher.de",
        b"From: grace@xn--bcher-kva.de",
    ],
)
def test_a_domain_that_is_not_ascii_is_found_as_it_is_mailed(raw: bytes) -> None:
    assert GRACE in addresses_in(raw)


def test_an_underscore_may_stand_for_a_blank_or_for_itself() -> None:
    found = addresses_in(b"Subject: =?utf-8?Q?stop_ada@example.org?= To: 'ada_lovelace@example.org'")

    assert {"ada@example.org", "ada_lovelace@example.org"} <= found


def test_an_address_that_only_ends_or_begins_alike_is_another() -> None:
    assert ADA not in addresses_in(
        b"nada.lovelace@example.org, ada.lovelace@example.org.uk, x.ada.lovelace@example.org"
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"a" * LONGEST,
        b"a@",
        b"aaaa\r\n",
        b"&#64;",
        b"a%40b ",
        "a@\N{LATIN SMALL LETTER U WITH DIAERESIS}.de ".encode(),
        bytes(range(256)),
    ],
)
def test_no_mail_of_a_strangers_takes_long(raw: bytes) -> None:
    """B4.6"""
    began = process_time()

    addresses_in((raw * (LONGEST // len(raw)))[: -len("@example.org")] + b"@example.org")

    assert process_time() - began < 1
