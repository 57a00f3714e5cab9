"""At the new address: yes, that is me. At either: no, it was not. Each once, whoever presses how often (A8.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from newsletter import clock, guard, journal, links, signups
from newsletter.changes import Change, ChangeKind, match_of
from newsletter.consent import Act, Chain, Visit
from newsletter.db import reader, transaction
from newsletter.errors import AddressTaken, LinkDead
from newsletter.guard import LetterHit
from newsletter.links import Purpose, Shown
from newsletter.outbox import Letter, State
from newsletter.selfservice import fresh
from newsletter.selfservice.address_change import AddressChange
from newsletter.selfservice.letter_limits import stranger_keys
from newsletter.selfservice.moving import let_changes_go, may_move
from newsletter.signups import Denial
from newsletter.subscriptions import Cause, Channel, Subscriber, Subscription, change, found_and_locked


@dataclass(frozen=True, kw_only=True)
class Moving:
    """A change of address, as the pages of its links tell of it."""

    id: str
    address: str | None
    deadline: datetime
    confirmed_at: datetime | None
    subscriptions: list[Subscription]

    @property
    def displayed(self) -> str:
        """Names the wordings that the page shows: those under which the new address would be written to."""
        return ",".join(sorted({wording for contact in self.subscriptions for wording in contact.agreed.values()}))


def look(purpose: Purpose, token: str) -> Moving:
    """What this link of a change is about. Raises LinkDead."""
    with reader() as session:
        found = alive(session.get(AddressChange, links.read(purpose, token)))
        living = Subscription.all_living(session, found.subscriber_id)
        if purpose is Purpose.MOVE and not found.is_confirmed:
            refuse_stopped(session, found, living)
    if not living:
        raise LinkDead
    return Moving(
        id=found.id,
        address=found.address,
        deadline=found.deadline,
        confirmed_at=found.confirmed_at,
        subscriptions=living,
    )


def alive(found: AddressChange | None) -> AddressChange:
    if found is None or found.is_over:
        raise LinkDead
    return found


def arrive(token: str, nonce: str, visit: Visit) -> datetime | None:
    """Whoever reads the new mailbox pressed the button. Since when it is the address; safe to repeat.

    Raises NonceStale, AddressTaken, or LinkDead: also when the person has left, is restricted or was erased. And
    DatabaseRestored, while nobody knows whether the wish was dropped since (A7.10).
    """
    change_id = links.read(Purpose.MOVE, token)
    shown = links.read_nonce(Purpose.MOVE, change_id, nonce)
    journal.refuse_restored()
    with transaction() as session:
        found = locked(session, change_id)
        if not found.is_confirmed:
            subscriber = session.get_one(Subscriber, found.subscriber_id)
            living = movable(session, found, subscriber)
            carry_out(session, Arrival(found, subscriber, living, shown, visit, clock.now()))
        return found.confirmed_at


def locked(session: Session, change_id: str) -> AddressChange:
    """The change, with everybody locked whom it concerns: under the address of by now and under the new one."""

    def look() -> tuple[AddressChange, set[str]]:
        found = alive(session.get(AddressChange, change_id))
        subscriber = session.get(Subscriber, found.subscriber_id)
        if subscriber is None:  # erased at this very moment
            raise LinkDead
        return found, {key for key in (subscriber.address_key, found.address_key) if key}

    found_and_locked(session, look)
    return alive(session.get(AddressChange, change_id, with_for_update=True))


def movable(session: Session, found: AddressChange, subscriber: Subscriber) -> list[Subscription]:
    """The subscriptions that would move; refused for whatever has come in between."""
    living = Subscription.all_living(session, subscriber.id)
    refuse_stopped(session, found, living)
    if Subscriber.by_address(session, found.address_key or "") is not None:
        raise AddressTaken
    return living


def refuse_stopped(session: Session, found: AddressChange, living: Sequence[Subscription]) -> None:
    """The link is dead while its person is restricted, and once they have left or the new address wants silence."""
    if not may_move(living) or guard.suppressed(session, [found.address_key or ""], clock.now()):
        raise LinkDead


@dataclass(frozen=True)
class Arrival:
    """One change of address at the instant at which it happens."""

    change: AddressChange
    subscriber: Subscriber
    living: list[Subscription]
    shown: Shown
    visit: Visit
    at: datetime


def carry_out(session: Session, arrival: Arrival) -> None:
    """The address, every living contact, evidence and changes; the old mailbox opens nothing any more."""
    subscriber, previous = arrival.subscriber, arrival.subscriber.address
    subscriber.address, subscriber.address_key = arrival.change.address or "", arrival.change.address_key or ""
    chain = Chain.of(session, subscriber.id)
    seconds = record_letter(session, chain, arrival)
    for contact in arrival.living:
        contact.move(arrival.at)
        where = (contact.newsletter, contact.id)
        chain.append(Act.ADDRESS_CHANGED, at=arrival.at, contact=where, **evidence_of(arrival, previous, seconds))
        session.add(moved(contact, previous))
    chain.write(session)
    fresh.forget(session, subscriber.id)
    keys = stranger_keys(subscriber.address)  # its owner has spoken
    session.execute(delete(LetterHit).where(LetterHit.key.in_(keys)))
    session.execute(signups.freed(subscriber.address_key, arrival.at))
    arrival.change.settle(arrival.at)


def record_letter(session: Session, chain: Chain, arrival: Arrival) -> int | None:
    """The letter to the new address becomes evidence; how long ago it was sent. One under way follows by itself."""
    letter = session.get(Letter, arrival.change.letter_id)
    newsletter, contact_id = arrival.living[0].newsletter, arrival.living[0].id
    if letter is None:
        return None
    if letter.state != State.SENT or letter.sent_at is None:
        letter.subscriber_id, letter.contact_id, letter.newsletter = arrival.subscriber.id, contact_id, newsletter
        return None
    signups.record_letter(chain, letter, (newsletter, contact_id))
    session.delete(letter)
    return int((arrival.at - letter.sent_at).total_seconds())


def evidence_of(arrival: Arrival, previous: str, seconds: int | None) -> dict[str, Any]:
    """Both acts: who asked and from where, and who confirmed it seeing which page (A2.2)."""
    asked = arrival.change
    facts = {
        "channel": asked.channel,
        "method": "button",
        "asked_at": clock.iso(asked.asked_at),
        "seconds_after_letter": seconds,
        "displayed": {"page": arrival.shown.what, "at": clock.iso(arrival.shown.at)},
    }
    known: Mapping[str, str | None] = {
        "address": asked.address,
        "typed": asked.typed,
        "previous_address": previous,
        "asked_ip": asked.ip,
    }
    return {"facts": facts, "values": {**known, **arrival.visit.values, **asked.note}}


def moved(contact: Subscription, previous: str) -> Change:
    """An update that also names both hashes, for tools that know only addresses (PRODUCT 5.2)."""
    found = change(contact, ChangeKind.UPDATED)
    found.match = match_of(contact.id, contact.subscriber.address)
    found.previous_match = match_of(contact.id, previous)
    return found


def refuse(purpose: Purpose, token: str, denial: Denial) -> datetime | None:
    """This was not me, by the link of either letter: the wish goes; what was confirmed ends, and is disputed.

    By the notice's link the fresh link dies as well: somebody else has seen the page. By the other letter's, the
    new address may say "never again" of itself. Gives when it was confirmed, if it was. Raises NonceStale or LinkDead.
    """
    change_id = links.read(purpose, token)
    links.read_nonce(purpose, change_id, denial.nonce)
    with transaction() as session:
        found = locked(session, change_id)
        confirmed_at = found.confirmed_at
        if purpose is Purpose.STOP:
            fresh.forget(session, found.subscriber_id)
        if found.is_confirmed:
            address_key = session.get_one(Subscriber, found.subscriber_id).address_key
            signups.end_all(session, address_key, Cause(Channel.NOT_ME, denial.visit))
        else:
            drop_wish(session, found, purpose, denial)
    return confirmed_at


def drop_wish(session: Session, found: AddressChange, purpose: Purpose, denial: Denial) -> None:
    address_key = found.address_key or ""
    let_changes_go(session, [found])
    if denial.never_again and purpose is Purpose.DENY:
        signups.never_again(session, address_key, "not me", denial.visit)
