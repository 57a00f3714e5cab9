"""A change of address that waits for its confirmation, and what is left of one that was confirmed (A8.4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.columns import Id, Instant, Json
from newsletter.consent import Visit
from newsletter.db import Base
from newsletter.outbox import Letter


class AddressChange(Base):
    """One wish for another address. Pending it holds that address; confirmed it holds ids alone, for "not me"."""

    __tablename__ = "address_changes"
    __table_args__ = (
        Index("ix_address_changes_subscriber_id", "subscriber_id"),
        Index("ix_address_changes_contact_id", "contact_id"),
        Index("ix_address_changes_address_key", "address_key"),
        Index("ix_address_changes_deadline", "deadline"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subscriber_id: Mapped[str] = mapped_column(Id, ForeignKey("subscribers.id"))
    contact_id: Mapped[str] = mapped_column(Id)
    letter_id: Mapped[str] = mapped_column(Id)
    notice_id: Mapped[str] = mapped_column(Id)
    key_id: Mapped[str]
    typed: Mapped[str | None]
    address: Mapped[str | None]
    address_key: Mapped[str | None]
    channel: Mapped[str]
    ip: Mapped[str | None]
    told_by: Mapped[str | None]
    note: Mapped[dict[str, str]] = mapped_column(Json)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    deadline: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)

    @classmethod
    def pending(cls, session: Session, subscriber_id: str) -> Self | None:
        """The one that waits: a newer wish takes the place of the older."""
        mine = select(cls).where(cls.subscriber_id == subscriber_id, IS_PENDING, cls.deadline > clock.now())
        return session.scalar(mine)

    @classmethod
    def pending_to(cls, session: Session, address_key: str) -> Sequence[Self]:
        """Whoever's wishes for this address."""
        return session.scalars(select(cls).where(cls.address_key == address_key, IS_PENDING)).all()

    @classmethod
    def of_letter(cls, session: Session, letter: Letter) -> Self | None:
        mine = (cls.letter_id == letter.id) | (cls.notice_id == letter.id)
        return session.scalar(select(cls).where(cls.contact_id == letter.contact_id, mine))

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def is_over(self) -> bool:
        """Past its deadline: dead to the second, whether its row is deleted by now or not."""
        return not self.is_confirmed and self.deadline <= clock.now()

    @property
    def visit(self) -> Visit:
        return Visit(ip=self.ip, told_by=self.told_by)

    def settle(self, at: datetime) -> None:
        """Confirmed: what was asked for is on record now, and nothing of it is kept here."""
        self.confirmed_at = at
        self.typed = self.address = self.address_key = self.ip = self.told_by = None
        self.note = {}


IS_PENDING = AddressChange.confirmed_at.is_(None)
