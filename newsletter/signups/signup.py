"""A signup: a request that nobody has confirmed yet. It never changes; it is confirmed, cancelled or expires."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Index, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.addresses import EmailAddress
from newsletter.columns import Id, Instant, Json, canonical
from newsletter.consent import Visit
from newsletter.db import Base, among
from newsletter.outbox import Letter
from newsletter.subscriptions import found_and_locked

LEAST_LIFE = timedelta(hours=1)
"""No letter leaves whose link would live less than this (PRODUCT 4.3)."""


class Signup(Base):
    """What somebody asked for, and from where; everything here goes at the deadline."""

    __tablename__ = "signups"
    __table_args__ = (
        Index("ix_signups_address_key_newsletter", "address_key", "newsletter"),
        Index("ix_signups_deadline", "deadline"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    newsletter: Mapped[str]
    typed: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str]
    language: Mapped[str]
    fields: Mapped[dict[str, str]] = mapped_column(Json)
    topics: Mapped[list[str]] = mapped_column(Json)
    wordings: Mapped[dict[str, str]] = mapped_column(Json)
    offered: Mapped[list[str]] = mapped_column(Json)
    privacy_version: Mapped[str]
    source: Mapped[str | None]
    ip: Mapped[str | None]
    told_by: Mapped[str | None]
    fingerprint: Mapped[str]
    catalog: Mapped[int]
    signed_up_at: Mapped[datetime] = mapped_column(Instant)
    deadline: Mapped[datetime] = mapped_column(Instant)

    @property
    def email(self) -> EmailAddress:
        return EmailAddress(typed=self.typed, mailed=self.address)

    @property
    def visit(self) -> Visit:
        return Visit(ip=self.ip, told_by=self.told_by)

    def lives_long_enough(self, at: datetime) -> bool:
        """Whether a letter that leaves now would still be of use."""
        return self.deadline - at >= LEAST_LIFE

    def let_link_die(self, at: datetime) -> None:
        """Nobody will confirm it any more, though somebody may need it as evidence (A4.7)."""
        self.deadline = min(self.deadline, at)

    @classmethod
    def of_address(cls, session: Session, address_key: str) -> list[Self]:
        return list(session.scalars(select(cls).where(cls.address_key == address_key).order_by(cls.id)))

    @classmethod
    def locked(cls, session: Session, signup_id: str) -> "Signup | None":
        """With its person locked, and read again since; None when it is gone. Nothing is written before."""

        def look() -> tuple["Signup | None", set[str]]:
            found = session.get(cls, signup_id)
            return found, {found.address_key} if found else set()

        return found_and_locked(session, look)


def fingerprint(*parts: Any) -> str:
    """Equal for two posts that ask for the same thing (PRODUCT 4.2)."""
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def discard(session: Session, signups: list[Signup]) -> None:
    """Delete signups with everything that holds their data.

    Everybody deletes signups before letters: whoever has to wait for a signup then holds none of its letters, so no two
    transactions wait for each other.
    """
    if signups:
        signup_ids = [signup.id for signup in signups]
        session.execute(delete(Signup).where(among(Signup.id, signup_ids)))
        session.execute(delete(Letter).where(among(Letter.signup_id, signup_ids)))
