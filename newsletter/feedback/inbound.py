"""Mail that comes back: bounces of our own letters, complaints, and people who leave by writing (B2.8, B4).

None of it does more than reduce (B4.4), and whoever it is from is never asked: what counts is a signed address or a
link's token, which only the mail itself has. Safe to repeat: the same mail again changes nothing.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from newsletter import clock, logs, mailboxes, selfservice, signups, subscriptions
from newsletter.counts import Event
from newsletter.db import transaction
from newsletter.engine import OUTAGES
from newsletter.errors import ContactUnknown, LinkDead
from newsletter.feedback.effects import Happening
from newsletter.feedback.mail import Mail, Part
from newsletter.links import Purpose
from newsletter.mailboxes import UNSUBSCRIBE, AddressKind, Named
from newsletter.subscriptions import Cause, Channel, Subscription

TOKEN = re.compile(r"[0-9a-f]{6}[0-9a-v]{24}\.[A-Za-z0-9_-]{43}")
SKEW = timedelta(minutes=10)
"""So much may the clock of a server behind be wrong that tells of a letter just sent."""
SENDERS = ("Return-Path", "Original-Mail-From")
log = logs.get("inbound")


class Fate(StrEnum):
    """What became of a mail."""

    HANDLED = "handled"
    IGNORED = "ignored"
    ASIDE = "aside"


def receive(raw: bytes, recipient: str) -> Fate:
    """Act on one mail for one recipient, durably. A mail that cannot be read is set aside; only an outage is raised.

    One mail's fault must neither stop those behind it nor come back for ever.
    """
    try:
        fate, reason = act(raw, recipient)
    except OUTAGES:
        raise
    except Exception as error:
        log.exception("mail not read")
        fate, reason = Fate.ASIDE, type(error).__name__
    if fate is Fate.ASIDE:
        mailboxes.set_aside(raw, reason)
    log.info("mail", fate=fate, reason=reason)
    return fate


def act(raw: bytes, recipient: str) -> tuple[Fate, str]:
    """What the mail is decides, and the address what about."""
    named, mail = mailboxes.read(recipient), Mail.parse(raw)
    if named is None:
        return Fate.ASIDE, "not an address of ours"
    if mail.feedback is not None:
        return complained(mail)
    if mail.is_delivery_report:
        return bounced(mail, named)
    return written_to(mail, named)


def written_to(mail: Mail, named: Named) -> tuple[Fate, str]:
    """No report, so somebody's own words, or something's."""
    if named.kind is AddressKind.PROBE:
        return (Fate.HANDLED if mailboxes.note_proof(named.id) else Fate.IGNORED), "test mail"
    if mail.is_answer or (mail.is_automatic and named.word != UNSUBSCRIBE):
        return Fate.IGNORED, "automatic"
    return left(mail) if named.word == UNSUBSCRIBE else (Fate.ASIDE, "no report")


def bounced(mail: Mail, named: Named) -> tuple[Fate, str]:
    """A letter of ours was given up on; a delay is no bounce yet. A signup whose letter cannot arrive goes (B4.2).

    One that has been confirmed is none any more: whoever pressed its link has proven the bounce wrong.
    """
    if not (mail.is_hard or mail.is_soft):
        return Fate.IGNORED, "not given up"
    known = bounced_off(mail, named)
    return Fate.HANDLED if known else Fate.IGNORED, "hard bounce" if mail.is_hard else "soft bounce"


def bounced_off(mail: Mail, named: Named) -> bool:
    """Whether it was about somebody known. A notice to an address that its contact has left tells nothing of them."""
    match named.kind:
        case AddressKind.CONTACT:
            return contact_bounced(mail, named.id)
        case AddressKind.NOTICE:
            return any(contact_bounced(mail, one, named.id) for one in selfservice.contacts_of(named.id))
        case AddressKind.SIGNUP:
            return mail.is_hard and signups.disown(named.id, Event.EXPIRED)
        case AddressKind.MOVE:
            return mail.is_hard and selfservice.give_up(named.id)
    return False


def contact_bounced(mail: Mail, contact_id: str, change_id: str | None = None) -> bool:
    """By the notice of a change of address only while that waits, which is known once the person is locked."""
    with transaction() as session:
        contact = found(session, contact_id)
        if contact is None or (change_id and not selfservice.still_waits(session, change_id)):
            return False
        happening = happening_of(session, contact, mail.at)
        if mail.is_hard:
            happening.hard_bounce()
        else:
            happening.soft_bounce()
        return True


def complained(mail: Mail) -> tuple[Fate, str]:
    """Somebody called a letter of ours, or the newsletter, spam: whoever its links and its sender name, leaves."""
    if not mail.is_complaint:
        return Fate.IGNORED, "no complaint"
    known = [complained_about(named) for named in dict.fromkeys(meant(mail))]
    return (Fate.HANDLED, "complaint") if any(known) else (Fate.ASIDE, "a complaint about nobody known")


def meant(mail: Mail) -> Iterator[Named]:
    """Whom the mail was for: the signed address that it was sent from says, or the link for leaving in its headers."""
    parts = [*([mail.feedback] if mail.feedback is not None else []), *mail.originals]
    for part in parts:
        senders = [mailboxes.read(str(value)) for name in SENDERS for value in part.get_all(name, [])]
        yield from (named for named in senders if named is not None)
        yield from (Named(kind=AddressKind.CONTACT, id=contact_id) for contact_id in links_for_leaving(part))


def links_for_leaving(part: Part) -> Iterator[str]:
    yield from contacts_named(" ".join(str(value) for value in part.get_all("List-Unsubscribe", [])))


def contacts_named(text: str) -> Iterator[str]:
    """The contacts whom the unsubscribe tokens in a text speak of, each once."""
    for token in dict.fromkeys(TOKEN.findall(text)):
        try:
            yield subscriptions.by_link(Purpose.UNSUBSCRIBE, token).id
        except LinkDead:
            continue


def complained_about(named: Named) -> bool:
    """End it; whether there was such a signup or wish for an address, or is such a contact."""
    match named.kind:
        case AddressKind.SIGNUP:
            return signups.disown(named.id, Event.NOT_ME) or any(end(one) for one in signups.contacts_of(named.id))
        case AddressKind.MOVE:
            return selfservice.object_to(named.id) or any(end(one) for one in selfservice.contacts_of(named.id))
        case AddressKind.NOTICE:
            ended = [end(one) for one in selfservice.contacts_of(named.id)]
            return selfservice.object_to(named.id) or any(ended)
        case AddressKind.CONTACT:
            return end(named.id)
    return False


def end(contact_id: str) -> bool:
    with transaction() as session:
        contact = found(session, contact_id)
        if contact is not None:
            happening_of(session, contact).complaint()
        return contact is not None


def left(mail: Mail) -> tuple[Fate, str]:
    """The token in the subject is the only authority: whoever the mail says it is from may be anybody (B2.8).

    Mail programs write such mails by themselves, so an automatic one counts too.
    """
    known = [leave(contact_id) for contact_id in contacts_named(mail.subject)]
    return (Fate.HANDLED, "left") if any(known) else (Fate.ASIDE, "no token for leaving")


def leave(contact_id: str) -> bool:
    try:
        signups.leave(contact_id, Cause(Channel.MAIL))
    except ContactUnknown:
        return False
    return True


def found(session: Session, contact_id: str) -> Subscription | None:
    try:
        return subscriptions.locked(session, contact_id)
    except ContactUnknown:
        return None


def happening_of(session: Session, contact: Subscription, at: datetime | None = None) -> Happening:
    return Happening(session=session, contact=contact, cause=Cause(Channel.MAIL), at=at or clock.now(), skew=SKEW)
