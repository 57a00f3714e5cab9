"""CSV of the contacts (RFC 4180), for spreadsheets and for tools that know nothing else.

A cell that a spreadsheet would take for a formula is led by an apostrophe, because names and pages are what
strangers typed (D4.4).
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.feed.export import Blocks
from newsletter.guard import as_cell
from newsletter.subscriptions import NEWSLETTER, TRACKING

PLAIN = ("id", "email", "status", "language", "source", "channel", "signed_up_at", "confirmed_at", "changed_at")
CONSENT = ("state", "at", "wording")
LINKS = ("unsubscribe_url", "manage_url")
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a sheet looks: its columns after the fixed ones, whether it has links, and whom it is written for."""

    fields: Sequence[str]
    links: bool = True
    excel: bool = False

    def sheet(self, blocks: Blocks, _count: int) -> Blocks:
        """The sheet of these documents, a block of rows at a time."""
        yield self.head()
        for block in blocks:
            yield self.rows(parsed(block))

    def head(self) -> bytes:
        mark = BYTE_ORDER_MARK if self.excel else ""
        return mark.encode() + self.written([columns(self)])

    def rows(self, contacts: Iterable[Mapping[str, Any]]) -> bytes:
        return self.written([as_cell(cell) for cell in self.cells(contact)] for contact in contacts)

    def cells(self, contact: Mapping[str, Any]) -> list[str | None]:
        """One contact in the order of `columns`."""
        consents, links = contact["consents"], contact["links"]
        mailed, tracked = consents.get(NEWSLETTER, {}), consents.get(TRACKING, {})
        allowed = "true" if contact["tracking_allowed"] else "false"
        return [
            *(contact[name] for name in PLAIN),
            " ".join(contact["topics"]),
            *(mailed.get(part) for part in CONSENT),
            allowed,
            *(tracked.get(part) for part in CONSENT[1:]),
            *((links["unsubscribe"], links["manage"]) if self.links else ()),
            *(contact["fields"].get(name) for name in self.fields),
        ]

    def written(self, rows: Iterable[Sequence[str | None]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";" if self.excel else ",", lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode()


def columns(layout: Layout) -> list[str]:
    """Only ever appended to, so that a tool may count on them (PRODUCT 5.2)."""
    return [
        *PLAIN,
        "topics",
        *(f"newsletter_{part}" for part in CONSENT),
        "tracking_allowed",
        *(f"tracking_{part}" for part in CONSENT[1:]),
        *(LINKS if layout.links else ()),
        *layout.fields,
    ]


def parsed(block: bytes) -> list[dict[str, Any]]:
    """The documents of a block, read as one array: no document holds a line break of its own."""
    found: list[dict[str, Any]] = json.loads(b"[" + b",".join(block.splitlines()) + b"]")
    return found
