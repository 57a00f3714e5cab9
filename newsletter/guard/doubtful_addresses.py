"""Mailboxes that no subscriber reads: those of a role, and those made to be thrown away (C12, C13).

What is done about them is the operator's policy: take them, suspect them (a post counts double against its source),
or refuse them. It goes by the address alone, never by what is known of it, so it tells nobody who is subscribed. No
policy takes an address that leads to another one.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from disposable_email_domains import blocklist

from newsletter import config
from newsletter.addresses import EmailAddress
from newsletter.config import Policy

ROLE = re.compile(
    r"""abuse | csirt | devnull | dmarc | do-?not-?reply | ftp | hostmaster | listserv | mailer-daemon
    | majordomo | no-?reply | noc | phishing | postmaster | root | security | spam | sysadmin | tlsrpt
    | usenet | uucp | webmaster | www""",
    re.VERBOSE,
)
"""Local parts behind which nobody reads newsletters, by RFC 2142 and custom; not those of trade, like info or sales."""
ROUTE = re.compile(r"%[^%!]+\.[^%!]|[^%!]\.[^%!]+!")
"""Before the @: `eve%example.org` and `example.org!eve` were ways to eve@example.org before there was DNS. Many a relay
still takes them where the domain is its own, Postfix unless told otherwise: past the limit of letters to eve, who gets
one for each of the endless spellings. Without a dot it is some host of that domain's, or an odd name.
"""
ROUTE_SENTENCE = "This address leads to another one. Please enter that one."
ROLE_SENTENCE = "This address belongs to a role, not to a person. Please enter one of your own."
DISPOSABLE_SENTENCE = "This mailbox is made to be thrown away. Please enter an address that you keep."


def objection(address: EmailAddress) -> str | None:
    """Why this address is refused, as a sentence for whoever typed it; None when it is not."""
    settings = config.current()
    if ROUTE.search(address.mailed.rpartition("@")[0]):
        return ROUTE_SENTENCE
    if settings.role_addresses is Policy.REFUSE and is_role(address):
        return ROLE_SENTENCE
    if settings.disposable_addresses is Policy.REFUSE and is_disposable(address.domain, settings.disposable_domains):
        return DISPOSABLE_SENTENCE
    return None


def is_suspect(address: EmailAddress) -> bool:
    """Whether a post of this address counts double against its source."""
    settings = config.current()
    if settings.role_addresses is Policy.SUSPECT and is_role(address):
        return True
    return settings.disposable_addresses is Policy.SUSPECT and is_disposable(
        address.domain, settings.disposable_domains
    )


def is_role(address: EmailAddress) -> bool:
    return ROLE.fullmatch(address.key.rpartition("@")[0].partition("+")[0]) is not None


@lru_cache(maxsize=1000)
def is_disposable(domain: str, file: str | None) -> bool:
    """Whether the domain, or one above it, is on the list: the operator's file, or else the one that we run with."""
    labels = domain.split(".")
    return any(".".join(labels[at:]) in domains(file) for at in range(len(labels) - 1))


@lru_cache(maxsize=4)
def domains(file: str | None) -> Collection[str]:
    if file is None:
        return blocklist
    lines = Path(file).read_text("utf-8-sig").splitlines()
    return {line.strip().lower() for line in lines if not line.startswith("#")}
