"""E-mail addresses: parsed once, at the rim; below it nobody asks again.

Three spellings of one address: as typed (kept as proof), as mailed (the domain in its ASCII form, the local
part as it is), and its key (all lower case: who is the same person). Plus-tags and dots make different people;
only the limit of letters folds them (B3.3, B3.6, C4).
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from email_validator import EmailNotValidError, validate_email

from newsletter.errors import AddressInvalid

LONGEST = 254  # octets, RFC 5321 4.5.3.1
FORMULA = "=+-@"
"""An address that begins like a spreadsheet formula is refused: no list that we hand out may start one."""
GMAIL = {"gmail.com", "googlemail.com"}
PLAIN = re.compile(r"(?=.{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@([^@]+)", re.IGNORECASE | re.ASCII)
"""A local part as nearly all are, about which there is nothing to ask; what stands behind it is still to be judged."""


@dataclass(frozen=True, kw_only=True)
class EmailAddress:
    """An address that mail can be sent to."""

    typed: str
    mailed: str

    @cached_property
    def key(self) -> str:
        """The same for every spelling of one mailbox's address: what rows are found by."""
        return self.mailed.lower()

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]

    @property
    def limit_key(self) -> str:
        """Many spellings that reach one mailbox, folded: what letters are counted by."""
        local, _, domain = self.key.rpartition("@")
        local = local.partition("+")[0]
        if domain in GMAIL:
            local, domain = local.replace(".", ""), "gmail.com"
        return f"{local}@{domain}"


def parse(typed: str) -> EmailAddress:
    """Raises AddressInvalid for whatever is not one plain address. Nothing is trimmed away."""
    if len(typed.encode(errors="replace")) > LONGEST or typed[:1] in FORMULA:
        raise AddressInvalid
    plain = PLAIN.fullmatch(typed)
    mailed = f"{typed[: plain.start(1)]}{ascii_domain(plain[1])}" if plain else ascii_form(typed)
    if len(mailed) > LONGEST:
        raise AddressInvalid
    return EmailAddress(typed=typed, mailed=mailed)


def on_record(address: str) -> EmailAddress:
    """One that was parsed when it came in."""
    return EmailAddress(typed=address, mailed=address)


@lru_cache(maxsize=1000)
def ascii_domain(domain: str) -> str:
    """People share few domains, so most have just been judged. Raises AddressInvalid."""
    return ascii_form(f"x@{domain}").removeprefix("x@")


def ascii_form(typed: str) -> str:
    """An address as it is mailed. Raises AddressInvalid."""
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise AddressInvalid from error
    if found.ascii_email is None:
        raise AddressInvalid
    return found.ascii_email


def has_other_letters(typed: str) -> bool:
    """Whether an address is refused only for letters before the @ that few relays take (RFC 6531; B3.4)."""
    try:
        return validate_email(typed, check_deliverability=False, strict=True).smtputf8
    except EmailNotValidError:
        return False


def mask(address: str) -> str:
    """Enough for its owner to know it by, and no more: `a***@e***.org`."""
    local, _, domain = address.rpartition("@")
    name, dot, top = domain.rpartition(".")
    return f"{local[:1]}***@{name[:1]}***{dot}{top}"


def sha256(address: str) -> str:
    """Of the lower-cased address: how a tool that keys on addresses finds the one meant (PRODUCT 5.2)."""
    return hashlib.sha256(address.lower().encode()).hexdigest()
