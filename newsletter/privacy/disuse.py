"""Consents that nobody uses: marked at half their term and at its end, and ended only where that is wished (A2.14).

Not being told of any use is not the same as disuse: nothing ends unless the tool has lately reported what it uses,
and a run that would end very many stops, for a person to look at it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import catalog, clock, ids
from newsletter.catalog import Term
from newsletter.columns import Instant
from newsletter.consent import Act
from newsletter.db import Base, insert_once, reader, transaction
from newsletter.errors import ContactUnknown
from newsletter.privacy.batches import BATCH
from newsletter.subscriptions import IS_LIVING, Cause, Channel, Status, Subscription, end, locked

RULE = "unused"
REPORTED_WITHIN = timedelta(days=30)
MOST = 100
"""A run that would end more than this many of a newsletter ..."""
SHARE = 0.05
"""... and more than this part of it ends none."""
MAILED = (Status.SUBSCRIBED, Status.SUSPENDED)
"""Whom jobs may touch: a restriction leaves nothing but storing (A8.5)."""


class Disuse(Base):
    """What the last look at a newsletter has found. `stopped` is how many would have ended if they were not so many."""

    __tablename__ = "disuse"

    newsletter: Mapped[str] = mapped_column(primary_key=True)
    half: Mapped[int]
    full: Mapped[int]
    stopped: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Consents of a newsletter that nobody used for half their term, and how many of these for all of it."""

    half: int
    full: int


def end_unused(allowed: Collection[str] = ()) -> int:
    """Look at every newsletter and end a batch of what is unused; of those `allowed`, however many that are."""
    return sum(end_unused_of(slug, anyway=slug in allowed) for slug in catalog.slugs())


def end_unused_of(slug: str, *, anyway: bool) -> int:
    """How many ended."""
    at = clock.now()
    found = count_unused(slug, at)
    ends = catalog.current().ends_unused(slug) and found.full > 0 and reports_use(slug, at)
    stopped = found.full if ends and not anyway and is_too_many(found.full, living(slug)) else 0
    due = some_unused(slug, at) if ends and not stopped else []
    ended = sum(end_one(contact_id, catalog.term(RULE, slug).before(at)) for contact_id in due)
    write_down(slug, {"half": found.half, "full": found.full - ended, "stopped": stopped, "at": at})
    return ended


def write_down(slug: str, found: Mapping[str, Any]) -> None:
    with transaction() as session:
        insert_once(session, Disuse, {"newsletter": slug, **found})
        session.execute(update(Disuse).where(Disuse.newsletter == slug).values(found))


def count_unused(slug: str, at: datetime) -> Found:
    """How many nobody has used for half the term, and for all of it."""
    term = catalog.term(RULE, slug)
    with reader() as session:
        half, full = (count(session, slug, bound.before(at)) for bound in (half_of(term), term))
    return Found(half=half, full=full)


def half_of(term: Term) -> Term:
    return Term(number=max(1, term.number // 2), unit=term.unit)


def count(session: Session, slug: str, before: datetime) -> int:
    return session.scalar(select(func.count()).select_from(Subscription).where(is_unused(slug, before))) or 0


def is_unused(slug: str, before: datetime) -> ColumnElement[bool]:
    """Neither used nor changed since. The bound on ids only keeps the newer half of a list from being read."""
    asleep = or_(Subscription.last_used_on.is_(None), Subscription.last_used_on < before.date())
    old = and_(Subscription.id < ids.first_of(before), Subscription.changed_at <= before)
    return and_(Subscription.newsletter == slug, Subscription.status.in_(MAILED), old, asleep)


def some_unused(slug: str, at: datetime) -> Sequence[str]:
    with reader() as session:
        return session.scalars(unused(slug, at).limit(BATCH)).all()


def unused(slug: str, at: datetime) -> Select[str]:
    """The contacts whose consent was not used for its whole term."""
    return select(Subscription.id).where(is_unused(slug, catalog.term(RULE, slug).before(at))).order_by(Subscription.id)


def reports_use(slug: str, at: datetime) -> bool:
    """Whether the tool has lately told of any use: without that, silence says nothing."""
    lately = (at - REPORTED_WITHIN).date()
    told = exists().where(Subscription.newsletter == slug, Subscription.last_used_on >= lately)
    with reader() as session:
        return bool(session.scalar(select(told)))


def is_too_many(due: int, living: int) -> bool:
    return due > MOST and due > SHARE * living


def living(slug: str) -> int:
    everybody = select(func.count()).select_from(Subscription).where(Subscription.newsletter == slug, IS_LIVING)
    with reader() as session:
        return session.scalar(everybody) or 0


def end_one(contact_id: str, before: datetime) -> bool:
    """Unless a use was reported, or the person came back to it, or went, since it was looked at."""
    with transaction() as session:
        try:
            contact = locked(session, contact_id)
        except ContactUnknown:
            return False
        still = select(exists().where(Subscription.id == contact_id, is_unused(contact.newsletter, before)))
        cause = Cause(Channel.RETENTION, note={"reason": "the consent was not used for its term"})
        return bool(session.scalar(still)) and end(session, contact, Act.UNSUBSCRIBED, cause)
