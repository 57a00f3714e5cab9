"""Evidence: one append-only record per act, chained by hash per subscriber (A2.8).

What must be erasable one day (address, IP, name, the letter's holes) is never hashed itself: the record holds a
commitment to each such value, HMAC-SHA-256 keyed by a random salt, and value and salt lie in a row of their own.
Delete that row and the chain still verifies, while nobody can tell from it what the value was.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Index, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.columns import Id, Instant, Json, canonical
from newsletter.db import Base

SALT = 32  # bytes
START = ""
"""What stands for the previous hash in a subscriber's first record."""


class Act(StrEnum):
    """What happened."""

    SIGNED_UP = "signed_up"
    LETTER_SENT = "letter_sent"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    UNSUBSCRIBED = "unsubscribed"
    RECTIFIED = "rectified"
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    ADDRESS_CHANGED = "address_changed"
    COMPLAINED = "complained"
    SUSPENDED = "suspended"
    RESTRICTED = "restricted"
    LIFTED = "lifted"
    ERASED = "erased"
    SUPPRESSION_LIFTED = "suppression_lifted"


ENDS = frozenset({Act.UNSUBSCRIBED, Act.CANCELLED, Act.COMPLAINED, Act.ERASED})
"""After any of these nothing that the contact agreed to stands any more."""


class Evidence(Base):
    """One act of one subscriber. The database refuses to change or delete it outside of forgetting."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_at", "at", postgresql_using="brin"),)

    subscriber_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    act: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    newsletter: Mapped[str]
    contact_id: Mapped[str] = mapped_column(Id)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    commitments: Mapped[dict[str, str]] = mapped_column(Json)
    previous: Mapped[str]
    hash: Mapped[str]


class EvidenceValue(Base):
    """A value that a record commits to, for as long as it may be kept."""

    __tablename__ = "evidence_values"

    subscriber_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    field: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[str | None]
    value: Mapped[str | None]
    removed_rule: Mapped[str | None]
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(kw_only=True)
class Chain:
    """A subscriber's evidence, from its newest record on: collects the rows that a verb appends."""

    subscriber_id: str
    seq: int = 0
    head: str = START
    records: list[dict[str, Any]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, session: Session, subscriber_id: str) -> Self:
        """The chain as it stands. Whoever appends holds the person's lock, or clashes on (subscriber, seq)."""
        newest = session.execute(
            select(Evidence.seq, Evidence.hash)
            .where(Evidence.subscriber_id == subscriber_id)
            .order_by(Evidence.seq.desc())
            .limit(1)
        ).first()
        seq, head = newest or (0, START)
        return cls(subscriber_id=subscriber_id, seq=seq, head=head)

    def append(
        self,
        act: Act,
        *,
        at: datetime,
        contact: tuple[str, str],
        facts: Mapping[str, Any],
        values: Mapping[str, str | None],
    ) -> None:
        """Add one act. `contact` is (newsletter, contact id); `values` are the erasable ones, empty ones left out."""
        self.seq += 1
        given = {name: value for name, value in values.items() if value is not None}
        kept = {name: (salt, value) for (name, value), salt in zip(given.items(), salts(len(given)), strict=True)}
        record: dict[str, Any] = {
            "subscriber_id": self.subscriber_id,
            "seq": self.seq,
            "act": act.value,
            "at": at,
            "newsletter": contact[0],
            "contact_id": contact[1],
            "facts": dict(facts),
            "commitments": {name: commitment(salt, name, value) for name, (salt, value) in kept.items()},
            "previous": self.head,
        }
        self.head = record["hash"] = record_hash(record)
        self.records.append(record)
        self.values.extend(self.value_row(name, salt, value) for name, (salt, value) in kept.items())

    def value_row(self, name: str, salt: str, value: str) -> dict[str, Any]:
        return {
            "subscriber_id": self.subscriber_id,
            "seq": self.seq,
            "field": name,
            "salt": salt,
            "value": value,
            "removed_rule": None,
            "removed_at": None,
        }

    def write(self, session: Session) -> None:
        """Insert what was appended, in the caller's transaction."""
        if self.records:
            session.execute(insert(Evidence), self.records)
        if self.values:
            session.execute(insert(EvidenceValue), self.values)


def time_of_recent(session: Session, subscriber_id: str, which: int) -> datetime | None:
    """When the so manieth act was, counted from the newest; None where there are not so many."""
    newest = select(Evidence.at).where(Evidence.subscriber_id == subscriber_id).order_by(Evidence.seq.desc())
    return session.scalar(newest.offset(which - 1).limit(1))


def salts(count: int) -> list[str]:
    """Drawn together: each draw releases the interpreter's lock, and may have to wait to get it back."""
    drawn = secrets.token_hex(count * SALT)
    return [drawn[start : start + 2 * SALT] for start in range(0, len(drawn), 2 * SALT)]


def commitment(salt: str, name: str, value: str) -> str:
    """HMAC-SHA-256. By an object: `hmac.digest` would release the interpreter's lock, as drawing does."""
    return hmac.new(bytes.fromhex(salt), f"{name}\n{value}".encode(), "sha256").hexdigest()


def record_hash(record: Mapping[str, Any]) -> str:
    """SHA-256 over everything in the record but the hash itself; `at` as ISO 8601 in UTC."""
    covered = {name: value for name, value in record.items() if name != "hash"}
    covered["at"] = clock.iso(record["at"])
    return hashlib.sha256(canonical(covered).encode()).hexdigest()
