"""Everything that deciding on a round of letters needs, read at once under the locks of the people concerned."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, cast

from sqlalchemy import Table, exists, insert, or_, select
from sqlalchemy.orm import Session

from newsletter import addresses, counts, guard
from newsletter.counts import Event
from newsletter.db import among
from newsletter.guard import LetterHit
from newsletter.outbox import OPEN, Letter, State
from newsletter.signups.disputes import held_among
from newsletter.signups.letter_kinds import LetterKind
from newsletter.signups.letters import Desk
from newsletter.signups.offer import Offer
from newsletter.signups.signup import Signup, discard
from newsletter.subscriptions import IS_LIVING, Subscriber, Subscription, lock_name

MOST_REPEATED = 10
"""Double clicks of one signup whose pages its code is right for."""
Relation = tuple[str, str]
"""An address's key and a newsletter: no more than one subscription of these lives."""


@dataclass(kw_only=True)
class Batch:
    """What is known of the people a round of letters is for, kept true while the letters are decided."""

    session: Session
    at: datetime
    signups: dict[str, Signup]
    by_relation: Mapping[Relation, Sequence[str]]
    letters: dict[str, list[Letter]]
    subscriptions: Mapping[Relation, Subscription]
    left: Mapping[str, Subscription]
    suppressed: set[str]
    hits: dict[str, list[datetime]]
    desk: Desk
    counted: list[dict[str, Any]] = field(default_factory=list)
    new_hits: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, session: Session, claimed: Sequence[Letter], at: datetime) -> Self:
        keys = sorted({letter.address.lower() for letter in claimed})
        signups = at_issue(session, keys, claimed)
        return cls(
            session=session,
            at=at,
            signups={signup.id: signup for signup in signups},
            by_relation=ids_by_relation(signups),
            letters=letters_of(session, signups, claimed),
            subscriptions=living_of(session, keys),
            left=left_of(session, claimed),
            suppressed=guard.suppressed(session, keys, at),
            hits=hits_of(session, signups),
            desk=Desk(session=session),
        )

    def living(self, signup: Signup) -> Subscription | None:
        return self.subscriptions.get((signup.address_key, signup.newsletter))

    def twin(self, signup: Signup) -> Signup | None:
        """An earlier signup that asked for the very same, and whose link will live for a while."""
        same = [other for other in self.siblings(signup) if other.fingerprint == signup.fingerprint]
        before = [other for other in same if self.is_before(other, signup)]
        return next((other for other in before if other.lives_long_enough(self.at)), None)

    def is_before(self, one: Signup, other: Signup) -> bool:
        """A signup that was decided on counts as earlier than one that was not, whatever the machines' clocks said."""
        return one is not other and (one.id < other.id or self.is_decided(one))

    def is_decided(self, signup: Signup) -> bool:
        return any(letter.state != State.WAITING for letter in self.letters.get(signup.id, []))

    def siblings(self, signup: Signup) -> list[Signup]:
        """What is still there of those for the same address and newsletter, itself among them; oldest first."""
        return [self.signups[one] for one in self.by_relation[relation_of(signup)] if one in self.signups]

    def others_held(self, signup: Signup, letter: Letter) -> list[Letter]:
        """The letters that a limit holds back for the same address and newsletter."""
        found = [one for other in self.siblings(signup) for one in self.letters.get(other.id, [])]
        return [one for one in found if one.state == State.HELD and one is not letter]

    def drop(self, letter: Letter) -> None:
        if letter.signup_id in self.letters:
            self.letters[letter.signup_id] = [one for one in self.letters[letter.signup_id] if one is not letter]
        if letter in self.session:
            self.session.delete(letter)

    def supersede(self, letter: Letter) -> None:
        """Drop a letter in whose place a newer one waits; with its signup, where no other letter has told of that.

        Nobody will ever have its link, and strangers could pile up so many that their owner's wish to be left alone
        takes longer than anybody waits.
        """
        signup = self.signups.get(letter.signup_id or "")
        if signup is None or self.asked_for(signup) != [letter]:
            self.drop(letter)
        elif self.discard(signup):
            self.counted.append(counts.row(Event.EXPIRED, signup, self.at))

    def discard(self, signup: Signup) -> bool:
        """Forget a signup with all its letters. False for one held in a dispute: of that, only what has not left."""
        letters = self.letters.pop(signup.id, [])
        self.signups.pop(signup.id)
        if self.is_held(signup):
            signup.let_link_die(self.at)
            for letter in letters:
                if letter.state in OPEN:
                    self.session.delete(letter)
            return False
        for letter in letters:
            self.session.expunge(letter)
        discard(self.session, [signup])
        return True

    def forget(self, signup: Signup) -> None:
        """Forget a signup whose letter no longer needs it."""
        self.letters.pop(signup.id, None)
        self.signups.pop(signup.id)
        if self.is_held(signup):
            signup.let_link_die(self.at)
        else:
            self.session.delete(signup)

    def is_held(self, signup: Signup) -> bool:
        return bool(held_among(self.session, [signup], self.at))

    def asked_for(self, signup: Signup) -> list[Letter]:
        """Its letters without those of double clicks, oldest first."""
        return [letter for letter in self.letters.get(signup.id, []) if letter.state != State.REPEATED]

    def repeat(self, letter: Letter, repeated: Signup, twin: Signup) -> None:
        """A double click brings no letter; where letters have a code, its page has to know whose code that is."""
        known = len(self.letters.get(twin.id, [])) - len(self.asked_for(twin))
        if known < MOST_REPEATED and Offer.of(twin).newsletter.shortcuts.code:
            self.move(letter, repeated, twin)
            letter.state, letter.claimed_by, letter.claimed_until = State.REPEATED, None, None
        else:
            self.discard(repeated)

    def move(self, letter: Letter, repeated: Signup, twin: Signup) -> None:
        """The letter of a repeated post becomes one more letter of the signup that it repeats."""
        letter.signup_id = twin.id
        self.letters.setdefault(twin.id, []).append(letter)
        self.forget(repeated)

    def hits_on(self, signup: Signup) -> list[datetime]:
        return self.hits.setdefault(signup.email.limit_key, [])

    def hit(self, signup: Signup) -> None:
        self.hits_on(signup).append(self.at)
        self.new_hits.append({"key": guard.letter_keys(signup.email.limit_key)[0], "at": self.at})

    def count(self, signup: Signup) -> None:
        self.counted.append(counts.row(Event.SIGNED_UP, signup, signup.signed_up_at))

    def write(self) -> None:
        self.session.flush()
        counts.add(self.session, self.counted)
        if self.new_hits:
            self.session.execute(insert(cast(Table, LetterHit.__table__)), self.new_hits)


