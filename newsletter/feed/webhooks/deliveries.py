"""What became of pushes, newest first, and sending them once more (PRODUCT 4.10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from newsletter import changes, clock, ids, outbox
from newsletter.changes import Cursor
from newsletter.db import reader, transaction
from newsletter.errors import CursorInvalid, DeliveryUnknown
from newsletter.feed.webhooks.webhook import Webhook
from newsletter.outbox import WAITING, Priority, Push, PushState


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """A page of the list; `next` is the id behind which the next one begins."""

    items: Sequence[Mapping[str, Any]]
    next: str | None


def deliveries(webhook_id: str, state: PushState | None, before: str | None, limit: int) -> Deliveries:
    """The pushes of a webhook, newest first. Raises CursorInvalid."""
    wanted = select(Push).where(Push.webhook_id == webhook_id)
    if state is not None:
        wanted = wanted.where(Push.state == state)
    if before is not None:
        wanted = wanted.where(Push.id < checked(before))
    with reader() as session:
        found = session.scalars(wanted.order_by(Push.id.desc()).limit(limit + 1)).all()
    page = found[:limit]
    return Deliveries(items=[told(push) for push in page], next=page[-1].id if len(found) > limit else None)


def checked(cursor: str) -> str:
    if not ids.could_be(cursor):
        raise CursorInvalid
    return cursor


def told(push: Push) -> dict[str, Any]:
    """What the receiver answered is its status and how long it took. What else it said is nobody's business (D4.5)."""
    return {
        "id": push.id,
        "kind": push.kind,
        "contact": push.contact_id,
        "cursor": None if push.change_id is None else cursor_of(push, push.change_id).told,
        "state": push.state,
        "at": clock.iso(push.at),
        "attempts": push.attempts,
        "status": push.status,
        "error": push.error,
        "latency_ms": push.latency,
        "next_attempt_at": clock.iso(push.due_at) if push.state == PushState.WAITING else None,
        "finished_at": clock.iso(push.finished_at) if push.finished_at else None,
    }


def cursor_of(push: Push, change_id: int) -> Cursor:
    return Cursor(tx=push.tx, id=change_id, at=changes.microseconds(push.at))


def oldest_untold(session: Session, webhook: Webhook) -> datetime | None:
    """When the oldest change happened that this webhook has not been told; None also while it is only told again."""
    once = Push.priority != Priority.REPLAY
    waiting = select(func.min(Push.at)).where(Push.webhook_id == webhook.id, Push.state == WAITING, once)
    found = [session.scalar(waiting), session.scalar(changes.oldest_behind(webhook.newsletter, webhook.cursor))]
    return min((at for at in found if at is not None), default=None)


def counts(webhook_id: str) -> Mapping[str, int]:
    """How many pushes stand where."""
    with reader() as session:
        counted = select(Push.state, func.count().label("pushes")).where(Push.webhook_id == webhook_id)
        return {found.state: found.pushes for found in session.execute(counted.group_by(Push.state))}


def replay_one(webhook_id: str, push_id: str) -> None:
    """Send one delivery again, under its own id; not beside itself. Raises WebhookUnknown or DeliveryUnknown."""
    with transaction() as session:
        webhook, at = Webhook.locked(session, webhook_id), clock.now()
        push = session.get(Push, push_id, with_for_update=True)
        if push is None or push.webhook_id != webhook.id:
            raise DeliveryUnknown
        if not push.is_on_its_way(at):
            push.again(at)


def replay_dead(webhook_id: str) -> int:
    """Send again all that was given up; how many. Raises WebhookUnknown."""
    with transaction() as session:
        webhook = Webhook.locked(session, webhook_id)
        dead = update(Push).where(Push.webhook_id == webhook.id, Push.state == PushState.DEAD)
        done = dead.values(outbox.anew(clock.now())).returning(Push.id)
        return len(session.execute(done).all())


def replay_range(webhook_id: str, after: str, until: str | None) -> Mapping[str, str]:
    """Tell again what lies behind `after`: up to `until`, or to this moment.

    Raises WebhookUnknown, or CursorInvalid for what is no position of this log, or the wrong way round.
    """
    begin, end = Cursor.parse(after), Cursor.parse(until) if until is not None else None
    with transaction() as session:
        webhook = Webhook.locked(session, webhook_id)
        log = session.connection()
        if changes.is_lost(log, begin) or (end and end < begin):
            raise CursorInvalid
        webhook.replay(begin, end or max(begin, changes.latest(log, webhook.newsletter)))
        return {"after": str(webhook.replay_after), "until": str(webhook.replay_until)}
