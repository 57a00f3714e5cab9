"""One person at a time: whatever happens to somebody is serialised, and told once, by evidence and by the feed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from newsletter import clock, db
from newsletter.changes import ENDINGS, Change, ChangeKind, match_of
from newsletter.consent import Act, Chain
from newsletter.errors import ContactUnknown
from newsletter.subscriptions.cause import Cause
from newsletter.subscriptions.contact import known_address
from newsletter.subscriptions.subscription import Subscription

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What was done, and what it came of. `kind` is what the feed is told; None where no subscription has changed."""

    act: Act
    cause: Cause
    kind: ChangeKind | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def person_lock(session: Session, address_key: str) -> None:
    """Serialise whatever happens to one person. Taken before anything of theirs is read for writing."""
    db.lock(session, lock_name(address_key))


def lock_name(address_key: str) -> str:
    return f"person {address_key}"


def found_and_locked(session: Session, look: Callable[[], tuple[T, set[str]]]) -> T:
    """What a look finds, with everybody locked whom it concerns, by the keys of their addresses, and looked up again.

    Who has just moved to another address is locked under that one, and all anew: others lock several, in their order,
    and would wait in a circle. So this comes before anything is written.
    """
    held: set[str] = set()
    while True:
        found, concerned = look()
        if concerned <= held:
            return found
        if held:
            db.begin(session)
        held = concerned
        db.lock_all(session, [lock_name(key) for key in held])
        session.expire_all()


def locked(session: Session, contact_id: str) -> Subscription:
    """The subscription, its person locked, and read again since. Raises ContactUnknown. Nothing is written before."""

    def look() -> tuple[Subscription, set[str]]:
        found = session.get(Subscription, contact_id)
        if found is None:
            raise ContactUnknown
        return found, {found.subscriber.address_key}

    return found_and_locked(session, look)


def record(session: Session, subscription: Subscription, deed: Deed) -> None:
    """Evidence of what has just been done, and a change where the subscription changed: both at that instant."""
    chain = Chain.of(session, subscription.subscriber_id)
    chain.append(
        deed.act,
        at=subscription.changed_at if deed.kind else clock.now(),
        contact=(subscription.newsletter, subscription.id),
        facts={"channel": deed.cause.channel.value, **deed.facts},
        values=deed.cause.values,
    )
    chain.write(session)
    if deed.kind:
        session.add(change(subscription, deed.kind))


def change(subscription: Subscription, kind: ChangeKind) -> Change:
    return Change(**change_row(subscription, kind))


def last_change(subscription: Subscription, at: datetime) -> Change:
    """Count the change that a contact goes with: a tool that reads the log from its beginning ends with nobody gone."""
    subscription.version, subscription.changed_at = subscription.version + 1, at
    return change(subscription, ChangeKind.ERASED)


def change_row(subscription: Subscription, kind: ChangeKind) -> dict[str, Any]:
    """A row of the feed. What ends something also says whom it is about, to tools that know only addresses."""
    return {
        "newsletter": subscription.newsletter,
        "contact_id": subscription.id,
        "kind": kind.value,
        "at": subscription.changed_at,
        "version": subscription.version,
        "match": match_of(subscription.id, known_address(subscription)) if kind in ENDINGS else None,
        "previous_match": None,
    }
