"""The letters about a signup, written once per version and language, then only filled in (A3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from newsletter import catalog, clock, languages, links, mailboxes, outbox
from newsletter.catalog import Newsletter
from newsletter.links import Purpose
from newsletter.outbox import Draft, Letter
from newsletter.signups import code
from newsletter.signups.letter_kinds import LetterKind
from newsletter.signups.offer import Offer
from newsletter.signups.signup import Signup
from newsletter.subscriptions import Subscription

ONE_CLICK = ("List-Unsubscribe: <@{unsubscribe}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click")
"""RFC 8058, on what is sent to subscribers; a letter about a signup has no such header (B1.7)."""
MOST_KNOWN = 1000
"""Versions that a process keeps at hand: choices of topics and wordings times languages times newsletters."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Writes letters within one transaction. It remembers which versions that transaction has seen stored."""

    session: Session
    stored: set[str] = field(default_factory=set)

    def for_signup(self, letter: Letter, signup: Signup, kind: LetterKind) -> None:
        """A confirmation, or the letter to somebody subscribed who asks for more. Its links are this signup's."""
        offer = Offer.of(signup)
        own = {
            "confirm": links.url(Purpose.CONFIRM, links.sign(Purpose.CONFIRM, signup.id)),
            "cancel": links.url(Purpose.CANCEL, links.sign(Purpose.CANCEL, signup.id)),
            "deadline": languages.moment(signup.deadline, offer.language),
        }
        if offer.newsletter.shortcuts.code:
            own["code"] = code.code_of(signup.id)
        letter.kind, letter.signup_id = kind, signup.id
        self.write(letter, offer, own)

    def for_subscription(self, letter: Letter, offer: Offer, subscription: Subscription, kind: LetterKind) -> None:
        """A letter to somebody subscribed. It is about no signup, so the only link in it lets people leave."""
        letter.kind, letter.signup_id, letter.contact_id = kind, None, subscription.id
        unsubscribe = links.url(Purpose.UNSUBSCRIBE, subscription.unsubscribe_token)
        self.write(letter, offer, {"unsubscribe": unsubscribe})

    def for_who_left(self, letter: Letter, subscription: Subscription) -> None:
        """The receipt of leaving. There is nothing left to do, so it has no link of its own."""
        offer = Offer.kept(subscription)
        ended_at = subscription.ended_at or subscription.changed_at
        self.write(letter, offer, {"ended": languages.moment(ended_at, offer.language)})

    def write(self, letter: Letter, offer: Offer, own: Mapping[str, str]) -> None:
        sender = offer.newsletter.sender.address
        letter.write(self.version(letter.kind, offer), sender, {**returns_to(letter), **own})

    def version(self, kind: str, offer: Offer) -> str:
        """The id of the version that says this, stored before anything refers to it."""
        version_id, mime_text = composed(kind, offer)
        if version_id not in self.stored:
            where = {"kind": kind, "newsletter": offer.newsletter.slug, "language": offer.language}
            outbox.store(self.session, **where, mime_text=mime_text, at=clock.now())
            self.stored.add(version_id)
        return version_id


def to_contact(subscription: Subscription, kind: LetterKind) -> Draft:
    """A letter to whose subscription has just begun or ended."""
    return Draft(
        kind=kind,
        contact_id=subscription.id,
        newsletter=subscription.newsletter,
        language=subscription.language,
        source=subscription.source,
        address=subscription.subscriber.address,
        at=subscription.changed_at,
    )


def returns_to(letter: Letter) -> dict[str, str]:
    if letter.signup_id:
        return returning(mailboxes.AddressKind.SIGNUP, letter.signup_id)
    return returning(mailboxes.AddressKind.CONTACT, letter.contact_id) if letter.contact_id else {}


def returning(kind: mailboxes.AddressKind, object_id: str) -> dict[str, str]:
    """The envelope sender whose bounce tells of this object; nothing where no mail is taken back (B1.6)."""
    back = mailboxes.sender(kind, object_id)
    return {"sender": back} if back else {}


def composed(kind: str, offer: Offer) -> tuple[str, str]:
    """A version's id and text, made once per process for what is the same in every letter of it.

    It is that of the offer's newsletter, whichever catalogue is in force by now.
    """
    known: dict[Any, tuple[Newsletter, str, str]] = current_app.extensions.setdefault("letters", {})
    wordings = tuple([wording.id for wording in offer.wordings.values()])
    key = (kind, offer.newsletter.slug, offer.language, tuple(offer.topics), wordings)
    found = known.get(key)
    if found is None or found[0] is not offer.newsletter:
        if len(known) > MOST_KNOWN:
            known.clear()
        mime_text = compose(kind, offer)
        found = known[key] = (offer.newsletter, outbox.version_id(mime_text), mime_text)
    return found[1:]


def compose(kind: str, offer: Offer) -> str:
    """The letter with its holes, from the templates in its language."""
    controller = catalog.current().controller
    context = {"offer": offer, "newsletter": offer.newsletter, "controller": controller}
    subject = languages.render(f"letters/{kind}.subject.txt", offer.language, **context).strip()
    return outbox.mime(
        subject=subject,
        sender=(offer.newsletter.sender.name, offer.newsletter.sender.address),
        reply_to=offer.newsletter.sender.reply_to,
        headers=(f"Content-Language: {offer.language}", *(ONE_CLICK if kind == LetterKind.WELCOME else ())),
        text=languages.render(f"letters/{kind}.txt", offer.language, **context),
        html=languages.render(f"letters/{kind}.html", offer.language, **context),
    )
