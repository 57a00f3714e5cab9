"""What docs/privacy says is what the service does (A7.1, A8.9)."""

import re
from typing import NamedTuple

import pytest

from newsletter import catalog, commands, languages
from newsletter.catalog import ROWS
from newsletter.catalog.retention import GENERAL
from newsletter.commands.retention import markdown
from newsletter.db import Base
from tests.conftest import EXAMPLE, ROOT

PRIVACY = ROOT / "docs" / "privacy"
LINE = re.compile(
    r"^\| `(?P<table>\w+)` \|(.*)\|(.*)\|(.*)\| (?P<activity>\d|–) \| `?(?P<kept>\w+|–)`? \|$", re.MULTILINE
)
ACTIVITY = re.compile(r"^\| (\d) \| \*\*.+?\*\*.*\| (.+) \|$", re.MULTILINE)
CODE = re.compile(r"`(\w+)`")


class Classified(NamedTuple):
    """A line of the classification: the columns of a table by how they lead to a person."""

    direct: list[str]
    pseudonymous: list[str]
    other: list[str]
    activity: str
    kept: str

    @property
    def personal(self) -> list[str]:
        return [*self.direct, *self.pseudonymous]


def classification() -> dict[str, Classified]:
    """By table."""
    found = LINE.finditer((PRIVACY / "classification.md").read_text())
    return {
        line["table"]: Classified(*(CODE.findall(line[n]) for n in (2, 3, 4)), line["activity"], line["kept"])
        for line in found
    }


def activities() -> dict[str, list[str]]:
    """By number, the rows of the retention table that the record of processing names."""
    found = ACTIVITY.findall((PRIVACY / "record-of-processing.md").read_text())
    return {number: CODE.findall(kept) for number, kept in found}


CLASSIFIED = classification()
assert commands.COMMANDS  # with these, every table's module is loaded
TABLES = sorted(Base.metadata.tables)


def test_the_retention_table_in_the_documents_is_the_one_that_deletes() -> None:
    page = (PRIVACY / "retention.md").read_text()

    table = markdown(catalog.table(catalog.parse(EXAMPLE.read_text()), languages.SOURCE), languages.SOURCE)

    assert table in page
    assert markdown([], "da").startswith("| Hvad | Hvor længe | Hvorfor | Derefter |\n")
    for key, row in GENERAL.items():
        assert f"{key} = {row.term.number if row.term else 0}".ljust(28) + f"# at most {row.most}\n" in page


def test_every_term_says_when_it_begins() -> None:
    """A7.1, GDPR 13(2)(a)."""
    assert [row.name for row in ROWS if row.term and not re.search(r"%\(term\)s after \w", row.span)] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_classified_in_the_documents(table: str) -> None:
    """A8.9, ASVS 14.1. Say in docs/privacy/classification.md what a new column holds, and which activity wants it."""
    assert table in CLASSIFIED, f"docs/privacy/classification.md lacks the table {table}"
    line = CLASSIFIED[table]

    columns = [column.name for column in Base.metadata.tables[table].columns]

    assert sorted([*line.personal, *line.other]) == sorted(columns)


@pytest.mark.parametrize("table", TABLES)
def test_the_page_about_data_names_every_column_that_names_a_person(table: str) -> None:
    told = re.search(rf"^\| `{table}` \|.*$", (ROOT / "docs/reference/data.md").read_text(), re.MULTILINE)

    assert told, f"docs/reference/data.md lacks the table {table}"
    assert [column for column in CLASSIFIED[table].direct if f"`{column}`" not in told[0]] == []


def test_no_table_is_classified_that_is_not_there() -> None:
    assert set(CLASSIFIED) - set(TABLES) == set()


@pytest.mark.parametrize("table", TABLES)
def test_personal_data_belongs_to_an_activity_of_the_record(table: str) -> None:
    """GDPR 30(1)."""
    line = CLASSIFIED[table]

    assert (line.activity in activities()) == bool(line.personal)


def test_whatever_is_kept_is_kept_by_a_row_of_the_retention_table() -> None:
    rows = {row.name for row in ROWS}
    recorded = {name for kept in activities().values() for name in kept}

    assert {CLASSIFIED[table].kept for table in TABLES} - {"–"} <= rows
    assert rows - {"counts"} <= recorded


def test_what_leads_to_a_person_and_has_no_term_is_explained() -> None:
    """A7.1"""
    explained = (PRIVACY / "classification.md").read_text().partition("## Kept without a term")[2]

    without = {table for table in TABLES if CLASSIFIED[table].personal and CLASSIFIED[table].kept == "–"}

    assert without == {name for line in explained.splitlines() if line[:2] == "- " for name in CODE.findall(line)}


def test_what_operators_have_to_fill_in_is_marked() -> None:
    """A5.12, A8.9: among it the names for the first hours of a breach."""
    assert (PRIVACY / "recipients.md").read_text().count("to be filled in by the controller") >= 3
    for page in ("dpia-screening.md", "breach.md"):
        assert "to be filled in by the controller" in (PRIVACY / page).read_text()


def test_the_record_names_all_that_article_30_wants_and_the_breach_page_who_does_what() -> None:
    """A8.9: GDPR 30(1)(a) to (g), 33."""
    record, breach = ((PRIVACY / page).read_text() for page in ("record-of-processing.md", "breach.md"))

    for told in ("**Controller**", "Joint\ncontrollers", "representative (article 27)", "data protection officer"):
        assert told in record
    for told in ("purpose", "**Data subjects**", "| data |", "recipients", "**Third countries**", "**Time limits**"):
        assert told in record
    assert "measures.md" in record
    for told in ("operator", "data protection contact", "management", "support", "33(2)", "Seventy-two hours"):
        assert told in breach.partition("## First hour")[0]


def test_the_screening_is_about_the_profiles_too() -> None:
    """A5.12: they are what makes an assessment necessary."""
    assert "An assessment is required before anybody is followed" in (PRIVACY / "dpia-screening.md").read_text()


def test_every_recipient_of_the_example_stands_among_the_recipients() -> None:
    page = (PRIVACY / "recipients.md").read_text()

    for recipient in catalog.parse(EXAMPLE.read_text()).controller.recipients:
        assert recipient.name in page


def test_the_how_to_ends_logs_within_the_term_that_the_privacy_page_tells() -> None:
    how_to = (ROOT / "docs" / "how-to" / "install-systemd.md").read_text()
    told = next(row.term.number for row in ROWS if row.name == "logs" and row.term)
    ended = re.findall(r"MaxRetentionSec=(\d+)day|rotate 14/rotate (\d+)", how_to)

    assert [int(journal or nginx) < told for journal, nginx in ended] == [True, True]
