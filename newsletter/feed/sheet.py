"""CSV of the contacts (RFC 4180), for spreadsheets and for tools that know nothing else.

A cell that a spreadsheet would take for a formula is led by an apostrophe, because names and pages are what
strangers typed (D4.4). Rows are kept beside the contacts, ready but for what readers choose; one that is not is made
from its document, to the same effect.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, literal

from newsletter.feed.export import Blocks
from newsletter.subscriptions import Subscription, sheet

LINK_COLUMNS = ("unsubscribe_url", "manage_url")
BYTE_ORDER_MARK = "\ufeff"
LINK_CELLS = re.compile(rb"%b[^%b]*%b" % ((sheet.LINKS.encode(),) * 3))
DOCUMENT = b"{"
"""How a document begins, and no row: those begin with an id."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a sheet looks: its columns after the fixed ones, whether it has links, and whom it is written for."""

    fields: Sequence[str]
    links: bool = True
    excel: bool = False

    @property
    def delimiter(self) -> str:
        return ";" if self.excel else ","

    @property
    def wanted(self) -> ColumnElement[str]:
        """The row that is kept; the document where none is kept of this state and with these fields."""
        shown = cast(Subscription.version, String) + literal(sheet.key_of(self.fields))
        usable = (Subscription.sheet_key == shown) & Subscription.sheet.is_not(None)
        return case((usable, Subscription.sheet), else_=Subscription.contact)

    def blocks(self, stored: Iterable[bytes], _count: int) -> Blocks:
        """The sheet of these rows and documents, a block at a time."""
        yield self.head()
        for block in stored:
            yield b"".join(map(self.made, block.splitlines())) if is_mixed(block) else self.put_together(block)

    def head(self) -> bytes:
        mark = BYTE_ORDER_MARK if self.excel else ""
        return mark.encode() + self.written(self.columns)

    def put_together(self, rows: bytes) -> bytes:
        """Kept rows, as this reader wants them."""
        chosen = rows.replace(sheet.LINKS.encode(), b"") if self.links else LINK_CELLS.sub(b"", rows)
        return chosen.replace(sheet.CELL.encode(), self.delimiter.encode()).replace(b"\n", b"\r\n")

    def made(self, line: bytes) -> bytes:
        if line.startswith(DOCUMENT):
            return self.written(self.cells(json.loads(line)))
        return self.put_together(line + b"\n")

    @property
    def columns(self) -> list[str]:
        """Only ever appended to, so that a tool may count on them (PRODUCT 5.2)."""
        return [
            *sheet.PLAIN,
            "topics",
            *(f"newsletter_{part}" for part in sheet.CONSENT),
            "tracking_allowed",
            *(f"tracking_{part}" for part in sheet.CONSENT[1:]),
            *(LINK_COLUMNS if self.links else ()),
            *self.fields,
        ]

    def cells(self, contact: Mapping[str, Any]) -> list[str]:
        """One contact in the order of `columns`."""
        return [
            *sheet.cells(contact),
            *(sheet.link_cells(contact) if self.links else ()),
            *sheet.field_cells(contact, self.fields),
        ]

    def written(self, row: Sequence[str]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n").writerow(row)
        return text.getvalue().encode()


def is_mixed(block: bytes) -> bool:
    """Whether there is a document among the rows. To look for one byte first costs a tenth of looking for two."""
    return DOCUMENT in block and (block.startswith(DOCUMENT) or b"\n" + DOCUMENT in block)
