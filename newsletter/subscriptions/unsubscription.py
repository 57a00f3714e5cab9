"""Leaving: at once, by whichever door, as often as anybody likes."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy.orm import Session

from newsletter import addresses, changes, clock, db, links, metrics
from newsletter.changes import Change, Kind
from newsletter.consent import Act, Chain, Visit
from newsletter.errors import LinkDead
from newsletter.subscriptions.subscriber import Subscriber
from newsletter.subscriptions.subscription import Subscription


class Channel(StrEnum):
    """By which door somebody left (A6.2)."""

    ONE_CLICK = "one_click"
    PAGE = "page"
    API = "api"
    STAFF = "staff"
    MAIL = "mail"
    NOT_ME = "not_me"
    SUPPRESSION = "suppression"


def by_link(purpose: links.Purpose, token: str) -> Subscription:
    """The subscription that this long-lived link was issued for, over or not. Raises LinkDead."""
    contact_id = links.read(purpose, token)
    with db.reader() as session:
        subscription = session.get(Subscription, contact_id)
    if subscription is None:
        raise LinkDead
    return subscription


def others(subscription: Subscription) -> int:
    """How many more newsletters the same person gets."""
    with db.reader() as session:
        living = Subscription.all_living(session, subscription.subscriber_id)
    return len([other for other in living if other.id != subscription.id])


def person_lock(session: Session, address_key: str) -> None:
    """Serialise whatever happens to one person. Taken before anything of theirs is read for writing."""
    db.lock(session, f"person {address_key}")


def lock_name(address_key: str) -> str:
    return f"person {address_key}"


def end(
    session: Session, subscription: Subscription, *, act: Act, channel: Channel, visit: Visit, note: Mapping[str, str]
) -> bool:
    """End one subscription in the caller's transaction, with its evidence and its change. False if it was over.

    The caller holds the person's lock.
    """
    at = clock.now()
    if not subscription.end(at):
        return False
    chain = Chain.of(session, subscription.subscriber_id)
    chain.append(
        act,
        at=at,
        contact=(subscription.newsletter, subscription.id),
        facts={"channel": channel.value, "disputed": channel is Channel.NOT_ME},
        values={**visit.values, **note},
    )
    chain.write(session)
    session.add(change(subscription, Kind.UNSUBSCRIBED, subscription.subscriber))
    metrics.unsubscribed(channel)
    return True


def change(subscription: Subscription, kind: Kind, subscriber: Subscriber) -> Change:
    """A row of the feed. What ends something also says whom it is about, to tools that know only addresses."""
    ends = kind in (Kind.UNSUBSCRIBED, Kind.SUSPENDED, Kind.RESTRICTED, Kind.ERASED)
    match = {"id": subscription.id, "email_sha256": addresses.sha256(subscriber.address)} if ends else None
    return changes.Change(
        newsletter=subscription.newsletter,
        contact_id=subscription.id,
        kind=kind.value,
        at=subscription.changed_at,
        version=subscription.version,
        match=match,
        previous_match=None,
    )
