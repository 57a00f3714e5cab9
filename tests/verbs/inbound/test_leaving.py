"""Leaving by mail, and the addresses that are signed for it (B2.8)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from newsletter import mailboxes
from newsletter.config import SecretKey
from newsletter.feedback import Fate, receive
from tests.conftest import SECRET, Contents
from tests.kept import contact
from tests.people import People, later
from tests.returned import UNSUBSCRIBE, note, of_contact, status
from tests.verbs.inbound.coming_back import aside, token


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


def test_what_stands_broken_beside_the_token_is_passed_over(people: People) -> None:
    """Mail programs and lists put words of their own before a subject, and not always rightly."""
    people.subscribe("ada@example.org")

    broken = note(token()).replace(b"Subject:", b"Subject: =?utf-8?b?A?=")

    assert receive(broken, UNSUBSCRIBE) is Fate.HANDLED

    assert status() == "unsubscribed"


def test_leaving_twice_by_mail_is_leaving_once(people: People, contents: Callable[[], Contents]) -> None:
    people.subscribe("ada@example.org")
    receive(note(token()), UNSUBSCRIBE)
    before = contents()

    assert receive(note(token()), UNSUBSCRIBE) is Fate.HANDLED

    assert contents() == before


def test_a_mail_with_the_token_of_before_lets_somebody_leave_who_has_returned_since(people: People) -> None:
    """A6.5."""
    people.subscribe("ada@example.org")
    before = token()
    receive(note(before), UNSUBSCRIBE)
    with later(hours=1):
        people.subscribe("ada@example.org")

        assert receive(note(before), UNSUBSCRIBE) is Fate.HANDLED

        assert status() == "unsubscribed"


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


@pytest.mark.parametrize("kind", list(mailboxes.AddressKind))
def test_a_signed_address_is_read_as_what_it_was_made_for_and_nothing_else(people: People, kind: Any) -> None:
    people.subscribe("ada@example.org")
    made = mailboxes.sender(kind, contact().id) or ""
    named = mailboxes.read(made.upper())

    assert named is not None
    assert (named.kind, named.id) == (kind, contact().id)
    local, at, domain = made.partition("@")
    others = [other.value for other in mailboxes.AddressKind if other is not kind]
    for wrong in (*(other + local[1:] for other in others), local[:-1], local[:-1] + "w", "z" + local[1:], local + "0"):
        assert mailboxes.read(wrong + at + domain) is None
    assert mailboxes.read(f"{local}@elsewhere.example") is None


def test_an_address_is_ours_by_all_of_its_pattern_in_capitals_or_not(make_app: Any) -> None:
    with make_app(inbound_address="News+*@Back.example.org").app_context():
        made = mailboxes.sender(mailboxes.AddressKind.CONTACT, "0" * 24) or ""
        for ours in (made, made.lower(), made.upper(), f"<{made}>"):
            assert mailboxes.read(ours) == mailboxes.Named(kind=mailboxes.AddressKind.CONTACT, id="0" * 24)
        for foreign in (made[5:], f"shop+{made[5:]}", made.replace("Back", "Buck"), f"{made}.example"):
            assert mailboxes.read(foreign) is None


def test_an_address_outlives_its_key_for_as_long_as_the_ring_keeps_it(people: People, make_app: Any) -> None:
    """D1.5: and one that only reduces is enough."""
    people.subscribe("ada@example.org")
    made = of_contact()
    new = SecretKey(secret="another secret, for the time after this one")

    for old, is_read in (((replace(SECRET, reduces=True),), True), ((), False)):
        with make_app(secret_keys=(new, *old)).app_context():
            assert (mailboxes.read(made) is not None) is is_read
