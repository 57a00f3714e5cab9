"""People who have left: names and choices go after a day, the whole of them when the proof's term is over (A7.4-7)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select
from sqlalchemy.orm import Session, aliased

from newsletter import catalog, clock, consent
from newsletter.columns import Instant
from newsletter.consent import Evidence, EvidenceValue
from newsletter.db import lock_all, transaction
from newsletter.privacy.batches import BATCH, OVERLAP, take_up
from newsletter.privacy.belongings import delete_people
from newsletter.privacy.ip_addresses import SAME
from newsletter.privacy.restriction import IS_FREE, locked_free
from newsletter.subscriptions import OVER, Status, Subscriber, Subscription, last_change, lock_name

RULE = "subscriptions"
Other = aliased(Subscription)


def empty_subscriptions() -> int:
    """Names and choices of those who have left (A7.5). What they consented to, and when, is the proof's."""
    with transaction() as session:
        progress = take_up(session, RULE)
        if progress is None:
            return 0
        until = catalog.term(RULE).before(clock.now())
        left = and_(IS_FREE, OVER, Subscription.ended_at > progress.until - OVERLAP, Subscription.ended_at <= until)
        full, named = session.execute(still_full(left)).all(), session.execute(still_named(left)).all()
        free = locked_free(session, {row.address_key for row in (*full, *named)})
        gone = [row.id for row in full if row.address_key in free]
        for subscription in session.scalars(select(Subscription).where(Subscription.id.in_(gone))):
            subscription.empty()
        said = [(row.subscriber_id, row.seq, row.field) for row in named if row.address_key in free]
        consent.remove_values(session, said, RULE)
        done = max(len(full), len(named))
        if done < BATCH:
            progress.until = until
        return done


def still_full(left: ColumnElement[bool]) -> Select[str, str]:
    said = or_(Subscription.fields != {}, Subscription.topics != [])
    return select(Subscription.id, Subscriber.address_key).join(Subscription.subscriber).where(left, said).limit(BATCH)


def still_named(left: ColumnElement[bool]) -> Select[str, int, str, str]:
    """The proof can do without the names: who somebody was is shown by the address (A7.4)."""
    columns = (EvidenceValue.subscriber_id, EvidenceValue.seq, EvidenceValue.field, Subscriber.address_key)
    theirs = and_(Evidence.subscriber_id == Subscription.subscriber_id, Evidence.contact_id == Subscription.id)
    entered = and_(SAME, EvidenceValue.field.in_(consent.TAKEN[RULE]), EvidenceValue.value.is_not(None))
    found = select(*columns).select_from(Subscription).join(Subscription.subscriber).join(Evidence, theirs)
    return found.join(EvidenceValue, entered).where(left).limit(BATCH)


def remove_proofs() -> int:
    """Everything of those whose last subscription has been over for the proof's term. Who came back stays whole.

    Looked at twice: people may confirm anew until they are locked.
    """
    with transaction() as session:
        due = is_due(clock.now())
        found = session.execute(select(Subscriber.id, Subscriber.address_key).where(due).limit(BATCH)).all()
        lock_all(session, [lock_name(row.address_key) for row in found])
        named = Subscriber.id.in_([row.id for row in found])
        remove(session, list(session.scalars(select(Subscriber).where(named, due))))
        return len(found)


def is_due(at: datetime) -> ColumnElement[bool]:
    """Of a subscriber: no subscription lives, one has ended, and none so lately that its proof is still kept."""
    bounds = kept_since(at)
    mine = Other.subscriber_id == Subscriber.id
    kept = exists().where(mine, or_(Other.status != Status.UNSUBSCRIBED, Other.ended_at > bound_of(Other, bounds)))
    over = select(Subscription.subscriber_id).where(OVER, Subscription.ended_at <= max(bounds.values()))
    return and_(Subscriber.id.in_(over), ~kept, IS_FREE)


def kept_since(at: datetime) -> dict[str, datetime]:
    """By newsletter: the proof of what ended at this instant or earlier goes. Empty: of any that is not named."""
    slugs = ["", *catalog.slugs()]
    return {slug: catalog.term("proof", slug).before(at) for slug in slugs}


def bound_of(of: type[Subscription], bounds: Mapping[str, datetime]) -> ColumnElement[datetime]:
    general = literal(bounds[""], Instant)
    own = {slug: literal(bound, Instant) for slug, bound in bounds.items() if bound != bounds[""]}
    return case(own, value=of.newsletter, else_=general) if own else general


def remove(session: Session, subscribers: Sequence[Subscriber]) -> None:
    ids = [subscriber.id for subscriber in subscribers]
    contacts = session.scalars(select(Subscription).where(Subscription.subscriber_id.in_(ids))).all()
    session.add_all(last_change(contact, clock.now()) for contact in contacts)
    session.flush()
    consent.remove_chains(session, ids, "proof")
    delete_people(session, ids)
