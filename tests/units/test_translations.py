"""Every message that people read exists in every language, and none that nobody reads (PRODUCT 4.3, A3.8)."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from marshmallow import fields

from newsletter import errors, guard, languages
from newsletter.consent import Act
from newsletter.errors import NewsletterError
from newsletter.guard import doubtful_addresses
from newsletter.selfservice import moving
from newsletter.signups import submission
from newsletter.subscriptions import Channel
from newsletter.subscriptions.preferences import LEAVE_INSTEAD
from newsletter.subscriptions.wishes import NOT_A_CHOICE, NOT_KNOWN, ONLY_REMOVED, TOO_LONG

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "newsletter" / "templates"
KINDS = [("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}
TRANSLATED = ["da", "de"]

Message = str | tuple[str, ...]


def written() -> set[Message]:
    """What the templates say, in English."""
    found = extract_from_dir(TEMPLATES, KINDS, dict.fromkeys([pattern for pattern, _ in KINDS], OPTIONS))
    return {message for _, _, message, _, _ in found if isinstance(message, str) or all(message)}


def read(language: str) -> Catalog:
    with (languages.FOLDER / f"{language}.po").open("rb") as file:
        return pofile.read_po(file, locale=language, abort_invalid=True)


def refusals(kind: type[NewsletterError] = NewsletterError) -> list[type[NewsletterError]]:
    return [kind, *(inner for below in kind.__subclasses__() for inner in refusals(below))]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    translated = {message.id for message in read(language) if message.id}

    assert written() - translated == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_left_of_a_message_that_is_gone(language: str) -> None:
    catalog = read(language)

    assert {message.id for message in catalog if message.id} - written() == set()
    assert not catalog.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_message_stands_twice(language: str) -> None:
    """The reader of these files keeps the last one and says nothing."""
    text = (languages.FOLDER / f"{language}.po").read_text()
    messages = re.findall(r"^msgid (.*?)^msgstr ", text, re.MULTILINE | re.DOTALL)

    assert sorted(set(messages)) == sorted(messages)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_empty_or_a_guess(language: str) -> None:
    messages = [message for message in read(language) if message.id]

    assert [message.id for message in messages if message.fuzzy] == []
    assert [message.id for message in messages if not all(forms(message.string))] == []


def forms(string: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_the_holes_of_its_message(language: str) -> None:
    faults = {message.id: found for message, found in read(language).check()}

    assert faults == {}
    assert [
        message.id
        for message in read(language)
        if message.id and "{" in str(message.id) and set(pieces(str(message.id))) != set(pieces(str(message.string)))
    ] == []


def pieces(text: str) -> list[str]:
    return [piece.partition("}")[0] for piece in text.split("{")[1:]]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_message_is_read_in_the_language_s_own_letters(language: str, tmp_path: Path) -> None:
    with (tmp_path / "messages.mo").open("wb") as compiled:
        write_mo(compiled, read(language))
    own = {"da": "æøå", "de": "äöüß"}[language]

    text = (tmp_path / "messages.mo").read_bytes().decode(errors="ignore")

    assert {letter for letter in own if letter in text} == set(own)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_line_ends_between_an_article_of_law_and_its_number(language: str) -> None:
    """Each of these blanks is one that does not break; German cites in one way, not in two."""
    parted = re.compile(
        r"\b(art\.|abs\.|buchst\.|artikel|stk\.|litra) [0-9a-f]\b|Absatz|Buchstabe [a-f]\b", re.IGNORECASE
    )

    assert [message.id for message in read(language) if parted.search("".join(forms(message.string)))] == []


@pytest.mark.parametrize(
    ("language", "other"),
    [("da", r"[“”„\"]|\b(Dem|Deres)\b"), ("de", r"[»«”\"]|\b([Dd]u|[Dd]ich|[Dd]ir|[Dd]eine?[mnrs]?)\b")],
)
def test_people_are_addressed_and_quoted_in_one_way(language: str, other: str) -> None:
    said = [form for message in read(language) if message.id for form in forms(message.string)]

    assert [form for form in said if re.search(other, form)] == []


def test_every_refusal_is_told_in_every_language() -> None:
    assert {refusal.__doc__ for refusal in refusals()} - written() == set()


def test_what_is_wrong_with_a_field_is_told_in_every_language() -> None:
    of_address = {submission.ADDRESS_SENTENCE, submission.LETTERS_SENTENCE, doubtful_addresses.ROLE_SENTENCE}
    of_address |= {doubtful_addresses.DISPOSABLE_SENTENCE, doubtful_addresses.ROUTE_SENTENCE}
    of_address |= {moving.SAME, moving.RESTRICTED}
    of_others = {guard.INVISIBLE_SENTENCE, submission.UNTICKED_SENTENCE}
    types = {fields.Field, fields.String, fields.List}
    of_types = {types_own for kind in types for types_own in kind.default_error_messages.values()}

    of_wishes = {NOT_A_CHOICE, NOT_KNOWN, ONLY_REMOVED, TOO_LONG, LEAVE_INSTEAD}

    assert {*of_address, *of_others, *of_wishes, *of_types} - IMPOSSIBLE <= written()


IMPOSSIBLE = {
    fields.Field.default_error_messages["validator_failed"],
    fields.String.default_error_messages["invalid_utf8"],
}
"""No rule of ours fails without a sentence, and a decoded request holds no broken UTF-8."""


@pytest.mark.parametrize("language", [*TRANSLATED, languages.SOURCE])
def test_every_template_can_be_read_in_every_language(language: str) -> None:
    environment = languages.environment(language)

    assert [name for name in environment.list_templates() if environment.get_template(name).name != name] == []


def test_what_fills_a_text_is_escaped_and_the_text_itself_is_not() -> None:
    page = "{% trans %}You now receive “{{ name }}” by e-mail.{% endtrans %}{% trans %} <i>0%</i>{% endtrans %}"

    shown = languages.environment("da").from_string(page).render(name="<b>")

    assert shown == "Du modtager nu »&lt;b&gt;« på e-mail. <i>0%</i>"


def test_plurals_follow_the_number() -> None:
    danish, german = languages.translations("da"), languages.translations("de")
    message = ("within one day", "within %(count)s days")

    assert danish.ngettext(*message, 1) == "inden for én dag"
    assert german.ngettext(*message, 7) == "innerhalb von %(count)s Tagen"
    assert errors.LinkDead.__doc__ is not None
    assert german.gettext(errors.LinkDead.__doc__) == "Dieser Link ist nicht mehr gültig."


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("da", "7. december 2026 kl. 09.05 (UTC)"),
        ("de", "7. Dezember 2026, 09:05 Uhr (UTC)"),
        ("en", "7 December 2026, 09:05 (UTC)"),
    ],
)
def test_a_moment_is_written_as_its_readers_write_it(language: str, expected: str) -> None:
    assert languages.moment(datetime(2026, 12, 7, 9, 5, 40, tzinfo=UTC), language) == expected


def test_the_person_s_own_page_has_words_for_every_act_and_door() -> None:
    """But for erasure, after which there is no such page."""
    page = (TEMPLATES / "pages" / "me" / "evidence.html").read_text()

    assert [name for name in [*Act, *Channel] if f'"{name}": _(' not in page] == [Act.ERASED]
