"""A letter says what the law wants it to say, and nothing else (A3, PRODUCT 4.3)."""

import re

import pytest

from newsletter import languages
from newsletter.signups import Offer
from newsletter.signups.letter_kinds import LetterKind
from tests.units.letters.writing import CATALOG, Reader, every_kind, every_letter, offer, write

TELLING = [LetterKind.CONFIRMATION, LetterKind.ADDITION, LetterKind.WELCOME]
HOLE = re.compile(r"@\{\w+\}")
HOLES = {
    LetterKind.CONFIRMATION: {"@{confirm}", "@{cancel}", "@{deadline}"},
    LetterKind.ADDITION: {"@{confirm}", "@{cancel}", "@{deadline}"},
    LetterKind.ALREADY_SUBSCRIBED: {"@{unsubscribe}"},
    LetterKind.WELCOME: {"@{unsubscribe}"},
    LetterKind.GOODBYE: {"@{ended}"},
}
TIMES = {"@{deadline}", "@{ended}"}
WITHOUT_BUTTON = {LetterKind.ALREADY_SUBSCRIBED, LetterKind.WELCOME, LetterKind.GOODBYE}
FORBIDDEN = re.compile(
    r"welcome|willkommen|velkommen|\boffer|angebot|tilbud|discount|rabat|\bfree\b|gratis|kostenlos|"
    r"congratulat|tillykke|glückwunsch|\bdear\b|\bkære\b|liebe[rs]?\b|sehr geehrte|click here|!",
    re.IGNORECASE,
)


def both_parts(kind: LetterKind, asked: Offer) -> list[str]:
    return [write(".txt", kind, asked), Reader(write(".html", kind, asked)).text]


@every_letter
@every_kind
def test_both_parts_say_who_asks_for_what_and_how_to_reach_them(kind: LetterKind, language: str) -> None:
    """A3.1, A3.7"""
    asked = offer(language)

    for part in both_parts(kind, asked):
        assert f"{asked.name}" in part
        assert [line for line in CATALOG.controller.imprint if line not in part] == []
        assert CATALOG.controller.email in part


@every_letter
@pytest.mark.parametrize("kind", TELLING)
def test_both_parts_hold_the_topics_and_every_wording_in_full(kind: LetterKind, language: str) -> None:
    asked = offer(language)

    for part in both_parts(kind, asked):
        assert [topic for topic in asked.topic_names if topic not in part] == []
        assert [wording.purpose for wording in asked.wordings.values() if wording.text not in part] == []


@every_letter
@pytest.mark.parametrize("kind", TELLING)
def test_what_was_not_asked_for_is_not_mentioned(kind: LetterKind, language: str) -> None:
    wordings = offer(language).wordings
    asked = offer(language, topics=[], wordings={"newsletter": wordings["newsletter"]})

    for part in both_parts(kind, asked):
        assert wordings["tracking"].text not in part
        assert languages.translations(language).gettext("Topics") not in part.replace(wordings["newsletter"].text, "")


@every_letter
@every_kind
def test_the_two_parts_have_the_same_holes_and_the_privacy_notice(kind: LetterKind, language: str) -> None:
    """A3.1, A3.9"""
    asked = offer(language)

    text, html = write(".txt", kind, asked), write(".html", kind, asked)

    assert set(HOLE.findall(text)) == HOLES[kind]
    assert set(HOLE.findall(html)) == HOLES[kind]
    assert asked.privacy_url in text.splitlines()
    assert asked.privacy_url in Reader(html).links


@every_letter
@every_kind
def test_in_the_text_part_a_link_stands_alone_on_its_line(kind: LetterKind, language: str) -> None:
    asked = offer(language)

    lines = write(".txt", kind, asked).splitlines()

    for link in (HOLES[kind] - TIMES) | {asked.privacy_url}:
        assert [line for line in lines if link in line] == [link]


@every_letter
@every_kind
def test_the_text_part_is_laid_out_in_paragraphs(kind: LetterKind, language: str) -> None:
    text = write(".txt", kind, offer(language))

    assert "\n\n\n" not in text
    assert text == text.lstrip()
    assert [line for line in text.splitlines() if line != line.strip()] == []


@every_letter
@every_kind
def test_an_html_letter_loads_nothing_and_leads_nowhere_else(kind: LetterKind, language: str) -> None:
    """A3.2, A3.4"""
    asked = offer(language)

    html = write(".html", kind, asked)

    letter = Reader(html)
    assert set(letter.links) == (HOLES[kind] - TIMES) | {asked.privacy_url}
    assert {"img", "script", "link", "iframe", "object", "table", "form", "base"} & set(letter.tags) == set()
    assert [name for name, _ in letter.attributes if name in ("src", "srcset", "background")] == []
    assert "url(" not in html
    assert "@import" not in html


@every_letter
@every_kind
def test_each_part_of_an_html_letter_brings_its_own_look(kind: LetterKind, language: str) -> None:
    """Many mail programs throw a style sheet away; what is left to it is the dark theme."""
    html = write(".html", kind, offer(language))
    sheet, _, body = html.partition("</style>")

    bare = re.findall(r"<(?:body|h1|h2|p|a|ul|li|blockquote|div)(?![^>]* style=)[^>]*>", body)

    assert bare == []
    assert "background:#0062a3" in body or kind in WITHOUT_BUTTON
    assert re.sub(r"@media \(prefers-color-scheme: dark\) \{.*\n\}\n", "", sheet, flags=re.DOTALL).endswith("<style>\n")


@every_letter
@every_kind
def test_an_html_letter_is_in_its_language_with_a_heading_f8_f10(kind: LetterKind, language: str) -> None:
    letter = Reader(write(".html", kind, offer(language)))

    assert ("lang", language) in letter.attributes
    assert letter.tags.count("h1") == 1
    assert "title" in letter.tags


@every_letter
@every_kind
def test_nobody_is_greeted_or_advertised_to(kind: LetterKind, language: str) -> None:
    """A3.2, A3.3"""
    asked = offer(language)

    for part in [write(".subject.txt", kind, asked), *both_parts(kind, asked)]:
        assert FORBIDDEN.findall(part) == []


@every_letter
@every_kind
def test_nothing_that_was_typed_is_in_it(kind: LetterKind, language: str) -> None:
    """A3.5"""
    asked = offer(language)

    letter = "".join(write(ending, kind, asked) for ending in (".subject.txt", ".txt", ".html"))

    assert [typed for typed in ("Ada", "Lovelace", "e***", ".net") if typed in letter] == []
