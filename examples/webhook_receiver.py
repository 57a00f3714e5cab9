"""A receiver of webhooks that keeps a copy of the list: complete, short, and free to copy.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_... LIST=list.db PORT=9000 python webhook_receiver.py

`list.db` then holds every contact as it stands. Put a server that speaks TLS in front of it. What matters is marked:
verify the raw body, store before answering, drop what is old, and let the state decide, not the name of the push.
"""

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from standardwebhooks import Webhook, WebhookVerificationError

SECRETS = os.environ["WEBHOOK_SECRET"].split(",")  # during a rotation the new one and the old one
LIST = os.environ.get("LIST", "list.db")
PORT = int(os.environ.get("PORT", "9000"))
LARGEST = 1024 * 1024  # bytes
TABLE = "CREATE TABLE IF NOT EXISTS contacts (id TEXT PRIMARY KEY, version INTEGER, status TEXT, contact TEXT)"
STORE = """
INSERT INTO contacts (id, version, status, contact) VALUES (:id, :version, :status, :contact)
ON CONFLICT (id) DO UPDATE SET version = :version, status = :status, contact = :contact
WHERE excluded.version > contacts.version
"""


def receive(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """One push. 2xx says that it is stored; anything else brings it again later."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    if environ["REQUEST_METHOD"] != "POST" or size > LARGEST:
        return answer(start_response, "405 Method Not Allowed")
    body = environ["wsgi.input"].read(size)
    headers = {name: environ.get(f"HTTP_{name.upper().replace('-', '_')}", "") for name in NAMES}
    if not is_genuine(body, headers):
        return answer(start_response, "401 Unauthorized")
    store(json.loads(body))
    return answer(start_response, "204 No Content")


NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")


def is_genuine(body: bytes, headers: dict[str, str]) -> bool:
    """Over the body as it came: one that was parsed and written again has another signature."""
    for secret in SECRETS:
        try:
            Webhook(secret).verify(body, headers)
        except (WebhookVerificationError, ValueError):
            continue
        return True
    return False


def store(push: dict[str, Any]) -> None:
    if push["type"] == "webhook.test":
        return
    change = push["data"]
    with closing(sqlite3.connect(LIST)) as connection, connection:
        if change["kind"] == "erased":
            connection.execute("DELETE FROM contacts WHERE id = ?", [change["id"]])
        elif "version" in change["contact"]:  # one that has been erased since has no more than its id
            keep(connection, change["contact"])


def keep(connection: sqlite3.Connection, contact: dict[str, Any]) -> None:
    """A push may come twice, and late; the version tells. Mail nobody whose status is not `subscribed`."""
    row = {name: contact[name] for name in ("id", "version", "status")}
    connection.execute(STORE, {**row, "contact": json.dumps(contact)})


def answer(start_response: StartResponse, status: str) -> Iterable[bytes]:
    start_response(status, [("Content-Length", "0")])
    return [b""]


if __name__ == "__main__":
    with closing(sqlite3.connect(LIST)) as connection, connection:
        connection.execute(TABLE)
    with make_server("127.0.0.1", PORT, receive) as server:
        server.serve_forever()
