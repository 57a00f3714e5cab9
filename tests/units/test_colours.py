"""A brand's colour can be read on every ground that our pages put it on (F6, PRODUCT 4.1)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import catalog
from newsletter.catalog import colours, rules
from newsletter.rendering import STATIC

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
GROUNDS = re.compile(r"--(?:paper|desk|panel): (#[0-9a-f]{3,6});")


def grounds_of_the_dark_theme() -> list[str]:
    """As the style sheet has them."""
    sheet = (STATIC / "style.css").read_text()
    dark = sheet[sheet.index("@media (prefers-color-scheme: dark)") :]
    return GROUNDS.findall(dark[: dark.index("}")])


@given(COLOURS)
def test_any_colour_becomes_readable_on_every_ground_of_the_dark_theme(colour: str) -> None:
    for ground in grounds_of_the_dark_theme():
        assert colours.contrast(catalog.on_dark(colour), ground) >= 4.5


@given(COLOURS)
def test_a_colour_that_may_be_an_accent_reads_on_white_and_no_other_does(colour: str) -> None:
    if colours.contrast(colour, "#ffffff") >= 4.5:
        assert rules.accent(colour) == colour
    else:
        with pytest.raises(ValueError, match=r"has a contrast of [1-4]\.?\d*:1 with white"):
            rules.accent(colour)


def test_a_colour_that_is_light_enough_stays_as_it_is() -> None:
    assert catalog.on_dark("#ffcc00") == "#ffcc00"


def test_contrast_is_as_wcag_defines_it() -> None:
    assert colours.contrast("#000000", "#ffffff") == 21
    assert round(colours.contrast("#767676", "#ffffff"), 2) == 4.54
