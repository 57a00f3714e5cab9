"""The worker's decision on every letter: `signups` decides on those about signups, this module on the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter import guard, languages, links, logs, mailboxes, signups
from newsletter.db import lock_all
from newsletter.guard import LetterHit
from newsletter.links import Purpose
from newsletter.outbox import Letter, State
from newsletter.selfservice.address_change import AddressChange
from newsletter.selfservice.fresh import FreshLink, spokesman, subscriptions_of
from newsletter.selfservice.letter_kinds import LetterKind
from newsletter.selfservice.letter_limits import Bucket, fresh_bucket, room_from, strangers_bucket
from newsletter.selfservice.moving import may_move
from newsletter.signups import Desk, Offer, returning
from newsletter.subscriptions import Subscriber, Subscription

WAITED_FOR = timedelta(days=1)
"""Whoever asked for a fresh link longer ago than this no longer waits for it."""
log = logs.get("outbox")


class Author:
    """The author of all letters, as the outbox wants one."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        """Everybody is locked at once and in order, so that no two workers wait for each other in a circle."""
        lock_all(session, signups.locks_on(claimed))
        about_signups = [letter for letter in claimed if letter.kind not in DECISIONS]
        about_people = [letter for letter in claimed if letter.kind in DECISIONS]
        this = Round(session=session, desk=Desk(session=session), at=at)
        leaving = signups.decide(session, about_signups, at) if about_signups else []
        return [*leaving, *(letter for letter in about_people if this.decide(letter))]

    def sent_late(self, letter_id: str) -> None:
        signups.prove_letter(letter_id)


@dataclass(frozen=True, kw_only=True)
class Round:
    """The decisions on one round of letters about people, whose locks are held."""

    session: Session
    desk: Desk
    at: datetime

    def decide(self, letter: Letter) -> bool:
        """Whether this letter leaves now; if it does, it is written. Otherwise it is held, or gone."""
        return DECISIONS[LetterKind(letter.kind)](self, letter)

    def drop(self, letter: Letter) -> bool:
        self.session.delete(letter)
        return False

    def fresh_link(self, letter: Letter) -> bool:
        """To whoever is known by the address, also when suppressed or gone, and as they spelt it themselves.

        The hour begins when the letter leaves.
        """
        subscriber = Subscriber.by_address(self.session, letter.address.lower())
        known = subscriptions_of(self.session, subscriber.id) if subscriber else []
        if subscriber is None or not known or not self.is_wanted(letter, subscriber, known):
            return self.drop(letter)
        link = FreshLink.issue(self.session, subscriber, letter.id, self.at)
        contact = spokesman(known)
        offer = Offer.kept(contact)
        letter.address = subscriber.address
        own = {"me": link.url, "deadline": languages.moment(link.expires_at, offer.language)}
        self.desk.write(letter, offer, {**own, **returning(mailboxes.AddressKind.CONTACT, contact.id)})
        return True

    def anchor(self, letter: Letter) -> bool:
        """It was whole when it was put into the outbox. The next day's covers one that its keeper never took."""
        if letter.is_late(self.at):
            log.error("anchor given up", letter=letter.id)
            return self.drop(letter)
        return True

    def is_wanted(self, letter: Letter, subscriber: Subscriber, known: Sequence[Subscription]) -> bool:
        """A letter tried again would kill the link of a newer one; a new one has to be within the limits."""
        if self.at - letter.created_at > WAITED_FOR:
            return False
        if letter.state == State.READY:
            standing = FreshLink.of(self.session, subscriber)
            return standing is None or standing.letter_id <= letter.id
        living = any(not subscription.is_over for subscription in known)
        bucket = fresh_bucket(subscriber.address) if living else strangers_bucket(subscriber.address)
        return self.room_from(bucket) <= self.at and self.count(bucket)

    def new_address(self, letter: Letter) -> bool:
        """A stranger may have been named, so this counts and waits like what strangers cause (C4)."""
        change = AddressChange.of_letter(self.session, letter)
        if change is None or not self.could_be_confirmed(change):
            return self.drop(letter)
        if guard.suppressed(self.session, [change.address_key or ""], self.at):
            return self.drop(letter)
        bucket = strangers_bucket(letter.address)
        if letter.state != State.READY:
            if (free := self.room_from(bucket)) > self.at:
                letter.hold_back(free)
                return False
            self.count(bucket)
        cancel = links.url(Purpose.CANCEL, links.sign(Purpose.DENY, change.id))
        confirm = links.url(Purpose.CONFIRM, links.sign(Purpose.MOVE, change.id))
        return self.write(letter, change, mailboxes.AddressKind.MOVE, {"confirm": confirm, "cancel": cancel})

    def could_be_confirmed(self, change: AddressChange) -> bool:
        """Whether the link of its letter would live for a while; of who is restricted or has left it is dead (A8.5)."""
        living = Subscription.all_living(self.session, change.subscriber_id)
        return not change.is_confirmed and change.deadline - self.at >= signups.LEAST_LIFE and may_move(living)

    def address_notice(self, letter: Letter) -> bool:
        """To the old address, also when the new one was faster: it may have been somebody else. Nothing caps it."""
        change = AddressChange.of_letter(self.session, letter)
        if change is None or self.at > change.deadline:
            return self.drop(letter)
        cancel = links.url(Purpose.CANCEL, links.sign(Purpose.STOP, change.id))
        return self.write(letter, change, mailboxes.AddressKind.NOTICE, {"cancel": cancel})

    def restriction_lifted(self, letter: Letter) -> bool:
        """Owed by law (Article 18(3) GDPR), so nothing caps it; whoever is restricted again has nothing to be told."""
        contact = self.session.get(Subscription, letter.contact_id)
        if contact is None or letter.is_late(self.at) or contact.subscriber.restricted_at is not None:
            return self.drop(letter)
        own = {"manage": links.url(Purpose.MANAGE, contact.manage_token)}
        letter.address = contact.subscriber.address  # it may be another by now
        self.desk.write(letter, Offer.kept(contact), own)
        return True

    def write(self, letter: Letter, change: AddressChange, kind: mailboxes.AddressKind, own: Mapping[str, str]) -> bool:
        """What comes back of it tells of one of two mailboxes, and the contact may be at the other (B1.6)."""
        offer = Offer.kept(self.session.get_one(Subscription, change.contact_id))
        deadline = languages.moment(change.deadline, offer.language)
        self.desk.write(letter, offer, {**own, **returning(kind, change.id), "deadline": deadline})
        return True

    def room_from(self, bucket: Bucket) -> datetime:
        return room_from(self.session, bucket, self.at)

    def count(self, bucket: Bucket) -> bool:
        """One more letter. It is seen at once by those that follow in this round."""
        self.session.add(LetterHit(key=bucket[0][0], at=self.at))
        self.session.flush()
        return True


DECISIONS: Mapping[LetterKind, Callable[[Round, Letter], bool]] = {
    LetterKind.FRESH_LINK: Round.fresh_link,
    LetterKind.NEW_ADDRESS: Round.new_address,
    LetterKind.ADDRESS_NOTICE: Round.address_notice,
    LetterKind.RESTRICTION_LIFTED: Round.restriction_lifted,
    LetterKind.ANCHOR: Round.anchor,
}
