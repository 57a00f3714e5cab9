"""Erasure (Article 17 GDPR): a person goes from every table, file and queue; only a locked proof stays, for a term.

Everything happens in one transaction under the person's lock, so a press of a button or a worker with a letter in
its hand finds the person either whole or gone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from newsletter import catalog, clock, guard, logs, mailboxes, selfservice, signups
from newsletter.consent import CLAIMED, Act, Chain
from newsletter.db import transaction
from newsletter.errors import ContactUnknown
from newsletter.guard import LetterHit
from newsletter.outbox import Letter, State
from newsletter.privacy.belongings import delete_people
from newsletter.privacy.locked_proof import lock_away
from newsletter.signups import Resolution, Signup, disputes
from newsletter.subscriptions import Cause, Channel, Subscriber, Subscription, last_change, locked, person_lock

NOTHING = "Nothing is kept of this address."
REASON = "erased"
log = logs.get("privacy")


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What is gone, and what stays until when (A7.6).

    The locked proof, where there was a consent to prove; a signup that is held in a dispute; and the keyed hash of an
    address that is not to be written to.
    """

    contact_ids: Sequence[str]
    until: datetime | None
    held_until: datetime | None = None
    silent_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """What it came of that somebody is erased, and whether that address is never to be written to again."""

    cause: Cause
    never_again: bool

    @property
    def silences(self) -> bool:
        """Not again after a restore: the journal tells by itself whose silence still holds, and until when."""
        return self.never_again and self.cause.channel is not Channel.JOURNAL


def erase(contact_id: str, cause: Cause, *, never_again: bool = False) -> Erased:
    """Erase the person behind a contact, with all their contacts. Raises ContactUnknown, also when done before."""
    order = Order(cause=cause, never_again=never_again)
    with transaction() as session:
        erased = wipe(session, locked(session, contact_id).subscriber.address_key, order)
    return noted(erased, order)


def erase_address(address_key: str, cause: Cause, *, never_again: bool = False) -> Erased:
    """Erase whoever this address is or was about to become. Raises ContactUnknown when nothing is kept of it."""
    order = Order(cause=cause, never_again=never_again)
    mails = [mail.id for mail in mailboxes.aside_naming(address_key)]
    with transaction() as session:
        person_lock(session, address_key)
        erased = wipe(session, address_key, order, mails)
    return noted(erased, order)


def wipe(session: Session, address_key: str, order: Order, mails: Sequence[str] = ()) -> Erased:
    """Signups first: whoever confirms one at this moment has done so by now, or finds it gone.

    `mails` were set aside and name the address. Raises ContactUnknown where there is nothing.
    """
    mailboxes.forget_aside(session, mails)
    asked = Signup.of_address(session, address_key)
    waiting = [signup for signup in asked if order.cause.reaches(signup.signed_up_at)]
    signups.let_go(session, waiting)
    wishes = selfservice.drop_pending_to(session, address_key)
    person = Subscriber.by_address(session, address_key)
    theirs = [*(signup.id for signup in waiting), *(confirmed(session, person) if person else [])]
    erased = remove(session, person, order) if person else Erased(contact_ids=[], until=None)
    letters = forget_letters(session, address_key, but_of=[signup.id for signup in asked if signup not in waiting])
    disputes.restate(session, theirs, REASON)
    reasons = guard.restate(session, address_key, REASON)
    if not (waiting or wishes or person or letters or reasons or mails):
        raise ContactUnknown(NOTHING)
    forget_counters(session, selfservice.counted_under(address_key))
    if order.silences:
        signups.never_again(session, address_key, REASON, order.cause.visit)
    return with_what_stays(session, address_key, erased)


def confirmed(session: Session, person: Subscriber) -> Sequence[str]:
    """The signups that the person's contacts have come from."""
    mine = select(Subscription.id).where(Subscription.subscriber_id == person.id)
    return session.scalars(select(Resolution.signup_id).where(Resolution.contact_id.in_(mine))).all()


def with_what_stays(session: Session, address_key: str, erased: Erased) -> Erased:
    """With what no erasure takes away."""
    session.flush()
    silence = guard.suppression_of(session, address_key, clock.now())
    held_until = disputes.held_until(session, address_key)
    return replace(erased, held_until=held_until, silent_until=silence.expires_at if silence else None)


def remove(session: Session, person: Subscriber, order: Order) -> Erased:
    """Tell of it, lock the proof away, and delete what is left."""
    at = clock.now()
    contacts = Subscription.all_of(session, person.id)
    contact_ids = [contact.id for contact in contacts]
    until = max((kept_until(contact, at) for contact in contacts), default=at)
    prove_sent(session, person.id)
    lock_away(session, person, at, until)
    tell(session, person, contacts, order, until)
    forget_counters(session, selfservice.change_keys(person.id))
    delete_people(session, [person.id])
    return Erased(contact_ids=contact_ids, until=until)


def tell(session: Session, person: Subscriber, contacts: Sequence[Subscription], order: Order, until: datetime) -> None:
    """A record and a change for each contact: the tool has to forget them too (Article 19, A8.6)."""
    at, chain = clock.now(), Chain.of(session, person.id)
    network = {name: value for name, value in order.cause.visit.values.items() if name in CLAIMED}
    facts = {"channel": order.cause.channel.value, "never_again": order.never_again, "kept_until": clock.iso(until)}
    for contact in contacts:
        where = (contact.newsletter, contact.id)
        chain.append(Act.ERASED, at=at, contact=where, facts=facts, values={**network, **order.cause.note})
        session.add(last_change(contact, at))
    chain.write(session)
    session.flush()


def kept_until(contact: Subscription, at: datetime) -> datetime:
    """The proof's term begins when the consent ended (A7.4)."""
    return catalog.term("proof", contact.newsletter).after(contact.ended_at or at)


def noted(erased: Erased, order: Order) -> Erased:
    """A line of the log: of whom nobody had confirmed no evidence stays that says who has done it (D4.11)."""
    by = {"channel": order.cause.channel.value, "actor": order.cause.note.get("actor")}
    log.info("erased", contacts=list(erased.contact_ids), **by)
    return erased


def prove_sent(session: Session, subscriber_id: str) -> None:
    """What the relay took is part of the proof, also where the worker has not come to write it down yet."""
    chain = Chain.of(session, subscriber_id)
    sent = select(Letter).where(Letter.subscriber_id == subscriber_id, Letter.state == State.SENT)
    for letter in session.scalars(sent.order_by(Letter.sent_at)):
        signups.record_letter(chain, letter, (letter.newsletter, letter.contact_id or ""))
    chain.write(session)


def forget_letters(session: Session, address_key: str, but_of: Collection[str]) -> int:
    """Whatever waits to be sent there, whoever caused it; how many. One already being handed over leaves no trace."""
    is_over = or_(Letter.signup_id.is_(None), Letter.signup_id.not_in(but_of))
    to_them = delete(Letter).where(func.lower(Letter.address) == address_key, is_over)
    return len(session.execute(to_them.returning(Letter.id)).all())


def forget_counters(session: Session, keys: Sequence[str]) -> None:
    session.execute(delete(LetterHit).where(LetterHit.key.in_(keys)))
