"""On paper a name reads as its bearer writes it, whichever way that is (A2.7, PRODUCT 4.8)."""

import pytest

from newsletter.proof.right_to_left import drawn


@pytest.mark.parametrize("text", ["", "Åse Ærø (Blå) 12", "Łukasz Żółć\nΣωκράτης", "王"])
def test_what_is_written_from_left_to_right_stays_as_it_is(text: str) -> None:
    assert drawn(text) == text


@pytest.mark.parametrize(
    ("text", "on_paper"),
    [
        ("Vorname: משה, Ada", "Vorname: השמ, Ada"),
        ("משה (כהן)\nAda", "(ןהכ) השמ\nAda"),
        ("عين", "\ufee6\ufef4\ufecb"),
        ("دار", "\ufead\ufe8d\ufea9"),
        ("مُحَمَّد", "\ufeaa\u0651\u064e\ufee4\u064e\ufea4\u064f\ufee3"),
    ],
    ids=["turned round", "brackets too, line by line", "first, middle, last", "letters that join nothing", "marks"],
)
def test_what_is_written_from_right_to_left_is_turned_round_and_joined(text: str, on_paper: str) -> None:
    assert drawn(text) == on_paper
