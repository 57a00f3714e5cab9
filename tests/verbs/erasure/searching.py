"""Whether anything of a person is left anywhere."""

import base64
from collections.abc import Iterator
from typing import Any

import sqlalchemy
from sqlalchemy import select

from newsletter import feed, privacy
from newsletter.db import db, reader
from newsletter.privacy import LockedProof
from newsletter.subscriptions import Cause, Channel

ADA, GRACE = "ada.lovelace@example.org", "grace@example.com"
NAME, IP = "Augusta Ada King", "192.0.2.77"
STAFF = Cause(Channel.STAFF, note={"actor": "Grace", "reason": "phone"})


def spellings(trace: str) -> Iterator[bytes]:
    """In clear, in hex, and in Base64 wherever it may begin in what was encoded."""
    for raw in {trace.encode(), trace.lower().encode(), trace.upper().encode()}:
        yield raw
        yield raw.hex().encode()
        for shift in range(3):
            yield base64.b64encode(b"\0" * shift + raw)[shift + 1 : -4]


def found(traces: list[str], but_for: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Every column of every table in which something of these can be read."""
    needles = {spelled.lower() for trace in traces for spelled in spellings(trace)}
    with db.engine.connect() as connection:
        return [
            f"{table}.{name}"
            for table in sqlalchemy.inspect(connection).get_table_names()
            if table not in but_for
            for name, value in cells(connection, table)
            if any(needle in str(value).encode().lower() for needle in needles)
        ]


def cells(connection: sqlalchemy.Connection, table: str) -> Iterator[tuple[str, Any]]:
    rows = connection.execute(select(sqlalchemy.text("*")).select_from(sqlalchemy.table(table)))
    for row in rows.mappings():
        yield from row.items()


def contact_ids(address: str = ADA) -> list[str]:
    return [contact.id for contact in feed.contacts_of(address)]


def proofs(address: str = ADA) -> list[LockedProof]:
    with reader() as session:
        return list(privacy.locked_proofs(session, address))