def locks_on(letters: Iterable[Letter]) -> list[str]:
    """The locks of the people whom these letters are for, and of the mailboxes that limits count by.

    Several addresses may reach one mailbox, and no two workers may find room for a letter to it at once (C4).
    """
    found = [addresses.on_record(letter.address) for letter in letters]
    return list({lock_name(key) for address in found for key in (address.key, address.limit_key)})


def at_issue(session: Session, address_keys: Sequence[str], claimed: Sequence[Letter]) -> Sequence[Signup]:
    """The signups of these letters, those that asked for the very same, and those whose letter is held back; oldest
    first. Strangers may have asked for one address a thousand times, and nobody's letters wait for all of that.
    """
    asked = select(Signup.fingerprint).where(among(Signup.id, [one.signup_id for one in claimed if one.signup_id]))
    is_held_back = exists().where(Letter.signup_id == Signup.id, Letter.state == State.HELD)
    theirs = select(Signup).where(among(Signup.address_key, address_keys))
    return session.scalars(theirs.where(or_(Signup.fingerprint.in_(asked), is_held_back)).order_by(Signup.id)).all()


def relation_of(signup: Signup) -> Relation:
    return signup.address_key, signup.newsletter


def ids_by_relation(signups: Iterable[Signup]) -> dict[Relation, list[str]]:
    found: dict[Relation, list[str]] = defaultdict(list)
    for signup in signups:
        found[relation_of(signup)].append(signup.id)
    return found


def letters_of(session: Session, signups: Sequence[Signup], claimed: Sequence[Letter]) -> dict[str, list[Letter]]:
    """Each signup's letters, oldest first; the claimed ones are at hand."""
    at_hand = [letter for letter in claimed if letter.signup_id]
    own = among(Letter.signup_id, [signup.id for signup in signups])
    others = session.scalars(select(Letter).where(own, ~among(Letter.id, [letter.id for letter in at_hand])))
    found: dict[str, list[Letter]] = defaultdict(list)
    for letter in sorted([*at_hand, *others], key=lambda one: (one.created_at, one.id)):
        found[letter.signup_id or ""].append(letter)
    return dict(found)


def living_of(session: Session, address_keys: Sequence[str]) -> dict[Relation, Subscription]:
    wanted = (
        select(Subscription).join(Subscription.subscriber).where(among(Subscriber.address_key, address_keys), IS_LIVING)
    )
    found = session.scalars(wanted).all()
    return {(subscription.subscriber.address_key, subscription.newsletter): subscription for subscription in found}


def left_of(session: Session, claimed: Sequence[Letter]) -> dict[str, Subscription]:
    """Those to whom goodbye is to be said, by their contact's id."""
    ids = [letter.contact_id for letter in claimed if letter.kind == LetterKind.GOODBYE]
    found = session.scalars(select(Subscription).where(Subscription.id.in_(ids))).all() if ids else []
    return {subscription.id: subscription for subscription in found}


def hits_of(session: Session, signups: Sequence[Signup]) -> dict[str, list[datetime]]:
    """When letters were due to each address before, by the folded address."""
    folded = {key: limit for limit in {s.email.limit_key for s in signups} for key in guard.letter_keys(limit)}
    found: dict[str, list[datetime]] = defaultdict(list)
    for hit in session.execute(select(LetterHit.key, LetterHit.at).where(among(LetterHit.key, folded))):
        found[folded[hit.key]].append(hit.at)
    return dict(found)
