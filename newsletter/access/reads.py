"""Who read contacts or evidence, when, how many: what a breach notice would have to tell (D4.3)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import BigInteger, Integer, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.columns import Id, Instant
from newsletter.db import Base, transaction

LONGEST = 5000  # characters of `what`: a reason and a name, each of 200 letters which may take twelve in an address


class Read(Base):
    """One read of personal data by a key, or by a person at the command line."""

    __tablename__ = "reads"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    key_id: Mapped[str | None] = mapped_column(Id)
    peer: Mapped[str | None]
    what: Mapped[str]
    rows: Mapped[int]

    @classmethod
    def naming(cls, session: Session, ids: Collection[str]) -> Sequence[Self]:
        """Those that looked up one of these people or contacts, oldest first. Lists and the feed name nobody."""
        named = or_(*(cls.what.contains(each, autoescape=True) for each in ids))
        return session.scalars(select(cls).where(named).order_by(cls.at, cls.id)).all()


def record(*, key_id: str | None, peer: str | None, what: str, rows: int) -> None:
    """Journal one read; `what` is the path and its filter, never an address."""
    with transaction() as session:
        session.add(Read(at=clock.now(), key_id=key_id, peer=peer, what=what[:LONGEST], rows=rows))
