"""What people ask for by letter, phone or mail, and until when the law wants it answered (GDPR 12(3), A8.3).

A list of deadlines, not of people: who asked is in the company's own files, under the reference that stands here.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.columns import Instant
from newsletter.db import Base, detached, reader, transaction
from newsletter.errors import ExtensionTooLate, ExtensionTooLong, RequestUnknown

MONTHS = 1
LONGEST_EXTENSION = 2  # months


class RequestKind(StrEnum):
    """What is asked for, in the words of the articles."""

    ACCESS = "access"  # 15
    RECTIFICATION = "rectification"  # 16
    ERASURE = "erasure"  # 17
    RESTRICTION = "restriction"  # 18
    PORTABILITY = "portability"  # 20
    OBJECTION = "objection"  # 21
    WITHDRAWAL = "withdrawal"  # 7(3)
    COMPLAINT = "complaint"


class RequestChannel(StrEnum):
    """How it came in."""

    LETTER = "letter"
    MAIL = "mail"
    PHONE = "phone"
    IN_PERSON = "in_person"
    AUTHORITY = "authority"


class Request(Base):
    """One request. It is open until somebody has dealt with it."""

    __tablename__ = "requests"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    kind: Mapped[str]
    channel: Mapped[str]
    reference: Mapped[str | None]
    received_on: Mapped[date]
    due_on: Mapped[date]
    extended_because: Mapped[str | None]
    added_by: Mapped[str]
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[str | None]
    answer: Mapped[str | None]


def add(*, kind: RequestKind, channel: RequestChannel, received_on: date, reference: str | None, actor: str) -> Request:
    """Note a request; due one calendar month after it was received."""
    due_on = clock.months_after(received_on, MONTHS)
    told = {"kind": kind.value, "channel": channel.value, "reference": reference, "added_by": actor}
    with transaction() as session:
        request = Request(**told, received_on=received_on, due_on=due_on)
        session.add(request)
        return detached(session, request)


def extend(number: int, *, months: int, reason: str, told_on: date) -> Request:
    """Give it more time: two months at most after the first one, within which the person was told why (A8.3).

    Raises RequestUnknown, ExtensionTooLong or ExtensionTooLate.
    """
    if not 1 <= months <= LONGEST_EXTENSION:
        raise ExtensionTooLong
    with transaction() as session:
        request = still_open(session, number)
        if not request.received_on <= told_on <= clock.months_after(request.received_on, MONTHS):
            raise ExtensionTooLate
        request.due_on = clock.months_after(request.received_on, MONTHS + months)
        request.extended_because = reason
        return detached(session, request)


def finish(number: int, *, answer: str | None, actor: str) -> Request:
    """It was dealt with. Raises RequestUnknown, also when that had been said before."""
    with transaction() as session:
        request = still_open(session, number)
        request.done_at, request.done_by, request.answer = clock.now(), actor, answer
        return detached(session, request)


def still_open(session: Session, number: int) -> Request:
    found = session.scalar(select(Request).where(Request.id == number, Request.done_at.is_(None)).with_for_update())
    if found is None:
        raise RequestUnknown
    return found


def listed(*, also_done: bool) -> Sequence[Request]:
    """Those that are open, or all of them; the next to be due first."""
    wanted = select(Request).order_by(Request.due_on, Request.id)
    with reader() as session:
        return session.scalars(wanted if also_done else wanted.where(Request.done_at.is_(None))).all()


def is_overdue() -> ColumnElement[bool]:
    """A request may be answered on the day it is due, and not later."""
    return and_(Request.done_at.is_(None), Request.due_on < clock.now().date())


def open_and_overdue(session: Session) -> tuple[int, int]:
    opened, overdue = (
        session.scalar(select(func.count()).select_from(Request).where(condition)) or 0
        for condition in (Request.done_at.is_(None), is_overdue())
    )
    return opened, overdue
