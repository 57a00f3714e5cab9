"""What the database keeps: every catalogue applied, every wording ever in force, and who still sends old ones."""

from datetime import date, datetime, timedelta
from typing import Self

from sqlalchemy import Date, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.as_it_stands import as_it_stands
from newsletter.catalog.document import Wording
from newsletter.columns import Instant
from newsletter.db import Base

GRACE = timedelta(days=30)
"""How long a retired wording is still accepted: cached pages and static sites follow slowly."""


class CatalogRow(Base):
    """A catalogue as it was applied. The last one is in force."""

    __tablename__ = "catalogs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    applied_at: Mapped[datetime] = mapped_column(Instant)
    sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)


DOCUMENT = as_it_stands(CatalogRow.document)
"""What was applied, or what somebody has made of it."""
ALTERED = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
"""What reading one raises, without the rules of `check`, that somebody has made something else of."""


class WordingRow(Base):
    """A wording that was in force once. Only `retired_at` ever changes; the database sees to that (A1.5)."""

    __tablename__ = "wordings"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    newsletter: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)

    @classmethod
    def of(cls, wording: Wording, at: datetime) -> Self:
        return cls(**vars(wording), valid_from=at)

    def retire(self, at: datetime) -> bool:
        """False when it was retired before."""
        if self.retired_at is not None:
            return False
        self.retired_at = at
        return True

    def come_back(self) -> bool:
        """False when it was in force anyway."""
        if self.retired_at is None:
            return False
        self.retired_at = None
        return True


class StaleForm(Base):
    """A page that sends a wording which is no longer in force. `source` is empty where no page was named."""

    __tablename__ = "stale_forms"

    newsletter: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    wording_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    last_seen: Mapped[date] = mapped_column(Date)
    hits: Mapped[int] = mapped_column(Integer)
