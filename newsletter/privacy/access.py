"""Access (Article 15 GDPR): everything that is kept of a person, and what they have to be told about it (A8.2)."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from newsletter import catalog, changes, clock, consent, guard, languages
from newsletter.addresses import EmailAddress
from newsletter.catalog import Newsletter
from newsletter.db import reader
from newsletter.errors import ContactUnknown
from newsletter.guard import LetterHit
from newsletter.outbox import Letter
from newsletter.signups import Signup
from newsletter.subscriptions import Subscriber, Subscription, with_base

Told = dict[str, Any]
RIGHTS = (
    "You can withdraw a consent at any time, with effect for the future (Article 7(3) GDPR).",
    "You can have access to your data, and get a copy (Article 15 GDPR).",
    "You can have wrong data corrected (Article 16 GDPR).",
    "You can have your data erased (Article 17 GDPR).",
    "You can have the processing restricted (Article 18 GDPR).",
    "You can receive your data in a form that machines read, and take it elsewhere (Article 20 GDPR).",
    "You can object to the processing, to direct marketing without giving reasons (Article 21 GDPR).",
)
"""As the privacy page says them, so that they are translated with it."""
BASIS = "Article 6(1)(a) GDPR: your consent"


def everything_about(contact_id: str) -> Told:
    """All of it, of the person behind a contact, in all their newsletters. Raises ContactUnknown."""
    with reader() as session:
        person, contacts = person_of(session, contact_id)
        language = contacts[-1].language
        return {
            "told_at": clock.iso(clock.now()),
            "controller": controller(language),
            **kept(session, person, contacts),
            "purposes": [purpose for newsletter in newsletters(contacts) for purpose in purposes(newsletter, language)],
            "recipients": recipients(language),
            "retention": retention(language),
            "origin": origin(contacts),
            "rights": [languages.translations(language).gettext(right) for right in RIGHTS],
        }


def asked_for(address_key: str) -> list[Told]:
    """The signups of an address that wait to be confirmed: all there is of whom nobody has confirmed."""
    with reader() as session:
        return [waiting(signup) for signup in Signup.of_addresses(session, [address_key])]


def portable(contact_id: str) -> Told:
    """What the person gave and what was observed of them, for machines (Article 20 GDPR; A8.7)."""
    with reader() as session:
        person, contacts = person_of(session, contact_id)
        acts = consent.proof(session, person.id)
        named = wordings(contacts)
    return {"address": person.address, "contacts": documents(contacts), "wordings": named, "evidence": acts}


def person_of(session: Session, contact_id: str) -> tuple[Subscriber, Sequence[Subscription]]:
    """The person, and all their contacts, the oldest first."""
    found = session.get(Subscription, contact_id)
    if found is None:
        raise ContactUnknown
    mine = select(Subscription).where(Subscription.subscriber_id == found.subscriber_id)
    return found.subscriber, session.scalars(mine.order_by(Subscription.id)).all()


def kept(session: Session, person: Subscriber, contacts: Sequence[Subscription]) -> Told:
    """A copy of whatever is kept, by kind."""
    ids = [contact.id for contact in contacts]
    return {
        "person": {
            "address": person.address,
            "confirmed_at": clock.iso(person.created_at),
            "restricted_since": clock.iso(person.restricted_at) if person.restricted_at else None,
        },
        "contacts": documents(contacts),
        "wordings": wordings(contacts),
        "signups": [waiting(signup) for signup in Signup.of_addresses(session, [person.address_key])],
        "letters": [letter(one) for one in letters(session, person, ids)],
        "letters_counted": [clock.iso(at) for at in counted(session, person)],
        "suppressed": suppressed(session, person),
        "evidence": consent.proof(session, person.id),
        "told_to_the_tool": [told(change) for change in changes.of_contacts(session, ids)],
    }


def documents(contacts: Iterable[Subscription]) -> list[Told]:
    return [json.loads(with_base(contact.contact)) for contact in contacts]


def wordings(contacts: Iterable[Subscription]) -> dict[str, str]:
    """The words that were agreed to, by the ids that contacts and evidence name."""
    named = {state["wording"] for contact in contacts for state in contact.consents.values() if state["wording"]}
    return {name: wording.text for name, wording in catalog.recorded(named).items()}


def waiting(signup: Signup) -> Told:
    return {
        "newsletter": signup.newsletter,
        "address": signup.typed,
        "language": signup.language,
        "fields": signup.fields,
        "topics": signup.topics,
        "wordings": signup.wordings,
        "source": signup.source,
        "ip": signup.ip,
        "signed_up_at": clock.iso(signup.signed_up_at),
        "deleted_at": clock.iso(signup.deadline),
    }


def letters(session: Session, person: Subscriber, contact_ids: Sequence[str]) -> Sequence[Letter]:
    theirs = or_(func.lower(Letter.address) == person.address_key, Letter.contact_id.in_(contact_ids))
    return session.scalars(select(Letter).where(theirs).order_by(Letter.created_at)).all()


def letter(found: Letter) -> Told:
    sent = clock.iso(found.sent_at) if found.sent_at else None
    at = {"created_at": clock.iso(found.created_at), "sent_at": sent}
    return {"kind": found.kind, "newsletter": found.newsletter, "address": found.address, "state": found.state, **at}


def counted(session: Session, person: Subscriber) -> Sequence[Any]:
    """When letters to the address were counted; the address itself stands there as a keyed hash (A7.9)."""
    limit_key = EmailAddress(typed=person.address, mailed=person.address).limit_key
    mine = select(LetterHit.at).where(LetterHit.key.in_(guard.letter_keys(limit_key)))
    return session.scalars(mine.order_by(LetterHit.at)).all()


def suppressed(session: Session, person: Subscriber) -> Told | None:
    found = guard.found(session, person.address_key, clock.now())
    if found is None:
        return None
    return {"since": clock.iso(found.at), "until": clock.iso(found.expires_at), "reason": found.reason}


def told(change: changes.Change) -> Told:
    """Article 19 GDPR: what each recipient of the feed has been told (A8.6)."""
    return {"at": clock.iso(change.at), "newsletter": change.newsletter, "kind": change.kind}


def controller(language: str) -> Told:
    said = catalog.current().controller
    authority = said.authorities.get(language) or next(iter(said.authorities.values()))
    contact = {"data_protection": said.data_protection, "complaints": authority}
    return {"name": said.name, "address": said.address, "email": said.email, **contact}


def newsletters(contacts: Iterable[Subscription]) -> list[Newsletter]:
    return [catalog.current().newsletter(slug) for slug in sorted({contact.newsletter for contact in contacts})]


def purposes(newsletter: Newsletter, language: str) -> list[Told]:
    spoken = newsletter.language_for(language)
    basis = languages.translations(spoken).gettext(BASIS)
    return [
        {"newsletter": newsletter.slug, "purpose": purpose.id, "name": purpose.names[spoken], "basis": basis}
        for purpose in newsletter.purposes
    ]


def recipients(language: str) -> list[Told]:
    """By name (A8.2; CJEU C-154/21)."""
    return [
        {"name": one.name, "country": one.country, "task": one.tasks.get(language) or next(iter(one.tasks.values()))}
        for one in catalog.current().controller.recipients
    ]


def retention(language: str) -> list[Told]:
    names = ("what", "how_long", "basis", "then")
    rows = [catalog.cells(line, language) for line in catalog.table(catalog.current())]
    return [dict(zip(names, row, strict=True)) for row in rows]


def origin(contacts: Iterable[Subscription]) -> list[Told]:
    """Where the data came from: the person, through these forms."""
    return [
        {"newsletter": contact.newsletter, "form": contact.source, "at": clock.iso(contact.signed_up_at)}
        for contact in contacts
    ]
