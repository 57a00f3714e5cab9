"""Identifiers: sortable by time, unguessable in their second half, the same on every database."""

import base64
import secrets
from datetime import datetime

from newsletter import clock

LENGTH = 24


def new() -> str:
    """A new identifier: 48 bits of Unix milliseconds, then 72 random bits, in lower-case base32hex.

    Time first keeps an index growing at its end, so that a signup costs the same among a million others.
    """
    return made_at(clock.now(), secrets.token_bytes(9))


def first_of(instant: datetime) -> str:
    """No identifier made at this instant or later sorts before it."""
    return made_at(instant, bytes(9))


def made_at(instant: datetime, rest: bytes) -> str:
    raw = int(instant.timestamp() * 1000).to_bytes(6, "big") + rest
    return base64.b32hexencode(raw).decode().lower()
