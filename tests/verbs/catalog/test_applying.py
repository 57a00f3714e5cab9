"""A catalogue is put in force whole, and its wordings never change (PRODUCT 4.1)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from newsletter import catalog
from newsletter.db import db, is_postgresql
from newsletter.errors import CatalogInvalid, CatalogMissing
from tests.conftest import Contents
from tests.people import People
from tests.verbs.catalog.editing import EXAMPLE, REWORDED, edited, nyhedsbrev, retired_ids, wording_ids

pytestmark = pytest.mark.usefixtures("app")


def test_nothing_is_in_force_before_the_first_catalogue() -> None:
    with pytest.raises(CatalogMissing):
        catalog.current()


def test_an_applied_catalogue_is_in_force_and_its_wordings_are_on_record() -> None:
    applied = catalog.apply(EXAMPLE)

    assert applied.added == 12
    assert catalog.version() == applied.version
    assert catalog.recorded(wording_ids().values()) == {w.id: w for w in nyhedsbrev().wordings_in("en").values()}


def test_applying_the_same_catalogue_again_changes_nothing() -> None:
    first = catalog.apply(EXAMPLE)

    again = catalog.apply(EXAMPLE)

    assert again == catalog.Applied(version=first.version)


def test_a_catalogue_with_a_mistake_is_refused_and_the_running_one_stays() -> None:
    catalog.apply(EXAMPLE)

    with pytest.raises(CatalogInvalid):
        catalog.apply(edited('link_validity = "7 days"', 'link_validity = "70 days"'))

    assert nyhedsbrev().link_validity == timedelta(days=7)


def test_the_catalogue_is_parsed_once_however_often_it_is_asked_for() -> None:
    catalog.apply(EXAMPLE)

    assert catalog.current() is catalog.current()


def test_a_changed_wording_is_a_new_one_and_the_old_one_stays_on_record() -> None:
    """A1.5"""
    catalog.apply(EXAMPLE)
    old = nyhedsbrev().wordings_in("en")["tracking"]

    applied = catalog.apply(REWORDED)

    assert (applied.added, applied.retired, applied.returned) == (1, 1, 0)
    assert wording_ids()["tracking"] != old.id
    assert catalog.recorded([old.id]) == {old.id: old}
    assert retired_ids() == {old.id}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wordings SET text = 'other'",
        "UPDATE wordings SET language = 'de'",
        "UPDATE wordings SET valid_from = '2020-01-01 00:00:00'",
        "DELETE FROM wordings",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_a_wording(statement: str) -> None:
    """A1.5"""
    catalog.apply(EXAMPLE)
    before = catalog.recorded(wording_ids().values())

    with pytest.raises(DBAPIError, match="a wording never changes"), db.engine.begin() as connection:
        connection.execute(text(statement))

    assert catalog.recorded(wording_ids().values()) == before


def test_the_database_itself_refuses_to_change_what_proof_is_told_with(
    people: People, contents: Callable[[], Contents]
) -> None:
    """A2.9"""
    people.subscribe("ada@example.org")
    before = contents()
    replacing = [
        "REPLACE INTO wordings SELECT id, newsletter, purpose, language, 'other', valid_from, NULL FROM wordings",
        "REPLACE INTO wordings SELECT id, newsletter, purpose, language, text, '2020-01-01', NULL FROM wordings",
        "REPLACE INTO letter_versions SELECT id, kind, newsletter, language, 'other', created_at FROM letter_versions",
        "REPLACE INTO catalogs SELECT id, applied_at, sha256, 'other' FROM catalogs",
    ]
    changing = [
        "UPDATE letter_versions SET mime = 'other'",
        "UPDATE catalogs SET document = 'other'",
        "DELETE FROM letter_versions",
        "DELETE FROM catalogs",
        *(["TRUNCATE letter_versions", "TRUNCATE catalogs"] if is_postgresql() else replacing),
    ]

    for statement in changing:
        with pytest.raises(DBAPIError, match="never changes"), db.engine.begin() as connection:
            connection.execute(text(statement))

    assert contents() == before


def test_a_wording_that_returns_is_in_force_again() -> None:
    catalog.apply(EXAMPLE)
    catalog.apply(REWORDED)

    applied = catalog.apply(EXAMPLE)

    assert (applied.added, applied.retired, applied.returned) == (0, 1, 1)
    assert wording_ids()["tracking"] not in retired_ids()
