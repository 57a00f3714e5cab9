"""The tool's side of a comparison, in a file that is gone afterwards: a million fit in no process's memory.

It holds ids and hashes, no address.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from newsletter.feed.connectors.tool import Entry

TABLE = (
    "CREATE TABLE theirs (n INTEGER PRIMARY KEY, remote_id TEXT, contact_id TEXT, sha256 TEXT, is_mailed INTEGER, "
    "version INTEGER, is_ours INTEGER DEFAULT 0)"
)
INSERT = "INSERT INTO theirs (remote_id, contact_id, sha256, is_mailed, version) VALUES (?, ?, ?, ?, ?)"
KEYS = ("remote_id", "contact_id", "sha256")
INDEXES = tuple(f"CREATE INDEX ix_{key} ON theirs ({key})" for key in KEYS)
SHOWN = "n, remote_id, is_mailed, version, sha256"
FOUND = {
    key: f"SELECT {key}, {SHOWN} FROM theirs WHERE {key} IN (SELECT value FROM json_each(?))"  # noqa: S608
    for key in KEYS
}
OURS = (
    "UPDATE theirs SET is_ours = 1 WHERE n IN (SELECT value FROM json_each(?))",
    "UPDATE theirs SET is_ours = 1 WHERE sha256 IN "
    "(SELECT sha256 FROM theirs WHERE n IN (SELECT value FROM json_each(?)) AND sha256 <> '')",
)
STRANGERS = "SELECT remote_id, contact_id, sha256 FROM theirs WHERE is_mailed AND NOT is_ours ORDER BY n"


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What the tool holds of one person."""

    n: int
    remote_id: str
    is_mailed: bool
    version: int | None
    email_sha256: str


class Scratch:
    """Everything that one tool has said it holds."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    @contextmanager
    def of(cls, entries: Iterable[Entry]) -> Iterator[Self]:
        with tempfile.TemporaryDirectory(prefix="reconcile-") as folder, closing(opened(folder)) as connection:
            connection.executemany(INSERT, (row_of(entry) for entry in entries))
            for index in INDEXES:
                connection.execute(index)
            yield cls(connection)

    def find(self, key: str, values: Sequence[str]) -> dict[str, Holding]:
        """Those who are known by one of these values, by it."""
        rows = self.connection.execute(FOUND[key], [json.dumps(values)])
        return {
            value: Holding(n=n, remote_id=remote_id, is_mailed=bool(is_mailed), version=version, email_sha256=sha256)
            for value, n, remote_id, is_mailed, version, sha256 in rows
        }

    def claim(self, numbers: Sequence[int]) -> None:
        """These are people of ours, with all that is held of their address; who is left in the end is a stranger."""
        for statement in OURS:
            self.connection.execute(statement, [json.dumps(numbers)])

    def strangers(self) -> Iterator[Entry]:
        for row in self.connection.execute(STRANGERS):
            yield Entry(remote_id=row[0], contact_id=row[1], email_sha256=row[2], is_mailed=True)


def opened(folder: str) -> sqlite3.Connection:
    connection = sqlite3.connect(Path(folder, "theirs"), isolation_level=None)
    for statement in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", TABLE):
        connection.execute(statement)
    return connection


def row_of(entry: Entry) -> tuple[str, str | None, str, bool, int | None]:
    return (entry.remote_id, entry.contact_id, entry.email_sha256, entry.is_mailed, entry.version)
