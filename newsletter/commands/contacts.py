"""`flask contacts`: what people ask for by phone, letter or mail. Who did it, and why, becomes evidence (A8)."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

import click

from newsletter import addresses, feed, privacy, selfservice, signups, subscriptions
from newsletter.commands import what_stays
from newsletter.commands.chosen_contacts import (
    chosen,
    contacts_of,
    fields_of,
    languages_of,
    living,
    purposes_of,
    refuse_unheard_of,
    topics_of,
)
from newsletter.commands.reason_and_actor import because, by
from newsletter.commands.refusing import Group, harmless
from newsletter.commands.start import with_every_key
from newsletter.commands.unknown_address import unknown
from newsletter.commands.what_is_kept import PORTABLE, everything, journal, looked_up, pretty
from newsletter.errors import ContactUnknown
from newsletter.feed import Contact
from newsletter.subscriptions import Cause, Channel, Wishes

group = Group("contacts", help="What people ask for by phone, letter or mail.")


def accounted(command: Callable[..., None]) -> Callable[..., None]:
    """Of whom, why, and by whom: nothing is done or read here without."""
    command = with_every_key(command)
    for option in (by, because, click.argument("address")):
        command = option(command)
    return command


of_newsletter = click.option(
    "--newsletter", metavar="SLUG", multiple=True, help="Only this newsletter; may be repeated. All, when left out."
)


@group.command()
@accounted
def show(address: str, reason: str, actor: str) -> None:
    """Print what is kept of ADDRESS: its contacts, and signups that wait. The reading is journaled."""
    key = addresses.parse(address).key
    contacts, waiting = feed.contacts_of(key), privacy.asked_for(key)
    journal("show", contacts, len(waiting), reason, actor)
    if not contacts and not waiting:
        raise unknown(key, privacy.NOTHING)
    click.echo(pretty({"contacts": [json.loads(contact.document) for contact in contacts], "signups": waiting}))


@group.command()
@accounted
@click.option("--format", "form", type=click.Choice(["json", *PORTABLE]), default="json", show_default=True)
def export(address: str, reason: str, actor: str, form: str) -> None:
    """Print everything there is to tell the person (Article 15 GDPR), or what they may take along (Article 20)."""
    key = addresses.parse(address).key
    contacts = feed.contacts_of(key)
    told = PORTABLE[form](contacts[-1].id) if contacts and form != "json" else everything(key, contacts)
    if form != "json" and not contacts:
        raise click.UsageError("Nobody has confirmed this address: what is kept of it is told with --format json.")
    journal("export", contacts, len(privacy.asked_for(key)), reason, actor)
    click.echo(told, nl=False)


@group.command()
@accounted
def readings(address: str, reason: str, actor: str) -> None:
    """Print when ADDRESS was looked up by itself, by whom and why, as long as that is journaled (Article 15 GDPR)."""
    contacts = contacts_of(address)
    found = looked_up(contacts)
    journal("readings", contacts, 0, reason, actor)
    for line in found:
        click.echo(harmless(line))


@group.command()
@accounted
@of_newsletter
@click.option("--email", metavar="NEW", help="Sends a letter there: nothing changes until its owner confirms it.")
@click.option("--field", metavar="NAME=VALUE", multiple=True, help="An empty VALUE removes the field.")
@click.option("--language", metavar="LANGUAGE")
@click.option("--drop-topic", metavar="TOPIC", multiple=True, help="May be repeated. Nobody but the person adds one.")
def rectify(
    address: str, reason: str, actor: str, newsletter: tuple[str, ...], email: str | None, **wanted: Any
) -> None:
    """Put right fields and language, and drop topics, of what ADDRESS still gets."""
    contacts, given, why = living(address, newsletter), any(wanted.values()), cause(reason, actor)
    if email is not None and (newsletter or given):
        raise click.UsageError("Give --email by itself: a new address waits for its owner, and is the same everywhere.")
    if email is not None:
        move(contacts[-1], email, why)
    elif given:
        subscriptions.rectify_all(wishes(contacts, **wanted), why)
        tell(contacts[-1])
    else:
        raise click.UsageError("Say what is to be put right.")


def wishes(
    contacts: Sequence[Contact], *, field: Collection[str], language: str | None, drop_topic: Collection[str]
) -> dict[str, Wishes]:
    """By contact, as far as they concern it: newsletters have fields, topics and languages of their own."""
    fields = fields_said(field)
    refuse_unheard_of("--field", fields, map(fields_of, contacts))
    refuse_unheard_of("--drop-topic", drop_topic, map(topics_of, contacts))
    refuse_unheard_of("--language", filter(None, [language]), map(languages_of, contacts))
    return {
        contact.id: Wishes(
            fields={name: value for name, value in fields.items() if name in fields_of(contact)} or None,
            language=language if language in languages_of(contact) else None,
            dropped=drop_topic,
        )
        for contact in contacts
    }


def move(contact: Contact, wanted: str, cause: Cause) -> None:
    """The old address stays until the new one's owner has confirmed it (A8.4)."""
    selfservice.change_address(contact.id, addresses.parse(wanted), cause)
    click.echo("A letter asks the owner of the new address to confirm it. Until then nothing changes.")


