"""What the receiver's answer means for its push, for what comes behind it, and for the webhook (E4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter import logs
from newsletter.changes import WITHDRAWALS
from newsletter.feed.webhooks import schedule
from newsletter.feed.webhooks.webhook import LONGEST_RETRY_AFTER, TRIPPED, Webhook, WebhookState
from newsletter.outbox import WAITING, Priority, Push, PushState
from newsletter.outgoing import BUSY, Answer, wait_asked_for

GONE = 410
SOON = timedelta(minutes=1)
"""What is tried again by then is let be: one stuck person beside others that work is not tried twice at once."""
log = logs.get("webhooks")


@dataclass(frozen=True, kw_only=True)
class Landed:
    """A push that has been tried, or was not sent at all because its claim had run out: then without an answer."""

    push_id: str
    attempt: int
    answer: Answer | None
    latency: int  # ms
    at: datetime


def settle(session: Session, webhook: Webhook, worker: str, landed: Sequence[Landed]) -> None:
    """Write down what came of these. What another worker has claimed meanwhile is that one's. The webhook is locked."""
    mine = select(Push).where(Push.id.in_([one.push_id for one in landed]), Push.claimed_by == worker)
    claimed = {push.id: push for push in session.scalars(mine)} if landed else {}
    for one in sorted(landed, key=lambda one: one.at):
        push = claimed.get(one.push_id)
        if push is not None and one.attempt == push.attempts:
            settle_one(session, webhook, push, one)


def settle_one(session: Session, webhook: Webhook, push: Push, landed: Landed) -> None:
    answer = landed.answer
    if answer is None:
        push.release()
        return
    push.status, push.error, push.latency = answer.status, answer.error, landed.latency
    if answer.status is not None and 200 <= answer.status < 300:
        delivered(session, webhook, push, landed.at)
    else:
        failed(session, webhook, push, answer, landed.at)


def delivered(session: Session, webhook: Webhook, push: Push, at: datetime) -> None:
    """One success shows that the receiver works: what waits because it did not need not wait any longer."""
    push.finish(PushState.DELIVERED, at)
    webhook.delivered += 1
    if push.kind in WITHDRAWALS and push.priority != Priority.REPLAY:
        webhook.count_propagation((at - push.at).total_seconds())
    if webhook.is_down:
        wake(session, webhook.id, at, at)
    elif webhook.failures:
        wake(session, webhook.id, at, at + SOON)
    webhook.works()


def wake(session: Session, webhook_id: str, at: datetime, after: datetime) -> None:
    later = (Push.webhook_id == webhook_id) & (Push.state == WAITING) & (Push.due_at > after)
    session.execute(update(Push).where(later).values(due_at=at))


def failed(session: Session, webhook: Webhook, push: Push, answer: Answer, at: datetime) -> None:
    webhook.failed += 1
    push.release()
    if answer.status == GONE:
        webhook.state = WebhookState.GONE
        log.warning("webhook gone", webhook=webhook.id)
        return
    blame(webhook, push, answer, at)
    tried_at = push.tried_at or at
    retry_at = schedule.next_attempt(push.attempts, tried_at=tried_at, at=at, is_urgent=push.is_urgent)
    if retry_at is None or is_overtaken(session, push, answer):
        give_up(webhook, push, at)
    else:
        push.due_at = retry_at


def give_up(webhook: Webhook, push: Push, at: datetime) -> None:
    push.finish(PushState.DEAD, at)
    webhook.dead += 1
    log.warning("push given up", webhook=webhook.id, push=push.id, kind=push.kind, attempts=push.attempts)


def is_overtaken(session: Session, push: Push, answer: Answer) -> bool:
    """Whether a withdrawal waits behind a push that the receiver keeps answering, but never accepts.

    Days of order for its own sake would be days in which somebody who left is still mailed. What is set aside here
    told of a state that is over, and is never sent by itself again.
    """
    if answer.status is None or answer.status in BUSY or push.attempts < schedule.OVERTAKEN_AFTER:
        return False
    behind = select(Push.id).where(
        Push.webhook_id == push.webhook_id,
        Push.contact_id == push.contact_id,
        Push.state == WAITING,
        Push.kind.in_(WITHDRAWALS),
        Push.id != push.id,
    )
    return push.kind not in WITHDRAWALS and session.scalar(behind.limit(1)) is not None


def blame(webhook: Webhook, push: Push, answer: Answer, at: datetime) -> None:
    """Count the failure against the receiver: after some without a success between them it is taken for down.

    A push that fails again and again counts once, so that one stuck person does not make a receiver look dead. What
    it refuses counts like what it fails on: one that has lost its secret refuses everything, a million times if let.
    """
    if answer.status in BUSY:
        webhook.failures = max(webhook.failures + 1, TRIPPED)
    elif push.attempts == 1 or webhook.is_down:
        webhook.failures += 1
    asked = wait_asked_for(answer.retry_after, at, LONGEST_RETRY_AFTER) if answer.status in BUSY else None
    if asked:
        webhook.rest(at + asked)
    elif webhook.is_down:
        webhook.rest(schedule.rest(webhook.failures, at))
