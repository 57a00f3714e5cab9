"""A brand's colour can be read on every ground that our pages put it on (F6, PRODUCT 4.1)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import catalog
from newsletter.catalog import colours, rules
from newsletter.rendering import STATIC

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
GROUNDS, EDGES = ("paper", "desk", "panel"), ("edge", "focus", "wrong")


def themes() -> list[dict[str, str]]:
    """The colours of the light and of the dark theme, by name, as the style sheet has them."""
    found = re.findall(r":root \{(.+?)\}", STATIC["style.css"].decode(), re.DOTALL)
    return [{name: six_digits(value) for name, value in re.findall(r"--([a-z-]+): (#\w+);", one)} for one in found]


def six_digits(value: str) -> str:
    return value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])


@given(COLOURS)
def test_any_colour_becomes_readable_on_every_ground_of_the_dark_theme(colour: str) -> None:
    _, dark = themes()
    for ground in GROUNDS:
        assert colours.contrast(catalog.on_dark(colour), dark[ground]) >= 4.5


@given(COLOURS)
def test_a_colour_that_may_be_an_accent_reads_on_white_and_no_other_does(colour: str) -> None:
    if colours.contrast(colour, "#ffffff") >= 4.5:
        assert rules.accent(colour) == colour
    else:
        with pytest.raises(ValueError, match=r"has a contrast of [1-4]\.?\d*:1 with white"):
            rules.accent(colour)


def test_the_edges_of_fields_and_of_what_has_the_focus_stand_out_from_every_ground() -> None:
    """F6 (WCAG 1.4.11)"""
    for theme in themes():
        assert min(colours.contrast(theme[edge], theme[ground]) for edge in EDGES for ground in GROUNDS) >= 3


def test_a_colour_that_is_light_enough_stays_as_it_is() -> None:
    assert catalog.on_dark("#ffcc00") == "#ffcc00"


def test_contrast_is_as_wcag_defines_it() -> None:
    assert colours.contrast("#000000", "#ffffff") == 21
    assert round(colours.contrast("#767676", "#ffffff"), 2) == 4.54
