"""What operators and keys do with webhooks: add, alter, remove, enable, rotate, try."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from newsletter import catalog, changes, clock, config, ids, keyring, logs, outbox, targets
from newsletter.db import detached, lock, reader, snapshot, transaction
from newsletter.errors import FieldsInvalid, TargetForbidden
from newsletter.feed.webhooks.payload import TEST
from newsletter.feed.webhooks.webhook import BOUNDS, Wanted, Webhook, WebhookSecret, WebhookState
from newsletter.outbox import Priority, Push, PushState

OVERLAP, LONGEST_OVERLAP = 24, 30 * 24  # hours that the old secret signs too, unless said otherwise; at most
MOST = 100
"""Webhooks of one newsletter. Each is served by threads of its own, in every worker: of a thousand, which a key could
make, the pushes of every other newsletter wait for minutes."""
MOST_SECRETS = 10  # that sign beside each other: each is a header's 50 characters, of every push
log = logs.get("webhooks")


def find(webhook_id: str) -> Webhook:
    """Raises WebhookUnknown."""
    with reader() as session:
        return Webhook.found(session, webhook_id)


def all_webhooks() -> list[Webhook]:
    with reader() as session:
        return list(Webhook.all(session))


def add(wanted: Wanted, by: str | None) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is told this once. It begins with the change after this moment.

    Raises NewsletterUnknown, or FieldsInvalid: for a target that pushes may not go to, or one too many.
    """
    catalog.current().newsletter(wanted.newsletter)
    check_target(wanted.url)
    with snapshot() as connection:
        position = changes.latest(connection, wanted.newsletter)
    with transaction() as session:
        refuse_one_too_many(session, wanted.newsletter)
        webhook = begun(wanted, str(position), by)
        session.add(webhook)
        secret = issue(session, webhook.id)
        return detached(session, webhook), secret


def refuse_one_too_many(session: Session, newsletter: str) -> None:
    lock(session, f"webhooks of {newsletter}")
    known = select(func.count()).select_from(Webhook).where(Webhook.newsletter == newsletter)
    if session.execute(known).scalar_one() >= MOST:
        raise FieldsInvalid({"newsletter": [f"It has {MOST} webhooks already. Remove one first."]})


def begun(wanted: Wanted, position: str, by: str | None) -> Webhook:
    return Webhook(
        id=ids.new(),
        newsletter=wanted.newsletter,
        url=wanted.url,
        kinds=wanted.kinds,
        payload=wanted.payload,
        format=wanted.format,
        state=WebhookState.ENABLED,
        created_at=clock.now(),
        created_by=by,
        position=position,
        failures=0,
        delivered=0,
        failed=0,
        dead=0,
        propagation=[0] * (len(BOUNDS) + 2),
    )


def alter(webhook_id: str, changed: Mapping[str, Any]) -> Webhook:
    """Change `url`, `kinds`, `payload`, `format` or `state`; what waits goes where the webhook leads then.

    Raises WebhookUnknown, or FieldsInvalid.
    """
    if "url" in changed:
        check_target(changed["url"])
    with transaction() as session:
        webhook = Webhook.locked(session, webhook_id)
        for name, value in changed.items():
            setattr(webhook, name, value)
        if changed.get("state") == WebhookState.ENABLED:
            webhook.enable()
            outbox.begin_anew(session, webhook.id, clock.now())
        log.info("webhook altered", webhook=webhook.id, what=sorted(changed))
        return detached(session, webhook)


def remove(webhook_id: str) -> None:
    """Forget a webhook with its secrets, and all that waits for it. Raises WebhookUnknown."""
    with transaction() as session:
        webhook = Webhook.locked(session, webhook_id)
        session.execute(delete(Push).where(Push.webhook_id == webhook.id))
        session.execute(delete(WebhookSecret).where(WebhookSecret.webhook_id == webhook.id))
        session.delete(webhook)
        log.info("webhook removed", webhook=webhook_id)


def rotate(webhook_id: str, overlap: int) -> str:
    """A new secret, told this once; the old ones sign beside it for some hours yet, but the oldest when they are many.

    Raises WebhookUnknown.
    """
    ends_at = clock.now() + timedelta(hours=overlap)
    with transaction() as session:
        webhook = Webhook.locked(session, webhook_id)
        session.execute(delete(WebhookSecret).where(WebhookSecret.ends_at <= clock.now()))
        for place, secret in enumerate(WebhookSecret.living(session, webhook.id, clock.now()), 2):
            secret.ends_at = min(secret.ends_at or ends_at, ends_at) if place <= MOST_SECRETS else clock.now()
        return issue(session, webhook.id)


def send_test(webhook_id: str) -> str:
    """Queue a push that nothing happened for; its id. Raises WebhookUnknown."""
    at = clock.now()
    with transaction() as session:
        webhook = Webhook.locked(session, webhook_id)
        push = Push(id=ids.new(), webhook_id=webhook.id, tx=0, kind=TEST, at=at, priority=Priority.USUAL)
        push.state, push.due_at, push.attempts = PushState.WAITING, at, 0
        session.add(push)
        return push.id


def check_target(url: str) -> None:
    """Asks the resolver, so never within a transaction. Connecting judges anew (D4.5)."""
    try:
        targets.check(url, config.current().private_targets)
    except TargetForbidden as error:
        raise FieldsInvalid({"url": [str(error)]}) from error


def issue(session: Session, webhook_id: str) -> str:
    key = keyring.newest()
    secret = WebhookSecret(id=ids.new(), webhook_id=webhook_id, key_id=key.id, created_at=clock.now(), ends_at=None)
    session.add(secret)
    log.info("webhook secret issued", webhook=webhook_id)
    return secret.told()
