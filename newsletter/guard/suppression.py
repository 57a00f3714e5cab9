"""Addresses that must not be mailed, known by keyed hash alone, for a limited time (A7.8)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import delete, literal, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import ids, keyring
from newsletter.columns import Id, Instant
from newsletter.db import Base, among

PURPOSE = "suppression"


class Suppression(Base):
    """One address that said: never write to me."""

    __tablename__ = "suppressions"

    hash: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class Lifting(Base):
    """That staff lifted the suppression of an address of which no evidence is kept: known by hash, too (A7.8)."""

    __tablename__ = "liftings"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    hash: Mapped[str]
    key_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    reason: Mapped[str]
    actor: Mapped[str]

    @classmethod
    def of(cls, address_key: str, *, reason: str, actor: str, at: datetime) -> Self:
        hashed = keyring.keyed_hash(PURPOSE, address_key)
        return cls(id=ids.new(), hash=hashed, key_id=keyring.newest().id, at=at, reason=reason, actor=actor)


def suppress(session: Session, address_key: str, reason: str, *, at: datetime, until: datetime) -> None:
    """Not to write to this address until then (an end is mandatory, A7.8); repeating it begins the term anew."""
    lift(session, address_key)
    hashed = keyring.keyed_hash(PURPOSE, address_key)
    session.add(Suppression(hash=hashed, key_id=keyring.newest().id, reason=reason, at=at, expires_at=until))


def lift(session: Session, address_key: str) -> bool:
    """Allow letters again. False when nothing was suppressed."""
    hashes = keyring.keyed_hashes(PURPOSE, address_key)
    gone = session.execute(delete(Suppression).where(Suppression.hash.in_(hashes)).returning(Suppression.hash))
    return bool(gone.all())


def restate(session: Session, address_key: str, reason: str) -> int:
    """Put this in the place of whatever reasons were given: they may have named a person. How many there were."""
    hashes = keyring.keyed_hashes(PURPOSE, address_key)
    anew = [update(kept).where(kept.hash.in_(hashes)).values(reason=reason) for kept in (Suppression, Lifting)]
    return sum(len(session.execute(each.returning(literal(1))).all()) for each in anew)


RESTORED = "told by the journal after a restore"


def restore_suppression(session: Session, hashed: str, key_id: str, *, since: datetime, until: datetime) -> None:
    """A suppression as another copy of this database had it."""
    session.merge(Suppression(hash=hashed, key_id=key_id, reason=RESTORED, at=since, expires_at=until))


def drop_suppression(session: Session, hashed: str) -> None:
    """One that another copy of this database no longer had."""
    session.execute(delete(Suppression).where(Suppression.hash == hashed))


def suppression_of(session: Session, address_key: str, at: datetime) -> Suppression | None:
    """The one in force."""
    hashes = keyring.keyed_hashes(PURPOSE, address_key)
    return session.scalar(select(Suppression).where(Suppression.hash.in_(hashes), Suppression.expires_at > at))


def liftings(session: Session, address_key: str) -> Sequence[Lifting]:
    """What stands on record of an address without evidence, the oldest first."""
    hashes = keyring.keyed_hashes(PURPOSE, address_key)
    return session.scalars(select(Lifting).where(Lifting.hash.in_(hashes)).order_by(Lifting.at)).all()


def suppressed(session: Session, address_keys: Iterable[str], at: datetime) -> set[str]:
    """Those of these addresses that must not be mailed."""
    by_hash = {h: key for key in address_keys for h in keyring.keyed_hashes(PURPOSE, key)}
    hit = session.scalars(select(Suppression.hash).where(among(Suppression.hash, by_hash), Suppression.expires_at > at))
    return {by_hash[h] for h in hit}
