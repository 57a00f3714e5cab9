"""The confirmation letter, read as a mail program and a lawyer read it (PRODUCT 4.3; A3, B1)."""

import re
from collections.abc import Callable
from email.utils import parseaddr, parsedate_to_datetime
from quopri import decodestring
from urllib.parse import urlsplit

import pytest
from flask import Flask

from newsletter import catalog, clock
from tests.conftest import EXAMPLE
from tests.people import LINK, Inbox, People, later, text_of
from tests.servers import Letter, Relay

ADA = "ada.lovelace@example.org"
TYPED = {"first_name": "Xanthippe", "last_name": "Qwertz-Nguyen"}
GREETINGS = ("welcome", "velkommen", "willkommen", "hi ", "hej", "hallo", "dear", "kære", "liebe")
SAID = {
    "da": ("bekræft", "må sende", "må registrere og vurdere", "gælder indtil den", "slettes det, der er oplyst"),
    "de": ("bestätig", "darf mir", "darf erfassen und auswerten", "gilt bis zum", "gelöscht"),
    "en": ("confirm", "may send", "may record and evaluate", "is valid until", "what was entered is deleted"),
}
NOT_YOU = {"da": "behøver du ikke gøre noget", "de": "brauchen Sie nichts zu tun", "en": "you need not do anything"}
COMPANY = ("Konica Minolta Business Solutions Denmark a/s", "Lautrupvang 2B, 2750 Ballerup", "CVR 00000000")
EVERY_LANGUAGE = pytest.mark.parametrize("language", sorted(SAID))


def received(people: People, inbox: Inbox, language: str = "en", address: str = ADA) -> Letter:
    people.ask(address, language=language, tracking=True, source="https://www.example.org/p", **TYPED)
    inbox.work()
    return inbox.relay.letters[-1]


def html_of(letter: Letter) -> str:
    part = letter.message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@EVERY_LANGUAGE
def test_it_says_what_the_law_wants_in_both_parts(people: People, inbox: Inbox, language: str) -> None:
    """A3.1, A3.7, A3.9"""
    letter = received(people, inbox, language)
    text = " ".join(text_of(letter.message).split())
    html = " ".join(re.sub(r"<[^>]+>", " ", html_of(letter)).split())

    for part in (text, html):
        for told in (*SAID[language], NOT_YOU[language], *COMPANY, "nyhedsbrev@example.org"):
            assert told.lower() in part.lower()
    assert f"/{language}/" in text_of(letter.message)
    assert f"/{language}/" in html_of(letter)


@EVERY_LANGUAGE
def test_each_link_stands_alone_on_its_line(people: People, inbox: Inbox, language: str) -> None:
    """And of all links only those to confirm and to delete are the person's own (A3.4)."""
    text = text_of(received(people, inbox, language).message)

    alone = LINK.findall(text)

    assert [urlsplit(link).path.split("/")[1] for link in alone[:2]] == ["confirm", "cancel"]
    assert alone[2].startswith("https://www.example.org/")
    assert len(alone) == 3
    assert len(re.findall(r"https?://", text)) == 3
    assert not [link for link in alone if link.endswith(".")]


@EVERY_LANGUAGE
def test_its_html_leads_nowhere_else_and_loads_nothing(people: People, inbox: Inbox, language: str) -> None:
    """A3.4"""
    letter = received(people, inbox, language)
    html = html_of(letter)

    assert set(re.findall(r'href="([^"]*)"', html)) == set(LINK.findall(text_of(letter.message)))
    for loading in ("<img", "<link", "<script", "<iframe", "src=", "url(", "@import", "<form", "<input"):
        assert loading not in html.lower()


@EVERY_LANGUAGE
def test_its_headers_are_those_of_a_service_letter(people: People, inbox: Inbox, language: str) -> None:
    """B1.1, B1.2, B1.3, B1.7"""
    letter = received(people, inbox, language)
    message = letter.message

    for once in ("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Auto-Submitted", "MIME-Version"):
        assert len(message.get_all(once, [])) == 1
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == language
    assert (str(message["To"]),) == letter.recipients == (ADA,)
    assert message["Reply-To"] == "nyhedsbrev@example.org"
    assert parseaddr(str(message["From"]))[1] == letter.sender == "nyhedsbrev@example.org"
    assert re.fullmatch(r"<[0-9a-z]{24}@example\.org>", str(message["Message-ID"]))
    assert abs((clock.now() - parsedate_to_datetime(str(message["Date"]))).total_seconds()) < 120
    for absent in ("List-Unsubscribe", "List-Unsubscribe-Post", "Cc", "Bcc", "Precedence", "Form-Sub", "Received"):
        assert absent not in message
    assert message.get_content_type() == "multipart/alternative"
    assert [part["Content-Type"] for part in message.iter_parts()] == [
        'text/plain; charset="utf-8"',
        'text/html; charset="utf-8"',
    ]


@EVERY_LANGUAGE
def test_it_is_spelt_as_the_standards_want(people: People, inbox: Inbox, language: str) -> None:
    """B1.1"""
    raw = received(people, inbox, language).raw

    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert b"@{" not in raw