@group.command()
@accounted
@of_newsletter
@click.option("--purpose", metavar="PURPOSE", multiple=True, required=True, help="Like tracking; may be repeated.")
def withdraw(address: str, reason: str, actor: str, newsletter: tuple[str, ...], purpose: tuple[str, ...]) -> None:
    """Withdraw a consent of ADDRESS while the newsletter goes on."""
    contacts = living(address, newsletter)
    refuse_unheard_of("--purpose", purpose, map(purposes_of, contacts))
    wanted = {contact.id: [name for name in purpose if name in purposes_of(contact)] for contact in contacts}
    subscriptions.withdraw_all(wanted, cause(reason, actor))
    tell(contacts[-1])


@group.command()
@accounted
@of_newsletter
def unsubscribe(address: str, reason: str, actor: str, newsletter: tuple[str, ...]) -> None:
    """End what ADDRESS gets: every newsletter, or those that are named. Signups that wait are deleted."""
    key = addresses.parse(address).key
    confirmed = {contact.newsletter for contact in feed.contacts_of(key)}
    waiting = [slug for slug in newsletter if slug not in confirmed]
    dropped = signups.forget_waiting(key, waiting) if waiting or not confirmed else 0
    if dropped:
        click.echo(what_stays.after_dropping(dropped, key, waiting))
        left = tuple(slug for slug in newsletter if slug in confirmed)
        if not (left if newsletter else feed.contacts_of(key)):  # somebody may have confirmed one while that waited
            return
        newsletter = left
    contacts = chosen(address, newsletter)
    if newsletter:
        for contact in contacts:
            signups.leave(contact.id, cause(reason, actor))
    else:
        signups.leave_all(contacts[-1].id, cause(reason, actor))
    tell(contacts[-1])


@group.command()
@accounted
def restrict(address: str, reason: str, actor: str) -> None:
    """Keep everything of ADDRESS and use nothing, until it is lifted (Article 18 GDPR)."""
    contact = contacts_of(address)[-1]
    privacy.restrict(contact.id, cause(reason, actor))
    tell(contact)


@group.command()
@accounted
def lift(address: str, reason: str, actor: str) -> None:
    """Lift the restriction of ADDRESS. A letter tells the person (Article 18(3) GDPR)."""
    contact = contacts_of(address)[-1]
    privacy.lift(contact.id, cause(reason, actor))
    tell(contact)


@group.command()
@accounted
@click.option("--never-again", is_flag=True, help="Also never write to ADDRESS again; a keyed hash is kept for that.")
def erase(address: str, reason: str, actor: str, never_again: bool) -> None:
    """Erase whoever ADDRESS is, from everything but the locked proof (Article 17 GDPR)."""
    key = addresses.parse(address).key
    try:
        done = privacy.erase_address(key, cause(reason, actor), never_again=never_again)
    except ContactUnknown as refusal:
        raise unknown(key, str(refusal)) from refusal
    click.echo(what_stays.after_erasure(done, key))


def cause(reason: str, actor: str) -> Cause:
    return Cause(Channel.STAFF, note={"reason": reason, "actor": actor})


def fields_said(texts: Collection[str]) -> dict[str, str]:
    fields = dict(map(pair, texts))
    if len(fields) != len(set(texts)):
        raise click.UsageError("Give each --field one value.")
    return fields


def pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(f"Say --field NAME=VALUE, not {text!r}.")
    return name, value


def tell(about: Contact) -> None:
    """How things stand now with its person, who may just have moved to another address; one line a contact."""
    for contact in feed.contacts_of_person(about.subscriber_id):
        document = json.loads(contact.document)
        topics, tracking = " ".join(document["topics"]) or "-", "yes" if document["tracking_allowed"] else "no"
        status = f"{document['status']}; {document['language']}; topics {topics}; tracking {tracking}"
        click.echo(harmless(f"{contact.newsletter} {contact.id}: {status}"))
