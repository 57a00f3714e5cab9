"""What a letter's subject says, and what an addition's and a known subscriber's letter does (A3)."""

from dataclasses import replace
from email import message_from_string
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from newsletter import outbox
from newsletter.signups.letter_kinds import LetterKind
from tests.units.letters.writing import CATALOG, LANGUAGES, Reader, every_kind, every_letter, offer, write


@every_letter
@every_kind
def test_a_subject_is_one_plain_line_that_names_the_newsletter(kind: LetterKind, language: str) -> None:
    asked = offer(language)

    subject = write(".subject.txt", kind, asked).strip()

    assert subject.endswith(f": {asked.name}")
    assert len(subject.splitlines()) == 1


def test_no_two_kinds_have_one_subject() -> None:
    subjects = [write(".subject.txt", kind, offer(language)) for language in LANGUAGES for kind in LetterKind]

    assert len(set(subjects)) == len(subjects)


@pytest.mark.parametrize(
    "name", ["Blåbær", "Blåbær i store mængder", "Nyheder om blåbær til alle der læser " * 3 + "æ"]
)
@pytest.mark.parametrize("local", ["n", "nyhedsbrev-om-stort-og-smaat", "x" * 64])
def test_a_sender_with_other_letters_stands_on_lines_as_short_as_they_have_to_be(name: str, local: str) -> None:
    """B1.3; RFC 2047 2"""
    address = f"{local}@blaabaer.example"

    letter = outbox.mime(subject="s", sender=(name, address), reply_to=address, text="t\n", html="h\n")

    assert all(len(line) <= 76 for line in letter.splitlines() if "=?" in line)
    shown, given = parseaddr(str(message_from_string(letter)["From"]))
    assert (str(make_header(decode_header(shown))), given) == (name, address)


@every_kind
def test_markup_in_the_catalogue_is_text_in_the_letter(kind: LetterKind) -> None:
    newsletter = replace(CATALOG.newsletter("nyhedsbrev"), names=dict.fromkeys(LANGUAGES, "Print & <b>Scan</b>"))
    asked = offer("en", newsletter=newsletter)

    html = write(".html", kind, asked)

    assert "Print &amp; &lt;b&gt;Scan&lt;/b&gt;" in html
    assert "Print & <b>Scan</b>" in write(".txt", kind, asked)
    assert "b" not in Reader(html).tags


def test_who_is_subscribed_already_is_told_that_nothing_changed() -> None:
    text = write(".txt", LetterKind.ALREADY_SUBSCRIBED, offer("en"))

    assert "nothing was changed" in text
    assert "you need not do anything" in text


def test_an_addition_says_that_it_removes_nothing() -> None:
    text = write(".txt", LetterKind.ADDITION, offer("en"))

    assert "adds what is new, and removes nothing" in text
