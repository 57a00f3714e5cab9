"""A copy of the list, kept by asking what has changed: complete, short, of Python alone, and free to copy.

    API=https://news.example.org/api/v1/newsletters/nyhedsbrev KEY=nlk_... LIST=list.db python pull_changes.py [--once]

`list.db` then holds every contact as it stands, and the cursor from which the next question goes on. What matters is
marked: cursor and contacts are stored together, what is not newer is dropped, and a tombstone deletes.
"""

import json
import os
import sqlite3
import sys
import time
from contextlib import closing
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

API, KEY = os.environ["API"], os.environ["KEY"]
LIST = os.environ.get("LIST", "list.db")
PAUSE = 30  # seconds; a withdrawal can reach you no sooner than you ask
TABLES = (
    "CREATE TABLE IF NOT EXISTS contacts (id TEXT PRIMARY KEY, version INTEGER, status TEXT, email TEXT, contact TEXT)",
    "CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY CHECK (id = 1), cursor TEXT)",
)
STORE = """
INSERT INTO contacts VALUES (:id, :version, :status, :email, :contact)
ON CONFLICT (id) DO UPDATE SET version = :version, status = :status, email = :email, contact = :contact
WHERE excluded.version > contacts.version
"""


def page_after(cursor: str | None) -> dict[str, Any]:
    """Without a cursor from the very beginning: asking that way again makes a lost copy whole."""
    asked = urlencode({"limit": 1000, **({"after": cursor} if cursor else {})})
    request = Request(f"{API}/changes?{asked}", headers={"Authorization": f"Bearer {KEY}"})
    with urlopen(request, timeout=60) as answer:
        page: dict[str, Any] = json.load(answer)
        return page


def take(connection: sqlite3.Connection, page: dict[str, Any]) -> None:
    """One transaction for the contacts and the cursor: whatever dies here, nothing is skipped."""
    with connection:
        for change in page["items"]:
            if change["kind"] == "erased":
                connection.execute("DELETE FROM contacts WHERE id = ?", [change["id"]])
            elif "version" in change["contact"]:  # an erased contact's older changes have nothing but its id
                contact = change["contact"]
                connection.execute(STORE, {**contact, "contact": json.dumps(contact)})
        if page["items"]:
            connection.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", [page["items"][-1]["cursor"]])


def follow(connection: sqlite3.Connection) -> None:
    """Until there is no more."""
    while True:
        known = connection.execute("SELECT cursor FROM position").fetchone()
        page = page_after(known[0] if known else None)
        take(connection, page)
        if page["next"] is None:
            return


def main() -> None:
    with closing(sqlite3.connect(LIST)) as connection:
        for table in TABLES:
            connection.execute(table)
        while True:
            try:
                follow(connection)
            except (HTTPError, URLError, TimeoutError) as error:
                print(f"not reached, tried again: {error}", file=sys.stderr)
                if "--once" in sys.argv:
                    raise SystemExit(1) from error
            if "--once" in sys.argv:
                return
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()
