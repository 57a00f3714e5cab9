"""What a push says: the change, and of its contact all or next to nothing, as it stands when the push leaves."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from newsletter import clock
from newsletter.changes import Change
from newsletter.feed.changes import contacts_by_id, document
from newsletter.feed.webhooks.webhook import Payload
from newsletter.outbox import Push

TEST = "test"
"""The kind of a push that nothing happened for: somebody tries whether they arrive."""
THIN = ("id", "newsletter", "status", "tracking_allowed", "version", "changed_at")
"""Ids and state; the tool asks for the rest when it needs it (E5)."""


class Bodies:
    """The bodies of some pushes, from one look at the database."""

    def __init__(self, connection: Connection, pushes: Sequence[Push], payload: str) -> None:
        ids = [push.change_id for push in pushes if push.change_id is not None]
        table = Change.__table__
        found = connection.execute(select(table).where(table.c.id.in_(ids))).all() if ids else []
        self.changes: Mapping[int, Row[Any]] = {row.id: row for row in found}
        known = contacts_by_id(connection, {row.contact_id for row in found})
        self.contacts = known if payload == Payload.FULL else {name: thin(one) for name, one in known.items()}

    def of(self, push: Push) -> bytes | None:
        """None when the change itself has been forgotten."""
        if push.change_id is None:
            return told("webhook.test", push, json.dumps({"webhook": push.webhook_id}))
        change = self.changes.get(push.change_id)
        return told(f"contact.{push.kind}", push, document(change, self.contacts)) if change else None


def thin(contact: str) -> str:
    full = json.loads(contact)
    return json.dumps({name: full[name] for name in THIN if name in full})


def told(kind: str, push: Push, data: str) -> bytes:
    return f'{{"type": "{kind}", "timestamp": "{clock.iso(push.at)}", "data": {data}}}'.encode()
