"""A catalogue that somebody altered in the database keeps nobody from the feed, nor from applying a good one."""

import pytest
from flask import Flask

from newsletter import catalog
from newsletter.errors import CatalogInvalid, CatalogRefused
from tests.conftest import Run
from tests.people import People, Tool
from tests.tampering import tamper
from tests.verbs.catalog.editing import EXAMPLE, REWORDED, edited, nyhedsbrev

ADA = "ada@example.org"
NESTED = "x = " + "[" * 5000
ALTERED = ("'no TOML'", "'[newsletters]\nnyhedsbrev = 5'", f"'{NESTED}'", "x'ff'")
altered = pytest.mark.parametrize("altered", ALTERED, ids=range(len(ALTERED)))


def alter(document: str, *, newest: bool) -> None:
    which = "max" if newest else "min"
    tamper(f"UPDATE catalogs SET document = {document} WHERE id = (SELECT {which}(id) FROM catalogs)")  # noqa: S608


@altered
@pytest.mark.parametrize("newest", [True, False])
def test_the_feed_is_read_though_a_catalogue_was_altered(
    people: People, tool: Tool, altered: str, newest: bool
) -> None:
    people.subscribe(ADA)
    told = tool.contact(ADA)
    catalog.apply(REWORDED)
    catalog.current()
    alter(altered, newest=newest)

    assert tool.contact(ADA) == told
    assert tool.changes()


@altered
def test_a_good_catalogue_is_applied_over_one_that_was_altered(
    service: Flask, people: People, run: Run, altered: str
) -> None:
    """What the one before it named has to stay as it has at any time."""
    people.subscribe(ADA, topic="surveys")
    catalog.apply(REWORDED)
    alter(altered, newest=True)
    catalog.init_app(service)
    with pytest.raises(CatalogInvalid):
        catalog.current()

    with pytest.raises(CatalogRefused):
        catalog.apply(edited('id = "surveys"', 'id = "others"'))
    applied = run("catalog", "apply")

    assert applied.exit_code == 0
    assert nyhedsbrev().wordings_in("en") == catalog.parse(EXAMPLE).newsletter("nyhedsbrev").wordings_in("en")
