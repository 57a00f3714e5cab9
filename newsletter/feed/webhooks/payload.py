"""What a push says: the change, and of its contact all or next to nothing, as it stands when the push leaves."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, select

from newsletter import clock
from newsletter.changes import Change
from newsletter.feed.changes import contacts_by_id, document
from newsletter.feed.webhooks.webhook import Format, Payload, Webhook
from newsletter.links import base_url
from newsletter.outbox import Push

TEST = "test"
"""The kind of a push that nothing happened for: somebody tries whether they arrive."""
THIN = ("id", "newsletter", "status", "tracking_allowed", "version", "changed_at")
"""Ids and state; the tool asks for the rest when it needs it (E5)."""
MEDIA_TYPES = {Format.STANDARD: "application/json", Format.CLOUDEVENTS: "application/cloudevents+json"}


class Bodies:
    """The bodies of some pushes of a webhook, from one look at the database."""

    def __init__(self, connection: Connection, pushes: Sequence[Push], webhook: Webhook) -> None:
        self.webhook = webhook
        ids = [push.change_id for push in pushes if push.change_id is not None]
        table = Change.__table__
        found = connection.execute(select(table).where(table.c.id.in_(ids))).all() if ids else []
        self.changes: Mapping[int, Row[Any]] = {row.id: row for row in found}
        known = contacts_by_id(connection, {row.contact_id for row in found})
        is_full = webhook.payload == Payload.FULL
        self.contacts = known if is_full else {name: thin(one) for name, one in known.items()}

    def of(self, push: Push) -> bytes | None:
        """None when the change itself has been forgotten."""
        if push.change_id is None:
            return self.told("webhook.test", push, json.dumps({"webhook": push.webhook_id}))
        change = self.changes.get(push.change_id)
        return self.told(f"contact.{push.kind}", push, document(change, self.contacts)) if change else None

    def told(self, kind: str, push: Push, data: str) -> bytes:
        if self.webhook.format == Format.CLOUDEVENTS:
            return f'{json.dumps(self.context(kind, push))[:-1]}, "data": {data}}}'.encode()
        return f'{{"type": "{kind}", "timestamp": "{clock.iso(push.at)}", "data": {data}}}'.encode()

    def context(self, kind: str, push: Push) -> dict[str, str]:
        """Nothing personal: routers and logs read it (E6)."""
        host = urlsplit(base_url()).hostname or ""
        return {
            "specversion": "1.0",
            "id": push.id,
            "source": f"{base_url()}/newsletters/{self.webhook.newsletter}",
            "type": ".".join([*reversed(host.split(".")), kind]),
            **({"subject": push.contact_id} if push.contact_id else {}),
            "time": clock.iso(push.at),
            "datacontenttype": MEDIA_TYPES[Format.STANDARD],
        }


def thin(contact: str) -> str:
    full = json.loads(contact)
    return json.dumps({name: full[name] for name in THIN if name in full})
