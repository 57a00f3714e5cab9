"""Whether mail really comes back: a test mail to ourselves, sent by the worker, has arrived within a day.

Only then is the address told to anybody as a way to leave: one that swallows withdrawals would be worse than none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from newsletter import clock, ids, logs
from newsletter.columns import Instant
from newsletter.db import OneRow, transaction
from newsletter.mailboxes.address import UNSUBSCRIBE, AddressKind, address, is_configured, sender

PROVEN_FOR = timedelta(hours=24)
PROVE_EVERY = timedelta(hours=6)
PROBE_EVERY = timedelta(minutes=10)
"""While a probe has not come back."""
RECHECK = 5.0  # seconds that a process believes what it last read

log = logs.get("mailboxes")


class MailWay(OneRow):
    """One row: when a test mail was last sent, and when the newest was sent that has come back."""

    __tablename__ = "mail_way"

    probed_at: Mapped[datetime | None] = mapped_column(Instant)
    proven_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(kw_only=True)
class Known:
    """What this process last read, and until when it asks no more."""

    offered: str | None = None
    due: float = 0.0


def offered() -> str | None:
    """The address for leaving by mail, while it is known to work. A doubt takes it away."""
    known: Known = current_app.extensions.setdefault("mail way", Known())
    if is_configured() and clock.monotonic() >= known.due:
        known.offered = address(UNSUBSCRIBE) if looked_up() else None
        known.due = clock.monotonic() + RECHECK
    return known.offered


def looked_up() -> bool:
    try:
        return is_open()
    except SQLAlchemyError:
        log.warning("whether mail comes back could not be read")
        return False


def is_open() -> bool:
    """Not by what a clock that was far ahead has proven."""
    proven_at = MailWay.now().proven_at
    return proven_at is not None and abs(clock.now() - proven_at) < PROVEN_FOR


def probe_due() -> bool:
    """Whether it is time for a test mail, and this worker's turn to send it."""
    if not is_configured():
        return False
    at = clock.now()
    old, quiet = is_past(MailWay.proven_at, PROVE_EVERY, at), is_past(MailWay.probed_at, PROBE_EVERY, at)
    with transaction() as session:
        mine = update(MailWay).where(old, quiet).values(probed_at=at).returning(MailWay.id)
        return session.execute(mine).first() is not None


def is_past(instant: InstrumentedAttribute[datetime | None], every: timedelta, at: datetime) -> ColumnElement[bool]:
    """So long ago, or never; or as far ahead, which only a clock that was far ahead can have written."""
    return or_(instant.is_(None), instant <= at - every, instant > at + every)


def fresh_probe() -> str:
    """An address that only a test mail sent now will come to."""
    return sender(AddressKind.PROBE, ids.new()) or ""


def note_proof(probe_id: str) -> bool:
    """A test mail came back. It proves what it was sent for: that the way was open then, if that was within a day."""
    sent_at, at = ids.instant_of(probe_id), clock.now()
    if sent_at <= at - PROVEN_FOR or clock.is_far_ahead(sent_at):
        return False
    older = or_(MailWay.proven_at.is_(None), MailWay.proven_at < sent_at, MailWay.proven_at > at + clock.SKEW)
    with transaction() as session:
        session.execute(update(MailWay).where(older).values(proven_at=sent_at.astimezone(UTC)))
    return True
