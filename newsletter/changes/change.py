"""One row of the log: that something happened to a contact."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.columns import Id, Instant, Json
from newsletter.db import Base

HAS_MATCH = text('("match" IS NOT NULL OR previous_match IS NOT NULL)')
"""In brackets: it stands beside other conditions, which bind closer than OR."""
IS_MOVE = text("previous_match IS NOT NULL")


class ChangeKind(StrEnum):
    CONFIRMED = "confirmed"
    UPDATED = "updated"
    TRACKING_GRANTED = "tracking_granted"
    TRACKING_WITHDRAWN = "tracking_withdrawn"
    UNSUBSCRIBED = "unsubscribed"
    SUSPENDED = "suspended"
    RESTRICTED = "restricted"
    ERASED = "erased"


ENDINGS = {ChangeKind.UNSUBSCRIBED, ChangeKind.SUSPENDED, ChangeKind.RESTRICTED, ChangeKind.ERASED}
"""After one of these nobody may be mailed, for a time or for good."""
WITHDRAWALS = {*ENDINGS, ChangeKind.TRACKING_WITHDRAWN}
"""What leaves first when much is waiting (PRODUCT 4.10)."""


class Change(Base):
    """That something happened to a contact. It holds no personal data; the contact is read when it is told."""

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_newsletter_tx_id", "newsletter", "tx", "id"),
        Index("ix_changes_contact_id", "contact_id"),
        Index("ix_changes_matched", "at", postgresql_where=HAS_MATCH, sqlite_where=HAS_MATCH),
        Index("ix_changes_moved", "newsletter", "tx", "id", postgresql_where=IS_MOVE, sqlite_where=IS_MOVE),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    tx: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    newsletter: Mapped[str]
    contact_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int]
    match: Mapped[dict[str, str] | None] = mapped_column(Json)
    previous_match: Mapped[dict[str, str] | None] = mapped_column(Json)
