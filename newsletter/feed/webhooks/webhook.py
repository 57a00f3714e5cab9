"""Webhooks: where pushes go, how far each has got, and how its receiver fares."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import BigInteger, select
from sqlalchemy.orm import Mapped, Session, mapped_column, validates

from newsletter import clock, ids, keyring
from newsletter.changes import ChangeKind, Cursor
from newsletter.columns import Id, Instant, Json
from newsletter.db import Base
from newsletter.errors import WebhookUnknown
from newsletter.keyring import Key

PREFIX = "whsec_"
TRIPPED = 5  # failures in a row after which a receiver is taken for down, and only probed
LONGEST_RETRY_AFTER = timedelta(days=1)  # that a receiver may ask to be left alone
BOUNDS = (0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86400)
"""Seconds: what a withdrawal's way to a receiver is counted by (E15)."""


class Payload(StrEnum):
    FULL = "full"  # the contact as it stands when sent
    THIN = "thin"  # whom it is about and how they stand, and nothing personal (E5)


class Format(StrEnum):
    STANDARD = "standard"  # as Standard Webhooks recommends it
    CLOUDEVENTS = "cloudevents"  # the same in a CloudEvents 1.0 envelope (E6)


class WebhookState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"  # by hand
    GONE = "gone"  # the receiver answered 410 (E4)


class Webhook(Base):
    """One receiver. `position` is the change up to which pushes have been made for it; while disabled it rests."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    newsletter: Mapped[str]
    url: Mapped[str]
    kinds: Mapped[list[str] | None] = mapped_column(Json)
    payload: Mapped[str]
    format: Mapped[str] = mapped_column(server_default=Format.STANDARD)
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str | None] = mapped_column(Id)
    position: Mapped[str]
    replay_after: Mapped[str | None]
    replay_until: Mapped[str | None]
    failures: Mapped[int]
    rests_until: Mapped[datetime | None] = mapped_column(Instant)
    delivered: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[int] = mapped_column(BigInteger)
    dead: Mapped[int] = mapped_column(BigInteger)
    propagation: Mapped[list[float]] = mapped_column(Json)

    @classmethod
    def locked(cls, session: Session, webhook_id: str) -> Self:
        """For writing: whatever is decided about one webhook's pushes is decided by one after the other."""
        return cls.found(session, webhook_id, for_update=True)

    @classmethod
    def found(cls, session: Session, webhook_id: str, *, for_update: bool = False) -> Self:
        """Raises WebhookUnknown, for what was never an id, too."""
        is_one = ids.could_be(webhook_id)
        found = session.get(cls, webhook_id, with_for_update=for_update) if is_one else None
        if found is None:
            raise WebhookUnknown
        return found

    @classmethod
    def all(cls, session: Session) -> Sequence[Self]:
        return session.scalars(select(cls).order_by(cls.id)).all()

    @validates("kinds")
    def each_once(self, _name: str, kinds: Sequence[str] | None) -> list[str] | None:
        return list(dict.fromkeys(kinds)) if kinds else None

    @property
    def is_enabled(self) -> bool:
        return self.state == WebhookState.ENABLED

    @property
    def is_down(self) -> bool:
        return self.failures >= TRIPPED

    @property
    def progress(self) -> tuple[str, str | None]:
        return self.position, self.replay_after

    def rests(self, at: datetime) -> bool:
        return self.rests_until is not None and self.rests_until > at

    @property
    def cursor(self) -> Cursor:
        return Cursor.parse(self.position)

    def wants(self, kind: str) -> bool:
        return self.kinds is None or kind in self.kinds

    def enable(self) -> None:
        """Go on where it stopped, without waiting for what an earlier failure asked for."""
        self.state, self.failures, self.rests_until = WebhookState.ENABLED, 0, None

    def rest(self, until: datetime) -> None:
        self.rests_until = max(until, self.rests_until or until)

    def works(self) -> None:
        """It has answered. Where it has just asked for a rest, too, it gets that all the same."""
        self.failures = 0

    def count_propagation(self, seconds: float) -> None:
        """One more withdrawal has arrived: a row of counts by bound, one for those beyond, and the sum."""
        counts = list(self.propagation)
        place = next((n for n, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
        counts[place] += 1
        counts[-1] += seconds
        self.propagation = counts

    @property
    def withdrawals(self) -> tuple[int, float]:
        """How many have arrived, and the seconds that they took together."""
        return int(sum(self.propagation[:-1])), self.propagation[-1]

    def replay(self, after: Cursor, until: Cursor) -> None:
        """Tell once more what lies behind `after`, up to `until`; together with what is being told again already."""
        if self.replay_after and self.replay_until:
            after = min(after, Cursor.parse(self.replay_after))
            until = max(until, Cursor.parse(self.replay_until))
        self.replay_after, self.replay_until = str(after), str(until)

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "newsletter": self.newsletter,
            "url": self.url,
            "kinds": self.kinds,
            "payload": self.payload,
            "format": self.format,
            "state": self.state,
            "created_at": clock.iso(self.created_at),
            "delivered": self.delivered,
            "failed": self.failed,
            "dead": self.dead,
        }


class WebhookSecret(Base):
    """What a webhook's secret is derived from: this row's unguessable id, and a key of the ring.

    Pushes have to be signed, so a hash would not do; but who reads the database alone can sign nothing (D1.6).
    """

    __tablename__ = "webhook_secrets"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(Id, index=True)
    key_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)

    @classmethod
    def living(cls, session: Session, webhook_id: str, at: datetime) -> list[Self]:
        """Newest first. An older one signs too until its end, so that a receiver can change over (E3)."""
        of_webhook = select(cls).where(cls.webhook_id == webhook_id, (cls.ends_at.is_(None)) | (cls.ends_at > at))
        return list(session.scalars(of_webhook.order_by(cls.id.desc())))

    def raw(self) -> bytes | None:
        """32 bytes; None when the ring has lost the key, which keeps a worker from starting in the first place."""
        key = keyring.named(self.key_id)
        return derived(key, self.id) if key else None

    def told(self) -> str:
        """As its receiver keeps it, and as Standard Webhooks spells it."""
        return PREFIX + base64.b64encode(self.raw() or b"").decode()


def derived(key: Key, secret_id: str) -> bytes:
    return keyring.derive(key.derived("webhook"), secret_id)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody asks a new webhook to be."""

    newsletter: str
    url: str
    kinds: Sequence[ChangeKind] | None
    payload: Payload
    format: Format = Format.STANDARD
