"""Picks up the newest file of a folder that this service drops its list into: short, of Python alone, free to copy.

    FOLDER=/srv/newsletter LIST=list.db python pick_up_files.py

Run it as often as you like. A file counts once its manifest is there; its size, hash and number of rows have to be
what the manifest says, or the old list stays. Who is not in the newest file may not be mailed any more.
"""

import csv
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["FOLDER"])
LIST = os.environ.get("LIST", "list.db")
BLOCK = 1024 * 1024  # bytes


class Broken(Exception):
    """The file is not what its manifest says."""


def newest() -> Path | None:
    """Names carry their time, so the last of them is the newest."""
    return max(FOLDER.glob("*.csv.json"), key=lambda found: found.name, default=None)


def check(file: Path, manifest: dict[str, Any]) -> None:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != manifest["sha256"] or file.stat().st_size != manifest["bytes"]:
        raise Broken("the hash or the size is another one")


def rows(file: Path) -> Iterator[tuple[str, str, str]]:
    """A cell that a spreadsheet would take for a formula is led by an apostrophe; no address is one."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        excel = opened.readline().startswith("id;")
        opened.seek(0)
        for row in csv.DictReader(opened, delimiter=";" if excel else ","):
            yield row["id"], row["email"], row["tracking_allowed"]


def replace(connection: sqlite3.Connection, file: Path, count: int) -> None:
    """All of it, or nothing."""
    with connection:
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE IF NOT EXISTS contacts (id TEXT PRIMARY KEY, email TEXT, tracking TEXT)")
        connection.execute("DELETE FROM contacts")
        if connection.executemany("INSERT INTO contacts VALUES (?, ?, ?)", rows(file)).rowcount not in (count, -1):
            raise Broken("the number of rows is another one")


def main() -> None:
    found = newest()
    if found is None:
        sys.exit("no file is there yet")
    manifest = json.loads(found.read_text())
    file = FOLDER / manifest["file"]
    try:
        check(file, manifest)
        with closing(sqlite3.connect(LIST)) as connection:
            replace(connection, file, manifest["count"])
    except (Broken, OSError) as error:
        sys.exit(f"nothing was changed: {error}")
    print(f"{manifest['count']} contacts of {manifest['made_at']}")


if __name__ == "__main__":
    main()
