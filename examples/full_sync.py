"""The whole list as it is now, in place of what was there: complete, short, of Python alone, and free to copy.

    API=https://news.example.org/api/v1/newsletters/nyhedsbrev KEY=nlk_... LIST=list.db python full_sync.py

For tools that cannot follow changes: run it every hour. A stream that broke off lacks its last line, and replaces
nothing. Memory stays small however long the list is.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from typing import Any
from urllib.request import Request, urlopen

API, KEY = os.environ["API"], os.environ["KEY"]
LIST = os.environ.get("LIST", "list.db")


class Broken(Exception):
    """The stream ended before its end."""


def contacts(answer: HTTPResponse) -> Iterator[dict[str, Any]]:
    """One a line. Raises Broken unless the last line says that these were all."""
    count = 0
    for line in answer:
        document = json.loads(line)
        if document.get("end") is True:
            if document["count"] != count:
                raise Broken(f"{count} of {document['count']} contacts came")
            return
        count += 1
        yield document
    raise Broken(f"the stream broke off after {count} contacts")


def replace(connection: sqlite3.Connection, answer: HTTPResponse) -> int:
    """All of it, or nothing: the old list stays in force until the new one is whole."""
    with connection:
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE IF NOT EXISTS contacts (id TEXT PRIMARY KEY, email TEXT, contact TEXT)")
        connection.execute("DELETE FROM contacts")
        rows = ((one["id"], one["email"], json.dumps(one)) for one in contacts(answer))
        return connection.executemany("INSERT INTO contacts VALUES (?, ?, ?)", rows).rowcount


def main() -> None:
    request = Request(f"{API}/contacts.ndjson?end=1", headers={"Authorization": f"Bearer {KEY}"})
    with closing(sqlite3.connect(LIST)) as connection, urlopen(request, timeout=60) as answer:
        try:
            count = replace(connection, answer)
        except (Broken, ValueError) as error:
            sys.exit(f"nothing was changed: {error}")
        print(f"{count} contacts; changes go on after {answer.headers['Newsletter-Changes-After']}")


if __name__ == "__main__":
    main()
