"""Requests that this service makes: only to permitted addresses, never redirected, with one deadline for all of it."""

from newsletter.outgoing.client import BLOCK, BUSY, Answer, Client, wait_asked_for
from newsletter.outgoing.deadlines import deadline
from newsletter.outgoing.failure import FAILURES, FORBIDDEN, reason

__all__ = ["BLOCK", "BUSY", "FAILURES", "FORBIDDEN", "Answer", "Client", "deadline", "reason", "wait_asked_for"]
