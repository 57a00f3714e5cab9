"""From the log of changes to pushes: what a webhook has not been told yet, and what it is to be told again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter import changes, ids, outbox
from newsletter.changes import WITHDRAWALS, Cursor
from newsletter.db import insert
from newsletter.feed.webhooks.webhook import Webhook
from newsletter.outbox import WAITING, Priority, Push, PushState

PAGE = 500  # changes
PAGES = 10  # in one turn: a worker that was away finds what was withdrawn last before it sends what came first


def spool(session: Session, webhook: Webhook, at: datetime) -> None:
    """Make pushes of what happened since. The caller holds the webhook's lock."""
    for _ in range(PAGES):
        found = changes.after(session.connection(), webhook.newsletter, webhook.cursor, PAGE)
        if found:
            write(session, webhook, found, at)
            webhook.position = str(Cursor.of(found[-1]))
        if len(found) < PAGE:
            break


def spool_replay(session: Session, webhook: Webhook, at: datetime) -> bool:
    """Make pushes of what is to be told again, a page at a time, when nothing newer waits. False when none are left."""
    if webhook.replay_after is None or webhook.replay_until is None:
        return False
    begin, end = Cursor.parse(webhook.replay_after), Cursor.parse(webhook.replay_until)
    found = changes.after(session.connection(), webhook.newsletter, begin, PAGE)
    again = [change for change in found if Cursor.of(change) <= end]
    rows = [row(webhook, change, at, Priority.REPLAY) for change in again if webhook.wants(change.kind)]
    if rows:
        session.execute(insert_or_repeat(at), in_order(rows))
    if len(again) == PAGE:
        webhook.replay_after = str(Cursor.of(again[-1]))
    else:
        webhook.replay_after = webhook.replay_until = None
    return bool(rows)


def write(session: Session, webhook: Webhook, found: Sequence[Row[Any]], at: datetime) -> None:
    rows = [row(webhook, change, at, priority(change.kind)) for change in found if webhook.wants(change.kind)]
    if rows:
        session.execute(insert(Push).on_conflict_do_nothing(), in_order(rows))
        hasten(session, webhook.id, {row["contact_id"] for row in rows if row["priority"] == Priority.WITHDRAWAL}, at)


def priority(kind: str) -> Priority:
    return Priority.WITHDRAWAL if kind in WITHDRAWALS else Priority.USUAL


def row(webhook: Webhook, change: Row[Any], at: datetime, priority: Priority) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "webhook_id": webhook.id,
        "tx": change.tx,
        "change_id": change.id,
        "contact_id": change.contact_id,
        "kind": change.kind,
        "at": change.at,
        "priority": priority,
        "state": PushState.WAITING.value,
        "due_at": at,
        "attempts": 0,
    }


def in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With ids that sort as the changes do, also where many were drawn within a millisecond: deliveries go by them."""
    drawn = sorted(row["id"] for row in rows)
    return [{**row, "id": push_id} for row, push_id in zip(rows, drawn, strict=True)]


def insert_or_repeat(at: datetime) -> postgresql.Insert | sqlite.Insert:
    """A push that is still known is sent again under its own id, by which receivers know it; one that waits, waits."""
    return insert(Push).on_conflict_do_update(
        index_elements=["webhook_id", "change_id"], set_=outbox.anew(at), where=Push.state != WAITING
    )


def hasten(session: Session, webhook_id: str, contacts: Iterable[str], at: datetime) -> None:
    """What a withdrawal has to wait for because it came earlier goes first, too, and now."""
    if contacts:
        waiting = (Push.webhook_id == webhook_id) & Push.contact_id.in_(contacts) & (Push.state == WAITING)
        sooner = {"priority": Priority.WITHDRAWAL, "due_at": case((Push.due_at > at, at), else_=Push.due_at)}
        session.execute(update(Push).where(waiting, Push.priority > Priority.WITHDRAWAL).values(sooner))
