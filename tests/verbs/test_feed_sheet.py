"""Rows of a sheet are kept beside their contacts, and read as if each had been made for its reader (D4.4, RFC 4180)."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import SQLColumnExpression, text

from newsletter import catalog, feed
from newsletter.db import db
from newsletter.feed import Layout, Selection
from newsletter.subscriptions import Cause, Channel, Subscription, Wishes, rectify, sheet
from newsletter.subscriptions.sheet import CELL
from tests.people import People

EVERYBODY = Selection(newsletter="nyhedsbrev")
FIELDS = ["first_name", "last_name"]
LAYOUTS = [
    Layout(fields=fields, links=links, excel=excel)
    for fields, links, excel in product((FIELDS, FIELDS[::-1], FIELDS[:1], []), (True, False), (True, False))
]
HOSTILE = [
    'Ada "the first"',
    "Lovelace, née Byron",
    "Byron; King",
    '"',
    '""',
    "',",
    "=1+1",
    "+49 30",
    "-2",
    "＝SUM(A1)",
    "  =2",
    "a\u00a0b",
    "Æøå ÄÖÜ ß 漢字 🙂",
    "{",
    "{x}",
    "back\\slash",
    "|;,'\"",
    "Ada;=1+1",
    "Ada,  +1+1;",
    'Ada;"=1+1',
]


class Unkept(Layout):
    """Whose rows are all made from documents."""

    @property
    def wanted(self) -> SQLColumnExpression[str]:
        return Subscription.contact


def whole(layout: Layout, *, kept: bool = True) -> str:
    export = feed.export(EVERYBODY, layout if kept else Unkept(**vars(layout)))
    with closing(export.blocks):
        return b"".join(export.blocks).decode()


def read(sheet_text: str, layout: Layout) -> list[list[str]]:
    raw = sheet_text.removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(raw, newline=""), delimiter=layout.delimiter, strict=True))


def cells_read_with(separator: str, sheet_text: str) -> Iterator[str]:
    """As a spreadsheet finds them that goes by the country it is in, and not by the file."""
    for row in csv.reader(io.StringIO(sheet_text.removeprefix("\ufeff"), newline=""), delimiter=separator):
        yield from row


def count_kept() -> int:
    with db.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM subscriptions WHERE sheet IS NOT NULL")).scalar_one())


@pytest.fixture
def hostile(people: People) -> None:
    """People whose names were put right to what no form would take without blinking."""
    people.subscribe("ada@example.org", tracking=True, source="https://www.example.org/a,b;=c")
    people.subscribe("grace@example.org", topic="events")
    for number, value in enumerate(HOSTILE):
        people.subscribe(f"person{number}@example.org", first_name="Katherine")
        contact = feed.contacts(EVERYBODY, None, 100).documents[-1]
        wishes = Wishes(fields={"first_name": value, "last_name": value[::-1]}, language=None, topics=None)
        rectify(contact.split('"')[3], wishes, Cause(Channel.STAFF))


@pytest.fixture
def settings(settings: Any) -> Any:
    return replace(settings, limit_source=())


@pytest.mark.usefixtures("hostile")
def test_kept_rows_and_rows_made_from_documents_read_alike(service: Flask) -> None:
    """By the csv module, for every reader's choice, whatever stands in the cells."""
    assert count_kept() == len(HOSTILE) + 2

    for layout in LAYOUTS:
        assert read(whole(layout), layout) == read(whole(layout, kept=False), layout), layout
    assert len(read(whole(LAYOUTS[0]), LAYOUTS[0])) == len(HOSTILE) + 3
    assert all(line.endswith("\r") for line in whole(LAYOUTS[0]).split("\n")[:-1])


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("kept", [True, False])
def test_no_cell_is_a_formula_by_whichever_separator_the_sheet_is_read(service: Flask, kept: bool) -> None:
    """D4.4: Excel in Denmark and Germany opens a file of commas as one of semicolons, and passes over its quotes."""
    for layout, separator in product(LAYOUTS, ",;"):
        found = cells_read_with(separator, whole(layout, kept=kept))
        assert not [cell for cell in found if cell.lstrip()[:1] in ("=", "+", "-", "@", "＝")], layout


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(
    "stale",
    [
        "UPDATE subscriptions SET sheet = 'x', sheet_key = '0 x' WHERE sheet IS NOT NULL",
        "UPDATE subscriptions SET sheet = 'x', sheet_key = version || ' first_name last_name' WHERE sheet IS NOT NULL",
    ],
)
def test_a_row_of_an_earlier_state_is_not_used(service: Flask, stale: str) -> None:
    """As a release leaves it behind that knows nothing of rows or guards them otherwise, or another catalogue."""
    before = whole(LAYOUTS[0])
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE subscriptions SET sheet = NULL WHERE id < (SELECT max(id) FROM subscriptions)"))
        connection.execute(text(stale))

    assert read(whole(LAYOUTS[0]), LAYOUTS[0]) == read(before, LAYOUTS[0])


def test_a_field_that_the_catalogue_comes_to_have_is_a_column_at_once(service: Flask, people: People) -> None:
    people.subscribe("ada@example.org", first_name="Ada")
    fields = [field.name for field in catalog.current().newsletter("nyhedsbrev").fields]
    layout = Layout(fields=[*fields, "company"])

    [head, ada] = read(whole(layout), layout)

    assert dict(zip(head, ada, strict=True))["company"] == ""
    assert dict(zip(head, ada, strict=True))["first_name"] == "Ada"


TOLD = st.fixed_dictionaries(
    {
        **{name: st.none() | st.text() for name in sheet.PLAIN},
        "topics": st.lists(st.text(), max_size=3),
        "consents": st.dictionaries(
            st.sampled_from(["newsletter", "tracking"]),
            st.fixed_dictionaries({name: st.text() for name in sheet.CONSENT}),
        ),
        "tracking_allowed": st.booleans(),
        "links": st.just({"unsubscribe": "https://a.example", "manage": "https://b.example"}),
        "fields": st.dictionaries(st.sampled_from(FIELDS), st.text(), max_size=2),
    }
)


@given(told=TOLD, excel=st.booleans())
def test_any_row_is_kept_whole_or_not_at_all(told: dict[str, Any], excel: bool) -> None:
    kept = sheet.row(told, FIELDS)
    layout = Layout(fields=FIELDS, links=False, excel=excel)

    if kept is not None:
        written = layout.put_together(kept.encode() + b"\n").decode()
        [cells] = csv.reader(io.StringIO(written, newline=""), delimiter=layout.delimiter, strict=True)
        assert cells == [*sheet.cells(told), *sheet.field_cells(told, FIELDS)]
        assert CELL not in written
    else:
        assert any(
            ord(c) < 32 or ord(c) == 127 for cell in sheet.cells(told) + sheet.field_cells(told, FIELDS) for c in cell
        )
