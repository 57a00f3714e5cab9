"""Doing a machine's post once, however often it is sent: its client names it by an `Idempotency-Key` (E11).

What is remembered is keyed hashes of that name and of the post, among the posts that limits count: so it is written in
the very statement that stores what was posted, and is gone after a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import select

from newsletter import keyring
from newsletter.db import reader
from newsletter.errors import IdempotencyKeyReused
from newsletter.guard.limits import PostHit

SECONDS = 86_400
"""How long a name is remembered."""
FINGERPRINT = 16  # hexadecimal digits


@dataclass(frozen=True, kw_only=True)
class Once:
    """One post: the keyed hashes of its name, the newest key's first, and the same with a fingerprint of the post."""

    hashes: Sequence[str]
    same: Sequence[str]

    @classmethod
    def of(cls, client: str, name: str, content: bytes) -> Self:
        """The fingerprint is keyed too: an address can be guessed, and this outlives a signup that is cancelled."""
        hashes = keyring.keyed_hashes("once", f"{client} {name}")
        posted = keyring.keyed_hashes("once post", content.decode("latin-1"))
        same = [f"{one}.{other.partition('.')[2][:FINGERPRINT]}" for one, other in zip(hashes, posted, strict=True)]
        return cls(hashes=hashes, same=same)

    def was_done(self, at: datetime) -> bool:
        """Whether this was posted before. Raises IdempotencyKeyReused when it was something else."""
        with reader() as session:
            wanted = select(PostHit.key).where(PostHit.key.in_([*self.hashes, *self.same]), PostHit.expires_at > at)
            found = set(session.scalars(wanted))
        if found and found.isdisjoint(self.same):
            raise IdempotencyKeyReused
        return bool(found)

    def buckets(self, at: datetime) -> list[dict[str, Any]]:
        """Room for one post under this name, whatever it is: of several at the same moment, one is stored."""
        day = int(at.timestamp()) // SECONDS
        kept = {"slot": day, "span": 1, "now": at.isoformat(), "cost": 1, "most": 1}
        expires_at = (at + timedelta(seconds=SECONDS)).isoformat()
        both = (self.hashes, self.same)
        return [{**kept, "key": key, "elder": elder, "expires_at": expires_at} for key, *elder in both]
