"""Doing a machine's post once, however often it is sent: its client names it by an `Idempotency-Key` (E11).

What is remembered is a keyed hash of that name and a fingerprint of the post, among the posts that limits count: so
it is written in the very statement that stores what was posted, and is gone after a day.
"""

import hashlib
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
    """One post: the keyed hashes of its name, the newest key's first, and the fingerprint of what was posted."""

    hashes: Sequence[str]
    content: str

    @classmethod
    def of(cls, client: str, name: str, content: bytes) -> Self:
        hashes = keyring.keyed_hashes("once", f"{client} {name}")
        return cls(hashes=hashes, content=hashlib.sha256(content).hexdigest()[:FINGERPRINT])

    def was_done(self, at: datetime) -> bool:
        """Whether this was posted before. Raises IdempotencyKeyReused when it was something else."""
        same = [f"{name}.{self.content}" for name in self.hashes]
        with reader() as session:
            wanted = select(PostHit.key).where(PostHit.key.in_([*self.hashes, *same]), PostHit.expires_at > at)
            found = set(session.scalars(wanted))
        if found and found.isdisjoint(same):
            raise IdempotencyKeyReused
        return bool(found)

    def buckets(self, at: datetime) -> list[dict[str, Any]]:
        """Room for one post under this name, whatever it is: of several at the same moment, one is stored."""
        day = int(at.timestamp()) // SECONDS
        kept = {"slot": day, "oldest": day - 2, "now": at.isoformat(), "cost": 1, "most": 1}
        expires_at = (at + timedelta(seconds=SECONDS)).isoformat()
        same = [f"{name}.{self.content}" for name in self.hashes]
        return [{**kept, "key": key, "elder": elder, "expires_at": expires_at} for key, *elder in (self.hashes, same)]
