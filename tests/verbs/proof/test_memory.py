"""A web process that prints proofs all day stays as large as after the first one (decision 13)."""

import gc
from collections.abc import Iterator

import pytest
from fpdf.fonts import TTFFont

from newsletter import proof
from tests.people import People
from tests.verbs.proof.proving import ADA, prove


@pytest.fixture
def idle_collector() -> Iterator[None]:
    """As good as in production, where it runs once in a million objects."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("idle_collector")
def test_a_printed_proof_leaves_no_fonts_behind(people: People) -> None:
    people.subscribe(ADA)

    assert proof.PRINTERS[proof.PDF](prove())

    assert [left for left in gc.get_objects() if isinstance(left, TTFFont)] == []
