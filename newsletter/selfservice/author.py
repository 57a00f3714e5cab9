"""The worker's decision on every letter: those about signups are the Inviter's, those about a person are made here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import guard, languages, signups
from newsletter.addresses import EmailAddress
from newsletter.config import Limit, Settings
from newsletter.db import lock_all
from newsletter.guard import LetterHit
from newsletter.outbox import Letter, State
from newsletter.selfservice.fresh import FreshLink, spokesman, subscriptions_of
from newsletter.selfservice.kinds import Kind
from newsletter.signups import Desk, Offer
from newsletter.subscriptions import Subscriber, Subscription, lock_name

TRIED_FOR = timedelta(days=1)
"""Whoever asked for a fresh link longer ago than this no longer waits for it."""
FRESH_LIMIT = (Limit(most=1, seconds=600), Limit(most=5, seconds=86400))
"""For subscribers, in a bucket of its own: what strangers cause cannot keep them from their page (PRODUCT 4.11)."""


class Author(signups.Inviter):
    """The author of all letters."""

    def prepare(self, session: Session, claimed: Sequence[Letter], at: datetime) -> Sequence[Letter]:
        """Everybody is locked at once and in order, so that no two workers wait for each other in a circle."""
        own = [letter for letter in claimed if letter.kind in DECISIONS]
        if not own:
            return super().prepare(session, claimed, at)
        lock_all(session, [lock_name(letter.address.lower()) for letter in claimed])
        leaving = super().prepare(session, [letter for letter in claimed if letter.kind not in DECISIONS], at)
        desk = Round(session=session, desk=Desk(session=session), at=at)
        return [*leaving, *(letter for letter in own if desk.decide(letter))]


@dataclass(frozen=True, kw_only=True)
class Round:
    """The decisions on one round of letters about people, whose locks are held."""

    session: Session
    desk: Desk
    at: datetime

    def decide(self, letter: Letter) -> bool:
        """Whether this letter leaves now; if it does, it is written. Otherwise it is gone."""
        leaves = self.at - letter.created_at <= TRIED_FOR and DECISIONS[Kind(letter.kind)](self, letter)
        if not leaves:
            self.session.delete(letter)
        return leaves

    def fresh_link(self, letter: Letter) -> bool:
        """To whoever is known by the address, also when suppressed or gone, and as they spelt it themselves.

        The hour begins when the letter leaves.
        """
        subscriber = Subscriber.by_address(self.session, letter.address.lower())
        known = subscriptions_of(self.session, subscriber.id) if subscriber else []
        if subscriber is None or not known or not self.is_wanted(letter, subscriber, known):
            return False
        link = FreshLink.issue(self.session, subscriber, letter.id, self.at)
        offer = Offer.kept(spokesman(known))
        letter.address = subscriber.address
        own = {"me": link.url, "deadline": languages.moment(link.expires_at, offer.language)}
        self.desk.write(letter, offer, own)
        return True

    def as_written(self, _letter: Letter) -> bool:
        """A letter to the company itself was whole when it was put into the outbox."""
        return True

    def is_wanted(self, letter: Letter, subscriber: Subscriber, known: Sequence[Subscription]) -> bool:
        """A letter tried again would kill the link of a newer one; a new one has to be within the limits."""
        if letter.state == State.READY:
            standing = FreshLink.of(self.session, subscriber)
            return standing is None or standing.letter_id <= letter.id
        living = any(not subscription.is_over for subscription in known)
        return self.count(*(fresh_bucket(subscriber) if living else strangers_bucket(subscriber)))

    def count(self, keys: Sequence[str], limits: Sequence[Limit]) -> bool:
        """Whether one more letter is within the limits; if so it counts."""
        hits = self.session.scalars(select(LetterHit.at).where(LetterHit.key.in_(keys))).all()
        if guard.allowed_from(limits, hits, self.at) > self.at:
            return False
        self.session.add(LetterHit(key=keys[0], at=self.at))
        self.session.flush()
        return True


def fresh_bucket(subscriber: Subscriber) -> tuple[Sequence[str], Sequence[Limit]]:
    return letter_keys(limit_key(subscriber)), FRESH_LIMIT


def letter_keys(limit_key: str) -> list[str]:
    """What the fresh links to an address are counted under."""
    return guard.letter_keys(f"fresh link {limit_key}")


def strangers_bucket(subscriber: Subscriber) -> tuple[Sequence[str], Sequence[Limit]]:
    """Who has left is written to no oftener than somebody unknown."""
    settings: Settings = current_app.config["SETTINGS"]
    return guard.letter_keys(limit_key(subscriber)), settings.limit_address


def limit_key(subscriber: Subscriber) -> str:
    return EmailAddress(typed=subscriber.address, mailed=subscriber.address).limit_key


DECISIONS: Mapping[Kind, Callable[[Round, Letter], bool]] = {
    Kind.FRESH_LINK: Round.fresh_link,
    Kind.ANCHOR: Round.as_written,
}
