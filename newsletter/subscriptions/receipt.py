"""The seal of a receipt: a hash of what it says, under our key; the proof names it, so prints can be compared (E18)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from newsletter import clock, keyring
from newsletter.columns import canonical
from newsletter.subscriptions.states import begun

PURPOSE = "receipt"
BITS = 128


def seal(contact_id: str, confirmed_at: datetime, consents: Mapping[str, Any], topics: Iterable[str]) -> str:
    """The seal that a receipt bears when it is made."""
    return printed(keyring.keyed_hash(PURPOSE, said(contact_id, confirmed_at, consents, topics)))


def seals(
    contact_id: str, confirmed_at: datetime, offered: Iterable[str], granted: Mapping[str, str], topics: Iterable[str]
) -> list[str]:
    """The seals that the receipt of a subscription's beginning may bear: one under each key of the ring."""
    consents = begun(offered, granted, confirmed_at)
    return [printed(h) for h in keyring.keyed_hashes(PURPOSE, said(contact_id, confirmed_at, consents, topics))]


def said(contact_id: str, confirmed_at: datetime, consents: Mapping[str, Any], topics: Iterable[str]) -> str:
    return canonical([contact_id, clock.iso(confirmed_at), consents, sorted(topics)])


def printed(hashed: str) -> str:
    """The key's name, then the hash in groups that people can compare."""
    key_id, _, digest = hashed.partition(".")
    return " ".join([key_id, *(digest[start : start + 4] for start in range(0, BITS // 4, 4))])
