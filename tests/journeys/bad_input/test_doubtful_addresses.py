"""Addresses of a role, and those that lead to another one, in a form and by a script (C13, B3.3)."""

from collections.abc import Callable

import pytest

from tests.conftest import Contents
from tests.journeys.bad_input.wrong import is_problem
from tests.people import People


def test_an_address_of_a_role_is_refused_whoever_asks(people: People, contents: Callable[[], Contents]) -> None:
    """C13: RFC 2142 names them. What trade uses, like info or sales, is read by people."""
    said = {"da": "hører til en funktion", "de": "gehört zu einer Funktion", "en": "belongs to a role"}

    for language, sentence in said.items():
        assert sentence in people.ask("Postmaster+news@example.org", language=language).text
    assert is_problem(people.ask_by_script("abuse@example.org"), 422)
    assert contents()["signups"] == contents()["post_hits"] == []

    assert people.ask("info@example.org").status_code == people.ask("abuse.jensen@example.org").status_code == 303


def test_an_address_that_leads_to_another_one_is_refused_whoever_asks(
    people: People, contents: Callable[[], Contents]
) -> None:
    """C4: a relay that still takes such for a route brings all of these to eve@example.com."""
    said = {"da": "videre til en anden", "de": "zu einer anderen weiter", "en": "leads to another one"}

    for language, sentence in said.items():
        assert sentence in people.ask("eve%example.com@example.org", language=language).text
    for route in ("eve%a.com%example.org@example.org", "example.com!eve@example.org", "a!b.c!eve%d@bücher.example"):
        assert is_problem(people.ask_by_script(route), 422)

    assert contents()["signups"] == contents()["post_hits"] == []


@pytest.mark.parametrize("odd", ["!def!xyz%abc@example.com", "!#$%&'*+-/=?^_`{|}~@example.org", "eve.m%@example.org"])
def test_an_odd_address_that_leads_nowhere_else_is_taken(people: People, odd: str) -> None:
    """B3.3: accept widely."""
    assert people.ask_by_script(odd).status_code == 202
