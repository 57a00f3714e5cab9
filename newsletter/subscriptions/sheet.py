"""A contact as a row of a sheet: what stands in its cells, and the row as it is kept beside its document.

Like the document, the row is finished when the subscription changes: its cells guarded and quoted, so that a million
of them only have to be put together. What differs from reader to reader is left open in it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from newsletter.catalog import NEWSLETTER
from newsletter.guard import as_cell
from newsletter.subscriptions.states import TRACKING

CELL = "\x1f"
"""Stands between two cells: a comma or a semicolon, as the reader likes."""
LINKS = "\x1e"
"""Stands around the links, which not every reader wants. Control characters never come in, as with `BASE`."""
PLAIN = ("id", "email", "status", "language", "source", "channel", "signed_up_at", "confirmed_at", "changed_at")
CONSENT = ("state", "at", "wording")
GUARDED = "'"
"""In every key: how the cells are guarded. A row that another release has guarded otherwise is not used."""
QUOTED = re.compile(r'[",;]')
NOT_KEPT = re.compile(r"[\x00-\x1f\x7f]")


def cells(told: Mapping[str, Any]) -> list[str]:
    """What stands before the links, guarded (D4.4)."""
    consents = told["consents"]
    mailed, tracked = consents.get(NEWSLETTER, {}), consents.get(TRACKING, {})
    return [
        *(as_cell(told[name]) for name in PLAIN),
        as_cell(" ".join(told["topics"])),
        *(as_cell(mailed.get(part)) for part in CONSENT),
        "true" if told["tracking_allowed"] else "false",
        *(as_cell(tracked.get(part)) for part in CONSENT[1:]),
    ]


def field_cells(told: Mapping[str, Any], fields: Sequence[str]) -> list[str]:
    """What stands behind them: the catalogue's fields."""
    return [as_cell(told["fields"].get(name)) for name in fields]


def row(told: Mapping[str, Any], fields: Sequence[str]) -> str | None:
    """The row, open where readers differ; None for one that cannot be kept so, and is made when it is read."""
    before, behind = cells(told), field_cells(told, fields)
    if NOT_KEPT.search("".join([*before, *behind])):
        return None
    links = "".join(CELL + link for link in link_cells(told))
    return CELL.join(map(quoted, before)) + LINKS + links + LINKS + "".join(CELL + quoted(cell) for cell in behind)


def link_cells(told: Mapping[str, Any]) -> list[str]:
    return [told["links"]["unsubscribe"], told["links"]["manage"]]


def quoted(cell: str) -> str:
    """For either delimiter (RFC 4180)."""
    return '"' + cell.replace('"', '""') + '"' if QUOTED.search(cell) else cell


def key(version: int, fields: Sequence[str]) -> str:
    """Which state of the contact, and which fields, a kept row shows. One that shows others is not used."""
    return f"{version}{key_of(fields)}"


def key_of(fields: Sequence[str]) -> str:
    """What stands in a key behind the version."""
    return "".join([GUARDED, *(f" {name}" for name in fields)])
