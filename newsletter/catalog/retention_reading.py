"""Reads what a catalogue says about retention: terms, their legal bases, whether unused consents end."""

from collections.abc import Mapping

from newsletter.catalog.reading import Reader
from newsletter.catalog.retention import BY_NEWSLETTER, GENERAL, ROWS, Retention, Row
from newsletter.catalog.term import Term


def read_own(table: Reader) -> Retention:
    """A newsletter's terms that differ from the general ones, as `proof_months = 36`."""
    return Retention(terms=read_terms(table, BY_NEWSLETTER), end_unused=table.flag("end_unused"))


def read_terms(table: Reader, rows: Mapping[str, Row]) -> dict[str, Term]:
    """None above what the law bears (A7.4)."""
    found = {key: (row, table.number(key, 0, row.most)) for key, row in rows.items()}
    return {row.name: Term(number=n, unit=row.term.unit) for row, n in found.values() if n and row.term}


def read_general(table: Reader, languages: tuple[str, ...]) -> Retention:
    bases = table.optional_table("basis")
    given = {row.name: bases.per_language(row.name, languages) for row in ROWS if row.name in bases.content}
    bases.known.update(row.name for row in ROWS)
    return Retention(terms=read_terms(table, GENERAL), bases=given, end_unused=table.flag("end_unused"))
