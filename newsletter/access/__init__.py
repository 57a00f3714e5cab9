"""Who may use the machine interface, and what they read there."""

from newsletter.access.keys import ApiKey, Scope, authenticate, create, release, revoke, rotate
from newsletter.access.reads import Read, record

__all__ = ["ApiKey", "Read", "Scope", "authenticate", "create", "record", "release", "revoke", "rotate"]
