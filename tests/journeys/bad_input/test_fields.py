"""Fields that cannot be taken: each is named in plain words, and nothing is stored (PRODUCT 7)."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.conftest import Contents
from tests.journeys.bad_input.wrong import ADA, filled, is_problem, post
from tests.people import Forms, People

BAD_ADDRESSES = [
    "",
    " ",
    "ada",
    "ada@",
    "@example.org",
    "ada@localhost",
    "ada@example",
    "ada@@example.org",
    "ada@example..org",
    ".ada@example.org",
    " ada@example.org",
    "ada@example.org ",
    "ada@example.org,grace@example.org",
    "ada@example.org;grace@example.org",
    "ada@example.org grace@example.org",
    "Ada <ada@example.org>",
    '"ada"@example.org',
    "ada@[127.0.0.1]",
    "ada(comment)@example.org",
    "ada@example.org\r\nBcc: grace@example.org",
    "ada@example.org\n",
    "ada\x00@example.org",
    "ada\u202e@example.org",
    "ada\u200b@example.org",
    "adå@example.org",
    "=cmd@example.org",
    "+ada@example.org",
    "-ada@example.org",
    "x" * 65 + "@example.org",
    "x" * 64 + "@" + ".".join(["y" * 62] * 3) + ".org",
    "a" * 5000,
]


def test_an_address_that_is_none_is_refused_with_the_field_named(
    people: People, contents: Callable[[], Contents]
) -> None:
    """B3.2, E9, E20"""
    details = set()
    for address in BAD_ADDRESSES:
        by_script = people.ask_by_script(address)
        by_form = people.ask(address, first_name="Ada")
        assert is_problem(by_script, 422), address
        assert by_script.get_json()["errors"].keys() == {"email"}
        assert all(isinstance(sentence, str) for sentence in by_script.get_json()["errors"]["email"])
        details.add(by_script.get_json()["detail"])
        assert by_form.status_code == 422
        assert 'id="email-error"' in by_form.text

    assert len(details) == 1  # it quotes nobody
    assert contents()["signups"] == contents()["letters"] == contents()["post_hits"] == []


def test_everything_that_is_wrong_is_told_at_once(people: People) -> None:
    """F3: whoever has put one thing right is not told of the next."""
    page = people.client.post("/newsletters/nyhedsbrev/signups", data={"language": "en", "email": "ada@"})

    assert page.status_code == 422
    assert '<a href="#email">E-mail address: Enter one e-mail address' in page.text
    assert '<a href="#consent">Consent: Tick the box' in page.text


def test_what_is_wrong_is_told_in_the_order_of_the_form(people: People) -> None:
    """F3: whoever goes down the list goes down the form."""
    page = people.ask("ada@", consent=[], topic="nonsense", first_name="x" * 81).text

    labels = re.findall('<a href="#[^"]+">([^:]+):', page)
    assert labels == ["E-mail address", "First name", "Topics", "Consent"]


def test_what_is_wrong_leads_only_to_what_is_on_the_page(people: People) -> None:
    """F3: a form of before may send topics to a newsletter that has none any more."""
    page = people.ask("ada@", slug="webshop", topic="events", nickname="Ada").text

    assert "Topics: This is not one of the choices." in page
    assert all(f'id="{target}"' in page for target in re.findall(r'href="#([^"]+)"', page))


def test_a_missing_address_is_refused(people: People) -> None:
    fields = people.filled(ADA)
    del fields["email"]

    assert post(people, data=fields).status_code == 422
    assert is_problem(post(people, json={"consents": fields["consent"]}), 422)


def test_what_was_entered_stays_on_the_page_except_the_consent(people: People) -> None:
    answer = people.ask("ada@", first_name="Ada", last_name="<b>", topic=["events", "trends"], tracking=True)

    form = Forms(answer.text).forms[""]
    assert (form["fields"]["email"], form["fields"]["first_name"]) == ("ada@", "Ada")
    assert form["fields"]["last_name"] == "<b>"
    assert "<b>" not in answer.text
    ticked = [(box["name"], box["value"]) for box in form["boxes"] if "checked" in box]
    assert ticked == [("topic", "events"), ("topic", "trends")]


def test_the_sentences_are_in_the_readers_language(people: People) -> None:
    said = {"da": "Skriv én e-mailadresse", "de": "Geben Sie eine E-Mail-Adresse", "en": "Enter one e-mail address"}

    for language, sentence in said.items():
        answer = people.ask("ada@", language=language)
        assert f'<html lang="{language}">' in answer.text
        assert sentence in answer.text


def test_letters_that_mail_is_not_sent_to_are_named(people: People) -> None:
    """B3.4"""
    said = {"da": "Bogstaver som ø eller ü", "de": "Buchstaben wie ø oder ü", "en": "Letters like ø or ü"}

    for language, sentence in said.items():
        answer = people.ask("søren@example.org", language=language)
        assert answer.status_code == 422
        assert sentence in answer.text


def test_characters_that_cannot_be_seen_are_refused_everywhere(
    people: People, contents: Callable[[], Contents]
) -> None:
    """B1.4: none of them ever comes near a header."""
    for bad in (
        "\x00",
        "\r\nBcc: eve@example.org",
        "\n",
        "\t",
        "\x7f",
        "\u200b",
        "\u202e",
        "\ufeff",
        "\u2028",
        "\ue000",
    ):
        for field in ("email", "first_name", "last_name", "language", "source"):
            value = f"https://www.example.org/{bad}" if field == "source" else f"Ada{bad}"
            assert post(people, data={**people.filled(ADA), field: value}).status_code == 422, (field, bad)
            assert is_problem(post(people, json=filled(people, **{field: value})), 422)
        for lists in ("topics", "consents"):
            assert is_problem(post(people, json=filled(people, **{lists: [f"x{bad}"]})), 422)

    assert contents()["signups"] == contents()["letters"] == []


def test_half_a_character_is_refused(people: People, contents: Callable[[], Contents]) -> None:
    for field in ("email", "first_name", "language", "source", "rendered", "website", "unknown", "\ud800"):
        body = json.dumps(filled(people, **{field: "\ud800"}))
        answer = post(people, data=body, content_type="application/json")
        assert answer.status_code in ((202,) if field in ("website", "rendered") else (422,)), (field, answer.text)

    assert len(contents()["signups"]) == 1  # an odd render time is nobody's fault


def test_values_that_are_too_long_or_not_offered_are_refused(people: People) -> None:
    for bad in (
        {"first_name": "x" * 81},
        {"language": "fr"},
        {"language": ""},
        {"topics": ["nonsense"]},
        {"topics": [""]},
        {"consents": ["x"] * 51},
        {"consents": ["x" * 65]},
        {"source": "x" * 2001},
    ):
        answer = post(people, json=filled(people, **bad))
        assert is_problem(answer, 422)
        assert answer.get_json()["errors"].keys() == bad.keys()


def test_what_is_just_as_long_as_it_may_be_is_taken(people: People) -> None:
    source = "https://www.example.org/"
    longest = {"first_name": "x" * 80, "source": source + "x" * (2000 - len(source))}

    assert post(people, json=filled(people, **longest)).status_code == 202


NO_TEXTS: Sequence[Any] = (None, 5, True, 1.5, [], ["x"], {}, {"x": 1})
NO_LISTS: Sequence[Any] = (None, 5, True, "events", {}, [5], [None], [[]], [{}])


def test_a_wrong_type_is_refused_with_the_field_named(people: People) -> None:
    """D3.6"""
    texts = [(field, wrong) for field in ("email", "first_name", "language", "source") for wrong in NO_TEXTS]
    lists = [(field, wrong) for field in ("topics", "consents") for wrong in NO_LISTS]

    for field, wrong in (*texts, *lists):
        answer = post(people, json=filled(people, **{field: wrong}))
        assert is_problem(answer, 422), (field, wrong)
        assert field in answer.get_json()["errors"]


def test_an_unknown_field_is_refused(people: People, contents: Callable[[], Contents]) -> None:
    """Nor is a consent granted by any other name (A1.3, A1.8, D3.6)."""
    for unknown in ("phone", "tracking", "id", "status", "confirmed", "visitor", "__class__", "topic", "Email", ""):
        answer = post(people, json=filled(people, **{unknown: "x"}))
        assert is_problem(answer, 422), unknown
        assert unknown in answer.get_json()["errors"]
    for filled_in in ("555", ""):
        assert people.ask(ADA, phone=filled_in).status_code == 422
    assert is_problem(post(people, data={**people.filled(ADA), "x": "1"}, headers={"Accept": "application/json"}), 422)

    assert contents()["signups"] == []


def test_a_field_that_comes_twice_is_refused(people: People) -> None:
    """C19"""
    fields = people.filled(ADA)

    for twice in ("email", "language", "first_name", "website", "rendered", "source"):
        answer = post(people, data={**fields, "last_name": "Lovelace", twice: ["a", "b"]})
        assert answer.status_code == 422
        assert 'value="Lovelace"' in answer.text
        assert ADA in answer.text or twice == "email"
    asked = people.client.post("/manage", data={"email": [ADA, ADA]})
    assert (asked.status_code, f'value="{ADA}"' in asked.text) == (422, True)
    twice_in_json = '{"email": "ada@example.org", "email": "grace@example.org"}'
    assert is_problem(post(people, data=twice_in_json, content_type="application/json"), 400)
