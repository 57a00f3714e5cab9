"""Links: signed, bound to one purpose and one object. The only module that imports itsdangerous.

A link's token is the name of the key, the object's id and a signature: `3fa9c1<id>.<signature>`. It holds no
personal data and no deadline of its own: the object's row has that. It has one spelling: base64 leaves bits over and
readers of it are lenient, so a token is compared with what would be signed, and never decoded.
"""

import hashlib
import hmac
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from flask import current_app
from itsdangerous import BadData, Signer, TimestampSigner

from newsletter import clock, keyring
from newsletter.errors import LinkDead, NonceStale
from newsletter.keyring import KEY_ID_LENGTH, Key

MARK_AGE = 1800  # seconds that a browser is known again after it has signed up
NONCE_AGE = 3600  # seconds a page may stay open before its button asks for another press


class Purpose(StrEnum):
    """What a link is for. Its value is the salt, so a token of one purpose means nothing to another."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    UNSUBSCRIBE = "unsubscribe"
    MANAGE = "manage"
    ME = "me"
    MOVE = "move"
    DENY = "deny"
    STOP = "stop"


REDUCING = {Purpose.CANCEL, Purpose.UNSUBSCRIBE, Purpose.MANAGE, Purpose.DENY, Purpose.STOP}
"""These only let people leave, so a key marked `reduce:` still verifies them."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a page displayed before its button was pressed, as the page named it, and when it did."""

    what: str
    at: datetime


def sign(purpose: Purpose, object_id: str) -> str:
    """The token that leads to this object for this purpose."""
    key = keyring.newest()
    return key.id + link_signer(key, purpose).sign(object_id).decode()


def read(purpose: Purpose, token: str) -> str:
    """The object's id. Raises LinkDead for anything that this service did not sign for this purpose."""
    key = keyring.named(token[:KEY_ID_LENGTH])
    if key is None or (key.reduces and purpose not in REDUCING):
        raise LinkDead
    given = token.encode(errors="replace")[KEY_ID_LENGTH:]
    object_id, _, _ = given.rpartition(b".")
    if not hmac.compare_digest(given, link_signer(key, purpose).sign(object_id)):
        raise LinkDead
    return object_id.decode()


def is_for(purpose: Purpose, token: str) -> bool:
    """Whether the token was signed for this: some links of one address differ in nothing but that."""
    try:
        return bool(read(purpose, token))
    except LinkDead:
        return False


@lru_cache(maxsize=100)
def link_signer(key: Key, purpose: str) -> Signer:
    return Signer(key.derived(f"link {purpose}"), salt=purpose, key_derivation="none", digest_method=hashlib.sha256)


def url(purpose: Purpose, token: str) -> str:
    """The whole link, on the configured base and never on a Host header (B1.5)."""
    return f"{base_url()}/{purpose}/{token}"


def base_url() -> str:
    base: str = current_app.config["PUBLIC_URL"]
    return base


def nonce(purpose: Purpose, object_id: str, shown: str = "") -> str:
    """What a page's form carries, so that only somebody who saw the page can act (B6.3).

    `shown` names what the page displayed; it comes back with the press, and becomes evidence.
    """
    return page_signer(keyring.newest(), purpose, object_id).sign(shown).decode()


def read_nonce(purpose: Purpose, object_id: str, value: str) -> Shown:
    """What the page displayed, and when. Raises NonceStale when the form is not from a page shown within the hour."""
    keys = keyring.ring() if purpose in REDUCING else keyring.unreduced()
    found = recent((page_signer(key, purpose, object_id) for key in keys), value, NONCE_AGE)
    if found is None:
        raise NonceStale
    return Shown(what=found[0], at=found[1])


def mark(signup_ids: Sequence[str]) -> str:
    """What the browser that signed up keeps for minutes: by it alone, these signups may be confirmed sooner."""
    return timed_signer(keyring.newest(), "mark").sign(".".join(signup_ids)).decode()


def read_mark(value: str) -> tuple[str, ...]:
    """The signups of a browser's mark; none for what is no mark of ours, or one that is over."""
    found = recent([timed_signer(key, "mark") for key in keyring.unreduced()], value, MARK_AGE)
    return tuple(found[0].split(".")) if found else ()


def recent(signers: Iterable[TimestampSigner], value: str, age: float) -> tuple[str, datetime] | None:
    """What one of these signed within so many seconds, and when; None for all else.

    It may have been signed on another machine, whose clock is never quite the same.
    """
    now = clock.now()
    for one in signers:
        with suppress(BadData, UnicodeError):
            signed, at = one.unsign(value, return_timestamp=True)
            if not clock.is_far_ahead(at) and (now - at).total_seconds() <= age:
                return signed.decode(), min(at, now)
    return None


def stamp() -> str:
    """A form's render time, signed."""
    return timed_signer(keyring.newest(), "stamp").sign(b"").decode()


def stamp_age(value: str) -> float | None:
    """Seconds since the form was rendered; None for what is no stamp of ours."""
    found = recent([timed_signer(key, "stamp") for key in keyring.unreduced()], value, math.inf)
    return (clock.now() - found[1]).total_seconds() if found else None


@lru_cache(maxsize=20)
def timed_signer(key: Key, word: str) -> TimestampSigner:
    return TimestampSigner(key.derived(word), salt=word, key_derivation="none", digest_method=hashlib.sha256)


def page_signer(key: Key, purpose: str, object_id: str) -> TimestampSigner:
    salt = f"page {purpose} {object_id}"
    return TimestampSigner(key.derived("page"), salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
