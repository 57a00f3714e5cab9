"""Which wordings a form may name, and for how long (PRODUCT 4.2; A1.6)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from newsletter import catalog
from newsletter.errors import WordingRetired
from tests.verbs.catalog.editing import EXAMPLE, PAGE, REWORDED, TRACKING, edited, nyhedsbrev, wording_ids

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


def test_the_ticked_wordings_are_those_of_a_current_form() -> None:
    catalog.apply(EXAMPLE)
    current = nyhedsbrev().wordings_in("en")

    for ticked in (["newsletter", "tracking"], ["newsletter"], []):
        ids_sent = [current[purpose].id for purpose in ticked]
        assert catalog.chosen(nyhedsbrev(), "en", ids_sent, PAGE) == {purpose: current[purpose] for purpose in ticked}
    assert catalog.stale_pages() == []


@pytest.mark.parametrize("unknown", ["0123456789abcdef", "", "x" * 5000, "\x00", "newsletter"])
def test_an_unknown_wording_is_refused_and_the_current_ones_are_named(unknown: str) -> None:
    """A1.6"""
    catalog.apply(EXAMPLE)

    with pytest.raises(WordingRetired) as refused:
        catalog.chosen(nyhedsbrev(), "en", [wording_ids()["newsletter"], unknown], PAGE)

    assert refused.value.current == wording_ids()


def test_a_wording_of_another_language_or_newsletter_is_refused() -> None:
    """A1.6"""
    catalog.apply(EXAMPLE)
    webshop = catalog.current().newsletter("webshop").wordings_in("en")["newsletter"]

    for foreign in (wording_ids("de")["newsletter"], webshop.id):
        with pytest.raises(WordingRetired):
            catalog.chosen(nyhedsbrev(), "en", [foreign], PAGE)
    assert catalog.stale_pages() == []


def test_a_retired_wording_is_accepted_for_thirty_days_and_the_page_that_sends_it_is_known() -> None:
    with time_machine.travel(START, tick=False) as now:
        catalog.apply(EXAMPLE)
        old = nyhedsbrev().wordings_in("en")["tracking"]
        catalog.apply(REWORDED)
        sent = [wording_ids()["newsletter"], old.id]

        now.shift(timedelta(days=30) - timedelta(seconds=1))
        assert catalog.chosen(nyhedsbrev(), "en", sent, PAGE)["tracking"] == old

        now.shift(1)
        with pytest.raises(WordingRetired) as refused:
            catalog.chosen(nyhedsbrev(), "en", sent, PAGE)
        assert refused.value.current == wording_ids()

        [page] = catalog.stale_pages()
        assert (page.source, page.purpose, page.hits) == (PAGE, "tracking", 2)
        assert page.last_seen == (START + timedelta(days=30)).date()
        assert page.refused_from == START + timedelta(days=30)


def test_two_wordings_of_one_purpose_are_refused() -> None:
    catalog.apply(EXAMPLE)
    old = wording_ids()["tracking"]
    catalog.apply(REWORDED)

    with pytest.raises(WordingRetired):
        catalog.chosen(nyhedsbrev(), "en", [old, wording_ids()["tracking"]], None)


def test_the_wording_of_a_retired_purpose_breaks_no_form_and_grants_nothing() -> None:
    catalog.apply(EXAMPLE)
    sent = list(wording_ids().values())
    catalog.apply(edited(TRACKING, f"{TRACKING}\nretired = true"))

    assert list(catalog.chosen(nyhedsbrev(), "en", sent, None)) == ["newsletter"]
    assert [page.source for page in catalog.stale_pages()] == [""]


def test_a_page_that_sends_several_retired_wordings_is_listed_in_the_order_of_purposes_and_languages() -> None:
    catalog.apply(EXAMPLE)
    old = [wording_ids(language)["newsletter"] for language in ("da", "de", "en")]
    catalog.apply(EXAMPLE.replace("Konica Minolta Business Solutions Denmark a/s", "Konica Minolta A/S"))

    with pytest.raises(WordingRetired):
        catalog.chosen(nyhedsbrev(), "en", old, PAGE)

    assert [page.language for page in catalog.stale_pages()] == ["da", "de", "en"]


def test_made_up_sources_fill_no_table() -> None:
    catalog.apply(EXAMPLE)
    old = wording_ids()["tracking"]
    catalog.apply(REWORDED)

    for number in range(1005):
        catalog.chosen(nyhedsbrev(), "en", [old], f"{PAGE}/{number}")

    assert len(catalog.stale_pages()) == 1000
