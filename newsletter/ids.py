"""Identifiers: sortable by time, unguessable in their second half, the same on every database."""

import secrets
from datetime import UTC, datetime

from newsletter import clock

LENGTH = 24
DIGITS = "0123456789abcdefghijklmnopqrstuv"
PAIRS = [first + second for first in DIGITS for second in DIGITS]


def new() -> str:
    """A new identifier: 48 bits of Unix milliseconds, then 72 random bits, in lower-case base32hex.

    Time first keeps an index growing at its end, so that a signup costs the same among a million others.
    """
    return made_at(clock.now(), secrets.randbits(72))


def first_of(instant: datetime) -> str:
    """No identifier made at this instant or later sorts before it."""
    return made_at(instant, 0)


def made_at(instant: datetime, rest: int) -> str:
    number = int(instant.timestamp() * 1000) << 72 | rest
    return "".join([PAIRS[number >> shift & 1023] for shift in range(110, -1, -10)])


def instant_of(identifier: str) -> datetime:
    """When an identifier was made, to the millisecond."""
    return datetime.fromtimestamp((int(identifier, 32) >> 72) / 1000, UTC)
