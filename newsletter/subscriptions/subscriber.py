"""A person whose address is confirmed."""

from datetime import datetime
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.db import Base, Id, Instant


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
