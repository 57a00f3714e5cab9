"""What a letter's subject says, and what an addition's and a known subscriber's letter does (A3)."""

from dataclasses import replace

from newsletter.signups.kinds import Kind
from tests.units.letters.writing import CATALOG, LANGUAGES, Reader, every_kind, every_letter, offer, write


@every_letter
@every_kind
def test_a_subject_is_one_plain_line_that_names_the_newsletter(kind: Kind, language: str) -> None:
    asked = offer(language)

    subject = write(".subject.txt", kind, asked).strip()

    assert subject.endswith(f": {asked.name}")
    assert len(subject.splitlines()) == 1


def test_no_two_kinds_have_one_subject() -> None:
    subjects = [write(".subject.txt", kind, offer(language)) for language in LANGUAGES for kind in Kind]

    assert len(set(subjects)) == len(subjects)


@every_kind
def test_markup_in_the_catalogue_is_text_in_the_letter(kind: Kind) -> None:
    newsletter = replace(CATALOG.newsletter("nyhedsbrev"), names=dict.fromkeys(LANGUAGES, "Print & <b>Scan</b>"))
    asked = offer("en", newsletter=newsletter)

    html = write(".html", kind, asked)

    assert "Print &amp; &lt;b&gt;Scan&lt;/b&gt;" in html
    assert "Print & <b>Scan</b>" in write(".txt", kind, asked)
    assert "b" not in Reader(html).tags


def test_who_is_subscribed_already_is_told_that_nothing_changed() -> None:
    text = write(".txt", Kind.ALREADY_SUBSCRIBED, offer("en"))

    assert "nothing was changed" in text
    assert "you need not do anything" in text


def test_an_addition_says_that_it_removes_nothing() -> None:
    text = write(".txt", Kind.ADDITION, offer("en"))

    assert "adds what is new, and removes nothing" in text
