"""A person whose address is confirmed."""

from datetime import datetime
from typing import Self

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.columns import Id, Instant
from newsletter.consent import Act, Evidence, EvidenceValue
from newsletter.db import Base


class Subscriber(Base):
    """A person, known by an address. All that person's subscriptions and evidence hang on it."""

    __tablename__ = "subscribers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    restricted_at: Mapped[datetime | None] = mapped_column(Instant)

    @classmethod
    def by_address(cls, session: Session, address_key: str) -> Self | None:
        return session.scalar(select(cls).where(cls.address_key == address_key))

    def address_at(self, session: Session, at: datetime) -> str:
        """The one that was theirs after what happened at that instant: the next change of address tells which it was.

        The next in the order of the records: a clock that was ahead may have dated what was before it later.
        """
        kept = (EvidenceValue.subscriber_id == Evidence.subscriber_id) & (EvidenceValue.seq == Evidence.seq)
        done = self.last_record(session, Evidence.at == at) or self.last_record(session, Evidence.at < at) or 0
        moved = Evidence.subscriber_id == self.id, Evidence.act == Act.ADDRESS_CHANGED, Evidence.seq > done
        until_then = select(EvidenceValue.value).join(Evidence, kept).where(EvidenceValue.field == "previous_address")
        return session.scalar(until_then.where(*moved).order_by(Evidence.seq).limit(1)) or self.address

    def last_record(self, session: Session, which: ColumnElement[bool]) -> int | None:
        return session.scalar(select(func.max(Evidence.seq)).where(Evidence.subscriber_id == self.id, which))
