"""What happened since: a page of the changes, each with its contact as it stands at this moment.

A reader keeps the cursor of the last change that it has dealt with, and asks again from there; a page that is not
full has no next one yet. It may repeat, resume and start over.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from newsletter import changes, clock
from newsletter.changes import ChangeKind, Cursor
from newsletter.db import snapshot
from newsletter.errors import CursorInvalid
from newsletter.subscriptions import Completion, Subscription

LOST = "The cursor is not of this log, as after a restore: read the list anew, and go on from its cursor."


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A page of changes; `last` is where its reader goes on, whether or not there is more."""

    documents: Sequence[str]
    last: Cursor
    is_full: bool


def changes_after(newsletter: str, cursor: Cursor, limit: int) -> Changes:
    """The changes of a newsletter behind the cursor, oldest first, from one snapshot.

    Raises CursorInvalid for a position that is not of this log: its reader would miss what now stands before it.
    """
    with snapshot() as connection:
        if changes.is_lost(connection, cursor):
            raise CursorInvalid(LOST)
        found = changes.after(connection, newsletter, cursor, limit)
        contacts = contacts_by_id(connection, {row.contact_id for row in found})
    last = Cursor.of(found[-1]) if found else cursor
    return Changes(documents=[document(row, contacts) for row in found], last=last, is_full=len(found) == limit)


def contacts_by_id(connection: Connection, ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    wanted = select(Subscription.id, Subscription.contact).where(Subscription.id.in_(ids))
    completion = Completion.now()
    return {row.id: completion.text(row.contact) for row in connection.execute(wanted)}


def document(change: Row[Any], contacts: Mapping[str, str]) -> str:
    """The change as JSON around its contact's finished document. Of whom was erased, nothing but the id is left."""
    known = None if change.kind == ChangeKind.ERASED else contacts.get(change.contact_id)
    head = {"cursor": Cursor.of(change).told, "id": change.contact_id, "kind": change.kind, "at": clock.iso(change.at)}
    matches = {name: getattr(change, name) for name in ("match", "previous_match") if getattr(change, name)}
    told = json.dumps({**head, **matches})
    return f'{told[:-1]}, "contact": {known or json.dumps({"id": change.contact_id})}}}'
