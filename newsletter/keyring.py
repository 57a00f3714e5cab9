"""Keys derived per purpose from the ring of secrets, and the hashes made with them (D1.5, D1.6).

The newest key signs and hashes; look-ups try every key. A value names its key, so that a key that is still
needed cannot be taken away unnoticed.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import current_app

from newsletter.config import SecretKey

KEY_ID_LENGTH = 6


@dataclass(frozen=True, kw_only=True)
class Key:
    """A ring's key: its public name, its secret, and whether it may only reduce."""

    id: str
    secret: bytes
    reduces: bool

    def derived(self, purpose: str) -> bytes:
        """A key of its own for one purpose (HKDF-Expand of one block, RFC 5869)."""
        return derive(self.secret, purpose)


@lru_cache(maxsize=256)
def derive(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, b"newsletter:" + purpose.encode() + b"\x01", "sha256")


def make(secrets: Sequence[SecretKey]) -> tuple[Key, ...]:
    return tuple(make_key(secret) for secret in secrets)


def make_key(secret: SecretKey) -> Key:
    raw = secret.secret.encode()
    name = hashlib.sha256(b"newsletter key id:" + raw).hexdigest()[:KEY_ID_LENGTH]
    return Key(id=name, secret=raw, reduces=secret.reduces)


def ring() -> tuple[Key, ...]:
    """The keys in force, newest first."""
    keys: tuple[Key, ...] = current_app.extensions["keyring"]
    return keys


def unreduced() -> tuple[Key, ...]:
    """Those that verify more than what lets people leave: one marked `reduce:` may be known to somebody else."""
    return tuple(key for key in ring() if not key.reduces)


def named(key_id: str | None) -> Key | None:
    """The ring's key of that name; None when it is gone."""
    return next((key for key in ring() if key.id == key_id), None)


def is_reduced(key_id: str | None) -> bool:
    """Whether what this key signed may no longer do what it was signed for."""
    key = named(key_id)
    return key is not None and key.reduces


def newest() -> Key:
    return ring()[0]


def keyed_hash(purpose: str, value: str) -> str:
    """HMAC-SHA-256 of a value under the newest key, as hex after the key's name."""
    return hashed(newest(), purpose, value)


def keyed_hashes(purpose: str, value: str) -> list[str]:
    """The same under every key of the ring: what a look-up compares with."""
    return [hashed(key, purpose, value) for key in ring()]


def hashed(key: Key, purpose: str, value: str) -> str:
    made = keyed(key.derived(purpose)).copy()
    made.update(value.encode())
    return f"{key.id}.{made.hexdigest()}"


@lru_cache(maxsize=256)
def keyed(derived: bytes) -> hmac.HMAC:
    """To be copied: `hmac.digest` would release the interpreter's lock, which costs more than a short value's hash."""
    return hmac.new(derived, digestmod="sha256")
