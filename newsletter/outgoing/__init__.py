"""Requests that this service makes: only to permitted addresses, never redirected, with one deadline for all of it."""

from newsletter.outgoing.client import BLOCK, Answer, Client, wait_asked_for
from newsletter.outgoing.connections import CONNECT
from newsletter.outgoing.deadlines import deadline, left
from newsletter.outgoing.failure import FAILURES, FORBIDDEN, reason

__all__ = [
    "BLOCK",
    "CONNECT",
    "FAILURES",
    "FORBIDDEN",
    "Answer",
    "Client",
    "deadline",
    "left",
    "reason",
    "wait_asked_for",
]
