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

SPAN = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Once:
    """One post: the keyed hashes of its name, the newest key's first, and the fingerprint of what was posted."""

    hashes: Sequence[str]
    content: int

    @classmethod
    def of(cls, client: str, name: str, content: bytes) -> Self:
        digest = hashlib.sha256(content).digest()
        return cls(hashes=keyring.keyed_hashes("once", f"{client} {name}"), content=int.from_bytes(digest[:7], "big"))

    def was_done(self, at: datetime) -> bool:
        """Whether this was posted before. Raises IdempotencyKeyReused when it was something else."""
        with reader() as session:
            same = select(PostHit.slot).where(PostHit.key.in_(self.hashes), PostHit.expires_at > at)
            found = session.scalars(same).all()
        if found and self.content not in found:
            raise IdempotencyKeyReused
        return bool(found)

    def buckets(self, at: datetime) -> list[dict[str, Any]]:
        """Room for one post under this name, whatever it is: of several at the same moment, one is stored."""
        kept = {"oldest": -1, "now": at.isoformat(), "cost": 1, "most": 1, "expires_at": (at + SPAN).isoformat()}
        return [{**kept, "key": f"{self.hashes[0]}.", "slot": 0}, {**kept, "key": self.hashes[0], "slot": self.content}]
