"""Identifiers: sortable by time, unguessable in their second half, the same on every database."""

import os
from datetime import UTC, datetime

from newsletter import clock

LENGTH = 24
DIGITS = "0123456789abcdefghijklmnopqrstuv"
PAIRS = [first + second for first in DIGITS for second in DIGITS]
RANDOM_BYTES, DRAWN_AHEAD = 9, 256
drawn: list[bytes] = []
"""Randomness of this process for its next identifiers: drawing for each of them costs a switch of threads."""
os.register_at_fork(after_in_child=drawn.clear)


def new() -> str:
    """A new identifier: 48 bits of Unix milliseconds, then 72 random bits, in lower-case base32hex.

    Time first keeps an index growing at its end, so that a signup costs the same among a million others.
    """
    return made_at(clock.now(), random_bits())


def random_bits() -> int:
    while True:
        try:
            return int.from_bytes(drawn.pop())
        except IndexError:
            block = os.urandom(RANDOM_BYTES * DRAWN_AHEAD)
            drawn.extend(block[at : at + RANDOM_BYTES] for at in range(0, len(block), RANDOM_BYTES))


def could_be(text: str) -> bool:
    """Whether it makes sense to look for it: no database need be asked for what strangers write instead of one."""
    return len(text) == LENGTH and set(text) <= set(DIGITS)


def first_of(instant: datetime) -> str:
    """No identifier made at this instant or later sorts before it."""
    return made_at(instant, 0)


def made_at(instant: datetime, rest: int) -> str:
    number = int(instant.timestamp() * 1000) << 72 | rest
    return "".join([PAIRS[number >> shift & 1023] for shift in range(110, -1, -10)])


def instant_of(identifier: str) -> datetime:
    """When an identifier was made, to the millisecond."""
    return datetime.fromtimestamp((int(identifier, 32) >> 72) / 1000, UTC)
