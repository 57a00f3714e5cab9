"""Access (Article 15 GDPR): everything that is kept of a person, and what they have to be told about it (A8.2)."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter import catalog, clock, consent, languages
from newsletter.catalog import Newsletter
from newsletter.consent import EvidenceValue
from newsletter.db import moment, reader
from newsletter.errors import ContactUnknown
from newsletter.privacy.locked_proof import locked_proofs
from newsletter.privacy.personal_copy import all_kept, beside, change_told, lifted, proof_told, suppressed, waiting
from newsletter.selfservice import AddressChange
from newsletter.signups import Signup
from newsletter.subscriptions import Completion, Subscriber, Subscription

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


def everything_about(contact_id: str, held_by_tools: Callable[[str], Sequence[Mapping[str, object]]]) -> Told:
    """All of it, of the person behind a contact, in all their newsletters, and in the tools. Raises ContactUnknown."""
    with moment() as session:
        person, contacts = person_of(session, contact_id)
        kept = all_kept(session, person, contacts)
        told = {
            "told_at": clock.iso(clock.now()),
            **kept,
            "contacts": documents(contacts),
            "wordings": wordings(contacts, kept["evidence"], kept["signups"]),
            **general([*Signup.of_address(session, person.address_key), *contacts]),
        }
    return {**told, "held_by_tools": held_by_tools(contact_id)}


def kept_beside(contact_id: str) -> Told:
    """Of that, what the person's own page does not show by itself. Raises ContactUnknown."""
    with moment() as session:
        return beside(session, *person_of(session, contact_id))


def asked_for(address_key: str) -> list[Told]:
    """The signups of an address that wait to be confirmed: all there is of whom nobody has confirmed."""
    with reader() as session:
        return waiting(session, address_key)


def everything_asked(address_key: str, mails: Sequence[Told]) -> Told:
    """What there is to tell of an address that is no contact's: what waits there, and that it is not written to.

    Sign-ups wait, and wishes of others to move there; `mails` were set aside and name it. Raises ContactUnknown where
    there is nothing.
    """
    with moment() as session:
        found, silenced = Signup.of_address(session, address_key), suppressed(session, address_key)
        wishes = [change_told(change) for change in AddressChange.pending_to(session, address_key)]
        noted = lifted(session, address_key)
        if not (found or wishes or silenced or noted or mails):
            raise ContactUnknown
        signups = waiting(session, address_key)
        locked = [proof_told(proof) for proof in locked_proofs(session, address_key)]
    kept = {"signups": signups, "address_changes": wishes, "suppressed": silenced, "suppressions_lifted": noted}
    told = {"told_at": clock.iso(clock.now()), **kept, "locked_proofs": locked, "mails_set_aside": mails}
    return {**told, "wordings": wordings((), (), signups), **general(found)}


def moved_from(address_key: str) -> Subscription | None:
    """The newest contact of whoever had this address, and has another one now.

    Only their evidence knows, and no index leads there: for staff, where nobody else is found.
    """
    gone = EvidenceValue.field == "previous_address", func.lower(EvidenceValue.value) == address_key
    theirs = Subscription.subscriber_id.in_(select(EvidenceValue.subscriber_id).where(*gone))
    with reader() as session:
        return session.scalar(select(Subscription).where(theirs).order_by(Subscription.id.desc()).limit(1))


def portable(contact_id: str) -> Told:
    """What the person gave and what was observed of them, for machines (Article 20 GDPR; A8.7)."""
    with moment() as session:
        person, contacts = person_of(session, contact_id)
        acts, besides = consent.proof(session, person.id), beside(session, person, contacts)
        more = {name: besides[name] for name in ("signups", "address_change", "last_used", "bounces")}
        named = wordings(contacts, acts, more["signups"])
    return {"address": person.address, "contacts": documents(contacts), "wordings": named, "evidence": acts, **more}


def person_of(session: Session, contact_id: str) -> tuple[Subscriber, Sequence[Subscription]]:
    """The person, and all their contacts, the oldest first."""
    found = session.get(Subscription, contact_id)
    if found is None:
        raise ContactUnknown
    return found.subscriber, Subscription.all_of(session, found.subscriber_id)


def general(about: Sequence[Subscription | Signup]) -> Told:
    """What Article 15(1) wants to be told beside the data, in the language of the newest."""
    language = about[-1].language if about else languages.SOURCE
    return {
        "controller": controller(language),
        "purposes": [purpose for newsletter in newsletters(about) for purpose in purposes(newsletter, language)],
        "recipients": recipients(language),
        "retention": retention(language),
        "origin": origin(about),
        "rights": [languages.translations(language).gettext(right) for right in RIGHTS],
    }


def documents(contacts: Iterable[Subscription]) -> list[Told]:
    return [json.loads(Completion.now().text(contact.contact)) for contact in contacts]


def wordings(contacts: Iterable[Subscription], acts: Iterable[Told], waiting: Iterable[Told] = ()) -> dict[str, str]:
    """The words that were shown or agreed to, by the ids that contacts, evidence and waiting signups name."""
    agreed = {state["wording"] for contact in contacts for state in contact.consents.values() if state["wording"]}
    shown = {name for act in acts for name in consent.wordings_named(act["facts"])}
    ticked = {name for signup in waiting for name in signup["wordings"].values()}
    return {name: wording.text for name, wording in catalog.recorded(agreed | shown | ticked).items()}


def controller(language: str) -> Told:
    said = catalog.current().controller
    contact = {"data_protection": said.data_protection, "complaints": authority(language)}
    return {"name": said.name, "address": said.address, "email": said.email, **contact}


def authority(language: str = languages.SOURCE) -> str:
    """Where to complain."""
    return catalog.in_language(catalog.current().controller.authorities, language)


def newsletters(about: Iterable[Subscription | Signup]) -> list[Newsletter]:
    return [catalog.current().newsletter(slug) for slug in sorted({one.newsletter for one in about})]


def purposes(newsletter: Newsletter, language: str) -> list[Told]:
    spoken = newsletter.language_for(language)
    basis = languages.translations(spoken).gettext(BASIS)
    return [
        {"newsletter": newsletter.slug, "purpose": purpose.id, "name": purpose.names[spoken], "basis": basis}
        for purpose in newsletter.purposes
    ]


def recipients(language: str) -> list[Told]:
    """By name (A8.2; CJEU C-154/21); one outside the EEA with the ground of the transfer (Article 15(2) GDPR)."""
    return [
        {
            "name": one.name,
            "country": one.country,
            "task": catalog.in_language(one.tasks, language),
            "transfer": catalog.in_language(one.transfer, language) or None,
        }
        for one in catalog.current().controller.recipients
    ]


def retention(language: str) -> list[Told]:
    names = ("what", "how_long", "basis", "then")
    return [dict(zip(names, row, strict=True)) for row in catalog.table(catalog.current(), language)]


def origin(about: Iterable[Subscription | Signup]) -> list[Told]:
    """Where the data came from: the person, through these forms."""
    return [{"newsletter": one.newsletter, "form": one.source, "at": clock.iso(one.signed_up_at)} for one in about]
