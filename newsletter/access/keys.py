"""API keys: hashed at rest, scoped, limited to newsletters, expiring, revocable, with the day of last use (D4.2)."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy import func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock, ids
from newsletter.columns import Id, Instant, Json
from newsletter.config import Limit, limits
from newsletter.db import Base, detached, reader, transaction
from newsletter.errors import KeyMissing, KeyUnknown, ScopeMissing

PREFIX = "nlk"
"""Begins every key, so that a secret scanner knows one when it sees it."""


class Scope(StrEnum):
    SIGNUPS_WRITE = "signups:write"
    FEED_READ = "feed:read"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_LOCKED = "evidence:locked"
    REPORTS_WRITE = "reports:write"
    WEBHOOKS_WRITE = "webhooks:write"


@dataclass(frozen=True, kw_only=True)
class Permit:
    """Whom a key is for and what it may do. `limits` is as the settings spell them."""

    name: str
    scopes: list[str]
    newsletters: list[str]
    limits: str | None
    held_at: datetime | None = None


class ApiKey(Base):
    """One client's key. Of its secret only the hash is kept: it has entropy enough not to need a slow one."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    sha256: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(Json)
    newsletters: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_on: Mapped[date | None]
    held_at: Mapped[datetime | None] = mapped_column(Instant)
    released_at: Mapped[datetime | None] = mapped_column(Instant)
    limits: Mapped[str | None]
    replaced_by: Mapped[str | None] = mapped_column(Id)

    @classmethod
    def all(cls, session: Session) -> Sequence[Self]:
        return session.scalars(select(cls).order_by(cls.id)).all()

    @classmethod
    def locked(cls, session: Session, key_id: str) -> Self:
        """For a decision that nobody else may take at the same moment. Raises KeyUnknown."""
        found = session.get(cls, key_id, with_for_update=True, populate_existing=True)
        if found is None:
            raise KeyUnknown
        return found

    @classmethod
    def count_held(cls, session: Session) -> int:
        held = select(func.count()).select_from(cls).where(cls.held_at.is_not(None), cls.revoked_at.is_(None))
        return session.execute(held).scalar_one()

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)

    def allows(self, scope: Scope) -> bool:
        return scope.value in self.scopes

    @property
    def permit(self) -> Permit:
        return Permit(
            name=self.name, scopes=self.scopes, newsletters=self.newsletters, limits=self.limits, held_at=self.held_at
        )

    @property
    def life(self) -> timedelta | None:
        """From its making to its end; None for ever."""
        return self.expires_at - self.created_at if self.expires_at else None

    def as_handed_out(self, session: Session) -> "ApiKey":
        """A key with the life that this one was given: what took its place, since a rotation brings the end forward."""
        return session.get_one(ApiKey, self.replaced_by).as_handed_out(session) if self.replaced_by else self

    @property
    def bounds(self) -> tuple[Limit, ...]:
        """How many sign-ups it may send in all (PRODUCT 4.11); none when only the general limits hold."""
        return limits(self.limits or "")

    def reaches(self, newsletter: str) -> bool:
        """A key that names no newsletter is good for all."""
        return not self.newsletters or newsletter in self.newsletters


def create(
    name: str, scopes: Sequence[Scope], newsletters: Sequence[str], days: int | None, *, limits: str | None = None
) -> str:
    """A new key as its client will send it. It is shown this once."""
    life = timedelta(days=days) if days else None
    wanted = sorted({scope.value for scope in scopes})
    permit = Permit(name=name, scopes=wanted, newsletters=sorted(set(newsletters)), limits=limits)
    with transaction() as session:
        return issue(session, ids.new(), permit, life)


def issue(session: Session, key_id: str, permit: Permit, life: timedelta | None) -> str:
    at, secret = clock.now(), secrets.token_urlsafe(32)
    key = ApiKey(id=key_id, sha256=hashed(secret), created_at=at, **asdict(permit))
    key.expires_at = at + life if life else None
    session.add(key)
    return f"{PREFIX}_{key_id}_{secret}"


def rotate(key_id: str, overlap: timedelta) -> str:
    """A new key that may do the same for as long, and no more: that of a held one is held. The old one ends after the
    overlap. Raises KeyUnknown (D4.2).
    """
    at = clock.now()
    with transaction() as session:
        old = ApiKey.locked(session, key_id)
        if not old.is_valid(at):
            raise KeyUnknown
        life = old.as_handed_out(session).life
        old.expires_at = min(old.expires_at or at + overlap, at + overlap)
        old.replaced_by = ids.new()
        return issue(session, old.replaced_by, old.permit, life)


def revoke(key_id: str) -> ApiKey:
    """Safe to repeat. Raises KeyUnknown."""
    with transaction() as session:
        key = ApiKey.locked(session, key_id)
        key.revoked_at = key.revoked_at or clock.now()
        return detached(session, key)


def release(key_id: str) -> ApiKey:
    """Believe the reports of a held key again; what it did so far counts no more. Raises KeyUnknown."""
    with transaction() as session:
        key = ApiKey.locked(session, key_id)
        if key.held_at is not None:
            key.held_at, key.released_at = None, clock.now()
        return detached(session, key)


def authenticate(presented: str, scope: Scope, newsletter: str | None) -> ApiKey:
    """The key that was presented. Raises KeyMissing or ScopeMissing; every wrong key gets the same answer."""
    key = find(presented)
    if key is None or not key.is_valid(clock.now()):
        raise KeyMissing
    if not key.allows(scope):
        raise ScopeMissing(scope.value)
    if newsletter is not None and not key.reaches(newsletter):
        raise ScopeMissing
    note_use(key)
    return key


def find(presented: str) -> ApiKey | None:
    prefix, _, rest = presented.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != PREFIX or not presented.isascii():
        return None
    with reader() as session:
        key = session.get(ApiKey, key_id)
    return key if key is not None and hmac.compare_digest(key.sha256, hashed(secret)) else None


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def note_use(key: ApiKey) -> None:
    """At most one write a day: a row that every request updates would make all of them wait."""
    today = clock.now().date()
    if key.last_used_on != today:
        with transaction() as session:
            session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_on=today))
