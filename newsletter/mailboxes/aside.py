"""Mails that could not be read, or that nobody knows what to do with: kept for staff, for a while, and not too many."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import LargeBinary, Row, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock, ids
from newsletter.columns import Id, Instant
from newsletter.db import Base, insert_once, reader, transaction
from newsletter.mailboxes.naming import addresses_in

MOST = 500  # mails that are kept
LONGEST = 64 * 1024  # bytes of a mail that are kept


class MailAside(Base):
    """The beginning of one mail. The same mail is kept once, however often it comes."""

    __tablename__ = "mails_aside"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    reason: Mapped[str]
    size: Mapped[int]
    raw: Mapped[bytes] = mapped_column(LargeBinary)


def set_aside(raw: bytes, reason: str) -> None:
    """Keep a mail for somebody to look at. When there are too many, the oldest go."""
    row = {
        "id": ids.new(),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "at": clock.now(),
        "reason": reason,
        "size": len(raw),
        "raw": raw[:LONGEST],
    }
    with transaction() as session:
        insert_once(session, MailAside, row)
        keep_the_newest(session)


def aside_naming(address_key: str) -> Sequence[Row[str, datetime, bytes]]:
    """The mails that name this address, oldest first. Looked through while nothing is open: that may take its time."""
    row = MailAside
    with reader() as session:
        mails = session.execute(select(row.id, row.at, row.raw).order_by(row.id)).all()
    return [mail for mail in mails if address_key in addresses_in(mail.raw)]


def forget_aside(session: Session, mail_ids: Sequence[str]) -> None:
    if mail_ids:
        session.execute(delete(MailAside).where(MailAside.id.in_(mail_ids)))


def count_aside(session: Session) -> int:
    return session.execute(select(func.count()).select_from(MailAside)).scalar_one()


def keep_the_newest(session: Session) -> None:
    newest_to_go = select(MailAside.id).order_by(MailAside.id.desc()).offset(MOST).limit(1)
    session.execute(delete(MailAside).where(MailAside.id <= newest_to_go.scalar_subquery()))
