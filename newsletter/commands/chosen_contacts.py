"""Which contacts of an address a command is about, and what of that which staff name concerns each."""

import json
from collections.abc import Collection, Iterable

import click

from newsletter import addresses, catalog, feed
from newsletter.catalog import Newsletter
from newsletter.commands.unknown_address import unknown
from newsletter.errors import ContactUnknown
from newsletter.feed import Contact
from newsletter.subscriptions import Status

NOBODY = "There is no contact of this address: nobody ever confirmed it."


def contacts_of(address: str) -> list[Contact]:
    """Raises ContactUnknown."""
    key = addresses.parse(address).key
    found = feed.contacts_of(key)
    if not found:
        raise unknown(key, NOBODY)
    return found


def chosen(address: str, newsletters: Iterable[str]) -> list[Contact]:
    """Those in these newsletters; all, where none is named. Raises ContactUnknown."""
    wanted = set(newsletters)
    found = [contact for contact in contacts_of(address) if contact.newsletter in wanted or not wanted]
    if wanted - {contact.newsletter for contact in found}:
        raise ContactUnknown(f"This address has no contact in {', '.join(sorted(wanted))}.")
    return found


def living(address: str, newsletters: Iterable[str]) -> list[Contact]:
    """Those that are not over. Raises ContactUnknown."""
    found = [one for one in chosen(address, newsletters) if json.loads(one.document)["status"] != Status.UNSUBSCRIBED]
    if not found:
        raise ContactUnknown("Every subscription of this address is over.")
    return found


def refuse_unheard_of(option: str, named: Iterable[str], known: Iterable[Collection[str]]) -> None:
    """What some contacts have is meant of those. What none has is a slip of the pen, which would look like done."""
    wrong = sorted(set(named).difference(*known))
    if wrong:
        raise click.BadParameter(f"no newsletter of this address has {wrong[0]!r}.", param_hint=option)


def fields_of(contact: Contact) -> set[str]:
    """Also those that the catalogue has no more: they can be emptied."""
    return {field.name for field in newsletter_of(contact).fields}.union(json.loads(contact.document)["fields"])


def topics_of(contact: Contact) -> set[str]:
    return {topic.id for topic in newsletter_of(contact).topics}


def languages_of(contact: Contact) -> set[str]:
    return set(newsletter_of(contact).languages)


def purposes_of(contact: Contact) -> set[str]:
    return {purpose.id for purpose in newsletter_of(contact).purposes}.union(json.loads(contact.document)["consents"])


def newsletter_of(contact: Contact) -> Newsletter:
    return catalog.current().newsletter(contact.newsletter)
