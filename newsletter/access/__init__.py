"""Who may use the machine interface, and what they read there."""

from newsletter.access.journal import Read, record
from newsletter.access.keys import ApiKey, Scope, authenticate, create, release, revoke, rotate

__all__ = [
    "ApiKey",
    "Read",
    "Scope",
    "authenticate",
    "create",
    "record",
    "release",
    "revoke",
    "rotate",
]
