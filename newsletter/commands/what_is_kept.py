"""What staff print of somebody: everything that is kept, and who has looked at it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from newsletter import access, catalog, clock, feed, mailboxes, privacy
from newsletter.commands.chosen_contacts import NOBODY
from newsletter.commands.reason_and_actor import note_reading
from newsletter.commands.unknown_address import unknown
from newsletter.db import reader
from newsletter.errors import ContactUnknown
from newsletter.feed import Contact

PORTABLE: dict[str, Callable[[str], str]] = {
    "portable": lambda contact_id: pretty(privacy.portable(contact_id)),
    "csv": privacy.portable_csv,
}


def everything(address_key: str, contacts: Sequence[Contact]) -> str:
    """All there is to tell of an address, whether it is a contact's or not. Raises ContactUnknown."""
    mails = [mail_told(mail.id, mail.at) for mail in mailboxes.aside_naming(address_key)]
    if contacts:
        return pretty({**privacy.everything_about(contacts[-1].id, feed.held_by_tools), "mails_set_aside": mails})
    try:
        return pretty(privacy.everything_asked(address_key, mails))
    except ContactUnknown:
        raise unknown(address_key, NOBODY) from None


def mail_told(mail_id: str, at: datetime) -> dict[str, str]:
    """Somebody's own words to us, perhaps about others too: staff look at it before they hand it out."""
    return {"id": mail_id, "at": clock.iso(at), "deleted_at": clock.iso(catalog.term("mails").after(at))}


def looked_up(contacts: Sequence[Contact]) -> list[str]:
    """When the person of these contacts was looked up, by whom and why."""
    ids = {contacts[0].subscriber_id, *(contact.id for contact in contacts)}
    with reader() as session:
        names = {key.id: key.name for key in access.ApiKey.all(session)}
        return [line(read, names) for read in access.Read.naming(session, ids)]


def line(read: access.Read, names: Mapping[str, str]) -> str:
    whose = f"{read.key_id} ({names[read.key_id]}) from {read.peer}" if read.key_id else "command line"
    return f"{clock.iso(read.at)} {whose}: {read.what}"


def journal(what: str, contacts: Iterable[Contact], waiting: int, reason: str, actor: str) -> None:
    people = {contact.subscriber_id for contact in contacts}
    whose = " ".join([*people, *([f"{waiting} unconfirmed"] if waiting else [])])
    note_reading(f"contacts {what} of {whose or 'nobody'} by {actor}: {reason}", len(people) + waiting)


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"
