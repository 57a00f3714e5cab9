"""Identifiers: sortable by time, unguessable in their second half, the same on every database."""

import base64
import secrets

from newsletter import clock

LENGTH = 24


def new() -> str:
    """A new identifier: 48 bits of Unix milliseconds, then 72 random bits, in lower-case base32hex.

    Time first keeps an index growing at its end, so that a signup costs the same among a million others.
    """
    milliseconds = int(clock.now().timestamp() * 1000)
    raw = milliseconds.to_bytes(6, "big") + secrets.token_bytes(9)
    return base64.b32hexencode(raw).decode().lower()
