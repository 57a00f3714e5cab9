"""What waits to be written to the journal: rows that the database's own triggers add, with whatever caused them.

A trigger cannot be forgotten by a verb, nor got past by plain SQL; a row is there exactly when its act has committed,
and it goes when it stands in a file (docs/decisions/0016).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.columns import Id, Instant, Json
from newsletter.db import Base


class EntryKind(StrEnum):
    """What an entry tells. All others are the names of acts."""

    ANCHOR = "anchor"
    LET_GO = "let_go"  # a signup, because the owner of its address has spoken
    ADDRESS_CHANGE_LET_GO = "address_change_let_go"  # the same of somebody's wish for another address
    REMOVED_CHAIN = "removed_chain"
    RESTORED = "restored"
    SUPPRESSED = "suppressed"
    SUPPRESSION_LIFTED = "suppression_lifted"


FOR_EVER = {EntryKind.ANCHOR, EntryKind.REMOVED_CHAIN, EntryKind.RESTORED}
"""These are about nobody, and are compared with the evidence for as long as there is any."""


class JournalEntry(Base):
    """One line to be written. `body` holds ids, times and keyed hashes, and nothing in clear about anybody."""

    __tablename__ = "journal_entries"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str]
    contact_id: Mapped[str | None] = mapped_column(Id)
    body: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the journal. `who` is a keyed hash of the address's SHA-256, where the feed's log still has that.

    Of a move it is the address before: the one after is told by whatever happens there.
    """

    number: int
    kind: str
    at: datetime
    contact_id: str | None
    who: str | None
    body: dict[str, Any]
