"""Any tool's export as CSV: with a column for our id, or the address, or its hash."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from newsletter import addresses
from newsletter.errors import FieldsInvalid
from newsletter.feed.connectors.tool import Entry

HASHES = ("emailsha256", "sha256")
ADDRESSES = ("email", "emailaddress", "mail", "emailadresse", "mailadresse")
IDS = ("id", "contactid", "extid", "externalid")
"""Columns, without their capitals, blanks, hyphens and underscores."""
STATES = ("status", "state")
MAILED = {
    *("", "subscribed", "enabled", "active", "confirmed", "activated", "true", "yes", "1"),
    *("tilmeldt", "aktiv", "bekræftet", "ja"),
    *("angemeldet", "abonniert", "bestätigt", "aktiviert"),
}
DELIMITERS = ",;\t"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SNIFFED = 4096  # characters


def entries(file: Path) -> Iterator[Entry]:
    """One for each row that names somebody; spreadsheets end in rows that do not, and nobody is mailed by these.

    Raises FieldsInvalid for a file that says of nobody who they are, or is no CSV.
    """
    with file.open(encoding=encoding_of(file), errors="replace", newline="") as text:
        head = text.read(SNIFFED).partition("\n")[0]
        text.seek(0)
        rows = csv.DictReader(text, delimiter=max(DELIMITERS, key=head.count))
        try:
            yield from (found for found in read(rows) if found.contact_id or found.email_sha256)
        except csv.Error as error:  # mostly a quotation mark that nothing closes
            raise FieldsInvalid({"file": [f"From line {rows.line_num} on it cannot be read as CSV."]}) from error


def encoding_of(file: Path) -> str:
    """Names may be in any; ids, hashes and addresses are the same in all but those of two bytes a character."""
    with file.open("rb") as raw:
        return "utf-16" if raw.read(2) in UTF_16 else "utf-8-sig"


def read(rows: "csv.DictReader[str]") -> Iterator[Entry]:
    names = {known_as(name): name for name in rows.fieldnames or [] if name}
    if not any(known in names for known in (*HASHES, *ADDRESSES, *IDS)):
        raise FieldsInvalid({"file": ["It needs a column id, email or email_sha256."]})
    for number, row in enumerate(rows, start=2):
        yield entry(number, {name: (row[column] or "").strip() for name, column in names.items()})


def known_as(column: str) -> str:
    return re.sub(r"[\s_-]", "", column).lower()


def entry(number: int, row: Mapping[str, str]) -> Entry:
    address = first(row, ADDRESSES)
    return Entry(
        remote_id=f"line {number}",
        contact_id=first(row, IDS) or None,
        email_sha256=first(row, HASHES).lower() or (addresses.sha256(address.lstrip("'")) if address else ""),
        is_mailed=first(row, STATES).lower() in MAILED,
    )


def first(row: Mapping[str, str], names: Sequence[str]) -> str:
    return next((row[name] for name in names if row.get(name)), "")