@EVERY_LANGUAGE
def test_it_does_not_greet_or_advertise(people: People, inbox: Inbox, language: str) -> None:
    """A3.3"""
    letter = received(people, inbox, language)
    both = f"{letter.message['Subject']}\n{text_of(letter.message)}\n{html_of(letter)}".lower()

    assert [word for word in GREETINGS if re.search(rf"(?<!\w){word.strip()}(?!\w)", both)] == []


@EVERY_LANGUAGE
def test_nothing_that_the_submitter_typed_is_in_it(people: People, inbox: Inbox, language: str) -> None:
    """A3.5"""
    raw = received(people, inbox, language).raw
    decoded = decodestring(raw).decode()

    for typed in (*TYPED.values(), "www.example.org/p"):
        assert typed not in decoded
    assert decoded.count(ADA) == 1  # in To


def test_the_language_is_that_of_the_form(people: People, inbox: Inbox) -> None:
    """Whatever the browser prefers (A3.8)."""
    subjects = set()
    for language in SAID:
        address = f"{language}@example.org"
        waiting = people.ask(address, language=language).location
        subjects.add(inbox.subjects(address)[0])
        for page in (waiting, inbox.link(address), inbox.link(address, "cancel")):
            answer = people.client.get(page, headers={"Accept-Language": "fr, de, da, en"})
            assert answer.headers["Content-Language"] == language

    assert len(subjects) == len(SAID)


def test_the_name_of_the_sender_may_be_in_any_letters(people: People, inbox: Inbox) -> None:
    """B1.3: in encoded words (RFC 2047)."""
    catalog.apply(EXAMPLE.read_text().replace('name = "Konica Minolta"\n', 'name = "Kjærs \\"Brød\\", Århus"\n'))

    letter = received(people, inbox)

    assert letter.raw.isascii()
    assert str(letter.message["From"].addresses[0].display_name) == 'Kjærs "Brød", Århus'


def test_a_long_name_stays_within_the_lines(people: People, inbox: Inbox) -> None:
    long = "Nyt fra Århus, Ærøskøbing, Ølstykke og hele det øvrige Danmark hver eneste måned"
    catalog.apply(EXAMPLE.read_text().replace('da = "Konica Minoltas nyhedsbrev"', f'da = "{long}"'))

    letter = received(people, inbox, "da")

    assert long in str(letter.message["Subject"])
    assert max(map(len, letter.raw.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "address",
    [
        "a=3D.b@example.org",
        "o'hara+news@example.org",
        "x" * 64 + "@" + ".".join(["y" * 60, "y" * 60, "y" * 59]) + ".example",  # 254 octets
        "ada@bücher.example",
    ],
)
def test_any_address_gets_a_whole_letter(people: People, inbox: Inbox, address: str) -> None:
    assert people.ask(address).status_code == 303
    inbox.work()

    letter = inbox.relay.letters[0]
    assert str(letter.message["To"]) == letter.recipients[0]
    assert letter.raw.isascii()
    assert max(map(len, letter.raw.split(b"\r\n"))) < 998
    assert "this is confirmed" in people.confirm(letter.recipients[0]).text


def test_its_links_begin_with_the_configured_base(people: People, inbox: Inbox) -> None:
    """B1.5"""
    people.client.environ_base["HTTP_HOST"] = "evil.example"
    people.client.environ_base["HTTP_X_FORWARDED_HOST"] = "evil.example"

    letter = received(people, inbox)

    assert "evil.example" not in decodestring(letter.raw).decode()
    assert LINK.findall(text_of(letter.message))[0].startswith("http://localhost/confirm/")


def test_its_links_stand_below_the_path_of_the_base(
    service: Flask, relay: Relay, make_app: Callable[..., Flask]
) -> None:
    app = make_app(public_url="https://www.example.org/news")
    with app.app_context():
        letter = received(People(app.test_client(), Inbox(app, relay)), Inbox(app, relay))

    assert LINK.findall(text_of(letter.message))[0].startswith("https://www.example.org/news/confirm/")


def test_a_letter_that_leaves_again_is_a_message_of_its_own(people: People, inbox: Inbox) -> None:
    """B1.1: a Message-ID for each."""
    received(people, inbox)
    with later(minutes=11):
        received(people, inbox)

    first, second = inbox.relay.letters
    assert first.message["Message-ID"] != second.message["Message-ID"]
    assert text_of(first.message) == text_of(second.message)


def test_a_letter_that_is_tried_again_is_the_same_message(people: People, inbox: Inbox) -> None:
    inbox.relay.answer("TAKEN", "451 4.3.0 Try again", times=1)
    received(people, inbox)
    with later(minutes=5):
        inbox.work()

    first, second = inbox.relay.letters
    assert first.message["Message-ID"] == second.message["Message-ID"]


def test_no_reminder_ever_leaves(people: People, inbox: Inbox) -> None:
    """A3.6"""
    received(people, inbox)

    for day in range(1, 9):
        with later(days=day):
            inbox.work()

    assert len(inbox.relay.letters) == 1
