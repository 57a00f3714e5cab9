"""One turn for one webhook: settle what has landed, make pushes of what happened, claim what leaves next.

All in one transaction under the webhook's own lock, so any number of workers may serve one webhook and none of them
needs to know of the others. Nothing is sent in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from newsletter import changes, clock, outbox
from newsletter.db import reader, transaction
from newsletter.errors import WebhookUnknown
from newsletter.feed.webhooks import settlement, spool
from newsletter.feed.webhooks.payload import MEDIA_TYPES, Bodies
from newsletter.feed.webhooks.settlement import Landed
from newsletter.feed.webhooks.webhook import Format, Webhook, WebhookSecret
from newsletter.outbox import WAITING, Push, PushState
from newsletter.subscriptions import Subscription

LEASE = timedelta(seconds=40)
"""A claim ends by itself after this time, so a dead worker's pushes are free again within 45 seconds."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A claimed push, ready to leave."""

    push_id: str
    attempt: int
    url: str
    body: bytes
    media_type: str
    secrets: tuple[bytes, ...]
    claimed_at: float  # on the monotonic clock


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What leaves now; `is_over` when nothing was left to be made into pushes either."""

    leaving: Sequence[Envelope]
    is_over: bool


def enabled() -> list[str]:
    """The ids of the webhooks that are to be served."""
    with reader() as session:
        return [webhook.id for webhook in Webhook.all(session) if webhook.is_enabled]


def has_work(webhook_id: str) -> bool:
    """A look without a lock: is anything due, has anything happened? Raises WebhookUnknown when it is disabled."""
    at = clock.now()
    with reader() as session:
        webhook = Webhook.found(session, webhook_id)
        if not webhook.is_enabled:
            raise WebhookUnknown
        if webhook.rests(at):
            return bool(session.scalar(select(is_news(webhook))))
        if webhook.replay_after is not None:
            return True
        return bool(session.scalar(select(or_(outbox.due(webhook_id, at).exists(), is_news(webhook)))))


def is_news(webhook: Webhook) -> ColumnElement[bool]:
    return changes.oldest_behind(webhook.newsletter, webhook.cursor).scalar_subquery().is_not(None)


def take_turn(webhook_id: str, worker: str, landed: Sequence[Landed], free: int) -> Turn:
    """Settle, spool, claim at most `free`. Raises WebhookUnknown when the webhook was removed."""
    with transaction() as session:
        webhook = Webhook.locked(session, webhook_id)
        at, before = clock.now(), webhook.progress
        settlement.settle(session, webhook, worker, landed)
        if webhook.is_enabled:
            spool.spool(session, webhook, at)
            claimed = claim(session, webhook, worker, at, free)
            return Turn(leaving=packed(session, webhook, claimed, at), is_over=before == webhook.progress)
        return Turn(leaving=[], is_over=True)


def claim(session: Session, webhook: Webhook, worker: str, at: datetime, free: int) -> list[Push]:
    """As many as are free; none while the receiver rests, and one alone, as a probe, while it is down."""
    most = may_leave(session, webhook, at, free)
    found = due(session, webhook.id, at, most)
    if len(found) < most and spool.spool_replay(session, webhook, at):
        found = due(session, webhook.id, at, most)
    for push in found:
        push.claim(worker, at, at + LEASE)
    return found


def may_leave(session: Session, webhook: Webhook, at: datetime, free: int) -> int:
    if webhook.rests(at):
        return 0
    if webhook.is_down:
        return 0 if session.scalar(select(outbox.in_flight(webhook.id, at).exists())) else min(free, 1)
    return free


def due(session: Session, webhook_id: str, at: datetime, most: int) -> list[Push]:
    """In the order in which they should leave, but for those that wait for their person's leaving."""
    wanted = outbox.due(webhook_id, at).limit(most)
    found = list(session.scalars(wanted)) if most else []
    waiting: list[str] = []
    while behind := behind_their_leaving(session, webhook_id, found):
        waiting += behind
        found = list(session.scalars(wanted.where(Push.id.not_in(waiting))))
    return found


def behind_their_leaving(session: Session, webhook_id: str, found: Sequence[Push]) -> list[str]:
    """Which of these are of a person who has returned, while something earlier of another contact is still to be told.

    A tool that knows addresses alone would else hear last that they have left. What is earlier the log says, and not
    the contacts' ids: a clock may have been ahead.
    """
    this, other = aliased(Subscription), aliased(Subscription)
    is_other = and_(other.subscriber_id == this.subscriber_id, other.newsletter == this.newsletter, other.id != this.id)
    contacts = [push.contact_id for push in found if push.contact_id]
    returned = select(this.id, other.id).join(other, is_other).where(this.id.in_(contacts))
    pairs = [(row[0], row[1]) for row in session.execute(returned)] if contacts else []
    waiting = first_waiting(session, webhook_id, {theirs for _, theirs in pairs})
    return [
        push.id
        for push in found
        if any(waiting.get(theirs, push.place) < push.place for mine, theirs in pairs if mine == push.contact_id)
    ]


def first_waiting(session: Session, webhook_id: str, contacts: Collection[str]) -> dict[str, tuple[int, int]]:
    """Where the first push of each of these contacts stands that waits; those that stand first come last here."""
    if not contacts:
        return {}
    mine = select(Push).where(Push.webhook_id == webhook_id, Push.contact_id.in_(contacts), Push.state == WAITING)
    pushes = session.scalars(mine.order_by(Push.tx.desc(), Push.change_id.desc()))
    return {push.contact_id or "": push.place for push in pushes}


def packed(session: Session, webhook: Webhook, claimed: Sequence[Push], at: datetime) -> list[Envelope]:
    """With their contacts as they stand at this moment. A push whose change has been forgotten is over."""
    if not claimed:
        return []
    session.flush()
    bodies = Bodies(session.connection(), claimed, webhook)
    secrets = [secret.raw() for secret in WebhookSecret.living(session, webhook.id, at)]
    signing = tuple(secret for secret in secrets if secret)
    found = [(push, bodies.of(push)) for push in claimed]
    for push, body in found:
        if body is None:
            push.finish(PushState.DEAD, at)
    return [envelope(push, body, webhook, signing) for push, body in found if body is not None]


def envelope(push: Push, body: bytes, webhook: Webhook, secrets: tuple[bytes, ...]) -> Envelope:
    return Envelope(
        push_id=push.id,
        attempt=push.attempts,
        url=webhook.url,
        body=body,
        media_type=MEDIA_TYPES[Format(webhook.format)],
        secrets=secrets,
        claimed_at=clock.monotonic(),
    )
