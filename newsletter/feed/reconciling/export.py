"""Any tool's export as CSV: with a column for our id, or the address, or its hash."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from newsletter import addresses
from newsletter.errors import FieldsInvalid
from newsletter.feed.connectors.tool import Entry

HASHES = ("email_sha256", "sha256")
ADDRESSES = ("email", "e-mail", "email_address", "mail")
IDS = ("id", "contact_id", "ext_id", "external_id")
STATES = ("status", "state")
MAILED = {"", "subscribed", "enabled", "active", "confirmed", "activated", "true", "1"}
SNIFFED = 4096  # characters


def entries(file: Path) -> Iterator[Entry]:
    """One for each row. Raises FieldsInvalid for a file that says of nobody who they are."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        head = text.read(SNIFFED)
        text.seek(0)
        rows = csv.DictReader(text, delimiter=";" if head.partition("\n")[0].count(";") else ",")
        names = {name.strip().lower(): name for name in rows.fieldnames or [] if name}
        if not any(known in names for known in (*HASHES, *ADDRESSES, *IDS)):
            raise FieldsInvalid({"file": ["It needs a column id, email or email_sha256."]})
        for number, row in enumerate(rows, start=2):
            yield entry(number, {name: (row[column] or "").strip() for name, column in names.items()})


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
