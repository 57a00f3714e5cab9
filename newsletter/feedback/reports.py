"""Reports of the marketing tool: what became of its mails, item by item (PRODUCT 5.2).

Each item is a verb of its own: one that fails, or a process that dies, leaves those before it done, and all may be
sent again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import addresses, changes, clock
from newsletter.access import ApiKey
from newsletter.consent import Visit
from newsletter.db import transaction
from newsletter.errors import AddressInvalid
from newsletter.feedback import brake
from newsletter.feedback.effects import Happening
from newsletter.subscriptions import OVER, Cause, Channel, Subscriber, Subscription, found_and_locked


class ReportKind(StrEnum):
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    USED = "used"


class Result(StrEnum):
    DONE = "done"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why an item was refused."""

    STALE = "stale"
    FUTURE = "future"
    HELD = "held"


SAID_THEMSELVES = (ReportKind.COMPLAINT, ReportKind.UNSUBSCRIBED)
FAST = timedelta(minutes=5)
"""How far a tool's clock may be ahead of ours. What it tells is then of now: the bounces of one day must not become
those of two. An hour ahead is local time that was sent as UTC: better told than taken."""

EFFECTS: Mapping[ReportKind, Callable[[Happening], bool]] = {
    ReportKind.HARD_BOUNCE: Happening.hard_bounce,
    ReportKind.SOFT_BOUNCE: Happening.soft_bounce,
    ReportKind.COMPLAINT: Happening.complaint,
    ReportKind.UNSUBSCRIBED: Happening.unsubscribed,
    ReportKind.USED: Happening.used,
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """One item: a contact by its id, or by the address it has in a newsletter."""

    newsletter: str
    kind: ReportKind
    at: datetime
    id: str | None = None
    email: str | None = None

    def find(self, session: Session) -> Subscription | None:
        """The contact meant; of an address that has left and come back, the one that lives, else the newest.

        Who has just moved is meant by the address before, too, while the tool may know no other: but only by what
        people say themselves. A bounce tells of one mailbox alone.
        """
        wanted = select(Subscription).where(Subscription.newsletter == self.newsletter)
        if self.id is not None:
            return session.scalar(wanted.where(Subscription.id == self.id))
        by_address = wanted.join(Subscription.subscriber).where(Subscriber.address_key == key_of(self.email or ""))
        found = session.scalars(by_address.order_by(OVER, Subscription.id.desc()).limit(1)).first()
        if found is None and self.kind in SAID_THEMSELVES:
            moved = changes.moved_from(session, self.newsletter, addresses.sha256(self.email or ""))
            found = session.scalar(wanted.where(Subscription.id == moved))
        return found


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one item."""

    result: Result
    reason: Reason | None = None

    @classmethod
    def refused(cls, reason: Reason) -> Self:
        return cls(result=Result.REFUSED, reason=reason)


DONE, UNKNOWN = Outcome(result=Result.DONE), Outcome(result=Result.UNKNOWN)


def take(reports: Sequence[Report], key_id: str) -> list[Outcome]:
    """Act on each report in turn; what became of each, in the same order."""
    return [take_one(report, key_id) for report in reports]


def take_one(report: Report, key_id: str) -> Outcome:
    """Safe to repeat. To a key, what it does not reach does not exist."""
    with transaction() as session:
        key = session.get_one(ApiKey, key_id)
        if key.held_at is not None:
            return Outcome.refused(Reason.HELD)
        contact = locked(session, report) if key.reaches(report.newsletter) else None
        if contact is None:
            return UNKNOWN
        now = clock.now()
        happening = Happening(session=session, contact=contact, cause=cause_of(report, key), at=min(report.at, now))
        if report.at > now + FAST:
            return Outcome.refused(Reason.FUTURE)
        if happening.is_stale:
            return Outcome.refused(Reason.STALE)
        if EFFECTS[report.kind](happening):
            brake.took_off(session, key.id, contact.newsletter)
        return DONE


def locked(session: Session, report: Report) -> Subscription | None:
    """The contact, its person locked, and looked up again since: it may just have left, come back, or been erased."""

    def look() -> tuple[Subscription | None, set[str]]:
        found = report.find(session)
        return found, {found.subscriber.address_key} if found else set()

    return found_and_locked(session, look)


def cause_of(report: Report, key: ApiKey) -> Cause:
    """It may come late, or again: what was asked for since stays. Many tools know no fractions of a second."""
    note = {"actor": key.name, "key": key.id, "reported_at": clock.iso(report.at)}
    return Cause(Channel.REPORT, Visit(ip=None, told_by=key.id), note, first=report.at + timedelta(seconds=1))


def key_of(email: str) -> str:
    """What rows are found by. A tool may hold what no address of ours can be; nobody has that."""
    try:
        return addresses.parse(email).key
    except AddressInvalid:
        return ""
