"""Our addresses for mail that comes back. Most are signed, so that what arrives there names its object by itself.

`NEWSLETTER_INBOUND_ADDRESS` is a pattern; what stands for its `*` is a word of ours, or a kind, the name of a key, an
id and a signature. It is short and knows no capitals: a local part has 64 octets at most (RFC 5321 4.5.3.1), and
some servers fold it.
"""

import base64
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from newsletter import config, keyring
from newsletter.keyring import Key

UNSUBSCRIBE = "unsubscribe"
"""Here the subject holds an unsubscribe link's token (B2.8)."""
COMPLAINTS = "complaints"
"""Where feedback loops may send their reports."""
SIGNATURE = 20  # characters of five bits
SIGNED = re.compile(r"([a-z])([0-9a-f]{6})([0-9a-v]{24})([0-9a-v]{20})")


class AddressKind(StrEnum):
    """What a signed address names. Each has a signature of its own, so none stands for another."""

    SIGNUP = "s"  # the letter about this signup was sent from here
    CONTACT = "c"  # a letter to this contact was
    MOVE = "m"  # the letter to a new address about this change of it was
    NOTICE = "n"  # the letter to the old address about this change was
    PROBE = "p"  # our own test mail


@dataclass(frozen=True, kw_only=True)
class Named:
    """What an address of ours names: an object by its kind and id, or a plain word."""

    kind: AddressKind | None = None
    id: str = ""
    word: str = ""


def is_configured() -> bool:
    return pattern() is not None


def address(local: str) -> str:
    """The address in which this stands for the pattern's `*`."""
    return (pattern() or "*").replace("*", local)


def sender(kind: AddressKind, object_id: str) -> str | None:
    """The envelope address for a letter about this object, so that its bounce tells whom it is about (B1.6)."""
    if not is_configured():
        return None
    key = keyring.newest()
    return address(f"{kind}{key.id}{object_id}{signature(key, kind, object_id)}")


def read(recipient: str) -> Named | None:
    """What this address names; None for one that is not ours, or not signed by us."""
    local = local_of(recipient)
    if local in (UNSUBSCRIBE, COMPLAINTS):
        return Named(word=local)
    found = SIGNED.fullmatch(local or "")
    if found is None or found[1] not in list(AddressKind):
        return None
    kind, object_id = AddressKind(found[1]), found[3]
    key = keyring.named(found[2])
    if key is None or not hmac.compare_digest(signature(key, kind, object_id), found[4]):
        return None
    return Named(kind=kind, id=object_id)


def local_of(recipient: str) -> str | None:
    """What stands where the pattern has its `*`, in small letters."""
    before, star, behind = (pattern() or "").partition("*")
    given = recipient.strip().strip("<>").lower()
    fits = star and given.startswith(before.lower()) and given.endswith(behind.lower())
    return given[len(before) : len(given) - len(behind)] if fits else None


def signature(key: Key, kind: AddressKind, object_id: str) -> str:
    made = hmac.digest(key.derived(f"mailbox {kind}"), object_id.encode(), "sha256")
    return base64.b32hexencode(made).decode().lower()[:SIGNATURE]


def pattern() -> str | None:
    return config.current().inbound_address
