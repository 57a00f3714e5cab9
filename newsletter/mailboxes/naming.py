"""Whom a mail names, in clear or as mail programs spell what they send: whoever is erased is looked for in each.

Strangers write such mail, so nothing of its structure is believed: each spelling is undone wherever it could be one.
"""

import binascii
import quopri
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from html import unescape
from itertools import islice
from urllib.parse import unquote

from newsletter import addresses
from newsletter.errors import AddressInvalid

WITHIN = r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]"
ADDRESS = re.compile(rf"(?<!{WITHIN})({WITHIN}+)@((?:[^\W_]|[.-])+)")
"""Looked for from its beginning only, or one long line of a stranger's would take seconds."""
BEFORE = (re.compile(r"[^a-z0-9._+-]"), re.compile(r"[^a-z0-9.+-]"))
"""What may stand before an address without a blank: a quote, a link; where blanks are spelt so, an underscore."""
BASE64 = re.compile(rb"[A-Za-z0-9+/]{8,}(?:\r?\n[A-Za-z0-9+/]+)*")
MOST_FOREIGN = 100  # domains that are not ASCII; to spell one as it is mailed takes its time


def addresses_in(raw: bytes) -> set[str]:
    """As they are mailed, in small letters; what only looks like one is among them."""
    found = {named for text in set(texts(raw)) for named in ADDRESS.findall(text.lower())}
    domains = mailed({domain for _, domain in found})
    known = ((local, domains[domain]) for local, domain in found if domain in domains)
    return {f"{name}@{domain}" for local, domain in known for name in names(local)}


def texts(raw: bytes) -> Iterator[str]:
    for read in (raw, quopri.decodestring(raw), *map(decoded, BASE64.findall(raw))):
        letters = read.replace(b"\0", b"")  # two bytes for each, in UTF-16
        for text in (letters.decode(errors="replace"), letters.decode("latin-1")):
            yield from (text, unescape(unquote(text)))


def decoded(base64: bytes) -> bytes:
    """A run of it, that may be cut off anywhere."""
    data = base64.translate(None, b"\r\n")
    return binascii.a2b_base64(data[: len(data) - (len(data) % 4 == 1)] + b"==")


def names(local: str) -> set[str]:
    return {local, *(before.split(local)[-1] for before in BEFORE)}


def mailed(domains: Iterable[str]) -> dict[str, str]:
    """Each as it is mailed; of those that are not ASCII only so many, and none that is no domain."""
    plain = {domain: domain.strip(".") for domain in domains if domain.isascii()}
    for domain in islice((one for one in domains if not one.isascii()), MOST_FOREIGN):
        with suppress(AddressInvalid):
            plain[domain] = addresses.ascii_domain(domain.strip("."))
    return plain
