"""What letters to one address are counted under, and how many there may be (PRODUCT 4.11)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import addresses, config, guard
from newsletter.config import Limit
from newsletter.guard import LetterHit

Bucket = tuple[Sequence[str], Sequence[Limit]]
FRESH_LIMIT = (Limit(most=1, seconds=600), Limit(most=5, seconds=86400))
"""For subscribers, in a bucket of its own: what strangers cause cannot keep them from their page."""


def counted_under(address: str) -> list[str]:
    """All that letters to an address are counted under: what strangers may cause, and fresh links."""
    return [*stranger_keys(address), *fresh_keys(address)]


def stranger_keys(address: str) -> list[str]:
    return guard.letter_keys(addresses.on_record(address).limit_key)


def fresh_keys(address: str) -> list[str]:
    return guard.letter_keys(f"fresh link {addresses.on_record(address).limit_key}")


def change_keys(subscriber_id: str) -> list[str]:
    """What a person's wishes for another address are counted under."""
    return guard.letter_keys(f"address change {subscriber_id}")


def fresh_bucket(address: str) -> Bucket:
    return fresh_keys(address), FRESH_LIMIT


def strangers_bucket(address: str) -> Bucket:
    """Who is no subscriber is written to no oftener than strangers may cause."""
    return stranger_keys(address), config.current().limit_address


def room_from(session: Session, bucket: Bucket, at: datetime) -> datetime:
    """The first instant at which one more letter is within the limits; `at` itself when that is now."""
    keys, limits = bucket
    hits = session.scalars(select(LetterHit.at).where(LetterHit.key.in_(keys))).all()
    return guard.allowed_from(limits, hits, at)
