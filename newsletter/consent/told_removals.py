"""Which chains the journal tells the removal of: any number of them, in a table that is gone afterwards."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Self

IN_A_FILE_OF_ITS_OWN = ""
"""A nameless database is a temporary file, and its pages stay in memory while they are few."""


@dataclass(frozen=True)
class ToldRemovals:
    """Whoever forges a row of `removed_chains` to excuse what they took away has not told the journal."""

    connection: sqlite3.Connection

    @classmethod
    @contextmanager
    def of(cls, bodies: Iterable[Mapping[str, Any]]) -> Iterator[Self]:
        with closing(sqlite3.connect(IN_A_FILE_OF_ITS_OWN, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE told (chain TEXT PRIMARY KEY) WITHOUT ROWID")
            connection.execute("BEGIN")
            names = ((named(body.get("subscriber"), body.get("records"), body.get("head")),) for body in bodies)
            connection.executemany("INSERT OR IGNORE INTO told VALUES (?)", names)
            yield cls(connection)

    def has(self, subscriber_id: str, records: int, head: str) -> bool:
        found = self.connection.execute("SELECT 1 FROM told WHERE chain = ?", [named(subscriber_id, records, head)])
        return found.fetchone() is not None


def named(subscriber_id: object, records: object, head: object) -> str:
    return f"{subscriber_id} {records} {head}"
