"""The worker's decision on each letter that a signup asked for: does one leave, which, and when (PRODUCT 4.2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter import catalog, config, guard, keyring
from newsletter.errors import NewsletterUnknown
from newsletter.outbox import Letter, State
from newsletter.signups.batch import Batch
from newsletter.signups.letter_kinds import LetterKind
from newsletter.signups.offer import Offer
from newsletter.signups.signup import Signup
from newsletter.subscriptions import Status, Subscription

COOLDOWN = timedelta(minutes=10)
"""Within this time the same post again is a double click; after it, its letter may have been lost."""


def decide(session: Session, claimed: Sequence[Letter], at: datetime) -> list[Letter]:
    """Those of these letters that leave now, written. The caller holds the locks of the people they are for."""
    batch = Batch.read(session, claimed, at)
    leaving = [letter for letter in claimed if leaves(batch, letter)]
    batch.write()
    return leaving


def leaves(batch: Batch, letter: Letter) -> bool:
    """Whether this letter leaves now; if it does, it is written. Otherwise it is held, or gone."""
    if letter.kind in (LetterKind.WELCOME, LetterKind.ALREADY_SUBSCRIBED):
        return leaves_to_subscriber(batch, letter)
    if letter.kind == LetterKind.GOODBYE:
        return leaves_to_who_left(batch, letter)
    return leaves_to_who_asked(batch, letter)


def leaves_to_who_asked(batch: Batch, letter: Letter) -> bool:
    """To whose signup still waits, and will for a while. Strangers can cause it, so limits count it (PRODUCT 4.11)."""
    signup = batch.signups.get(letter.signup_id or "")
    if signup is None or not signup.lives_long_enough(batch.at):
        if signup and letter.state == State.WAITING:
            batch.count(signup)
        batch.drop(letter)
        return False
    if signup.address_key in batch.suppressed or is_dropped(signup):
        batch.discard(signup)
        return False
    if letter.state == State.READY:  # its links are dead if the key that signed them leaked meanwhile
        return not keyring.is_reduced(letter.key_id) or write(batch, letter, signup)
    if letter.state == State.WAITING:
        signup = first_decision(batch, letter, signup)
    return signup is not None and leaves_within_limits(batch, letter, signup)


def is_dropped(signup: Signup) -> bool:
    """Whether the catalogue has its newsletter no more.

    Raises NewsletterUnknown where it may be new, in a catalogue of a newer release that this one cannot read.
    """
    if signup.newsletter in catalog.current(signup.catalog).newsletters:
        return False
    if catalog.version() < signup.catalog:
        raise NewsletterUnknown
    return True


def leaves_to_subscriber(batch: Batch, letter: Letter) -> bool:
    """To a subscriber who is still one, and not for ever. A welcome no stranger can cause, so no limit counts it."""
    living = batch.subscriptions.get((letter.address.lower(), letter.newsletter))
    is_late = letter.is_late(batch.at)
    if living is None or is_late or not is_for(living, letter) or living.subscriber.address_key in batch.suppressed:
        batch.drop(letter)
        return False
    if letter.state == State.WAITING:
        batch.desk.for_subscription(letter, Offer.kept(living), living, LetterKind.WELCOME)
    return True


def leaves_to_who_left(batch: Batch, letter: Letter) -> bool:
    """To who is still gone and may be written to. No stranger can cause it, so no limit counts it (PRODUCT 4.11)."""
    contact = batch.left.get(letter.contact_id or "")
    if contact is None or not may_be_told(batch, contact, letter) or letter.is_late(batch.at):
        batch.drop(letter)
        return False
    if letter.state == State.WAITING:
        batch.desk.for_who_left(letter, contact)
    return True


def may_be_told(batch: Batch, contact: Subscription, letter: Letter) -> bool:
    """Not who has come back since, nor who is restricted, nor who wants silence or has another address by now."""
    person = contact.subscriber
    is_back = (person.address_key, contact.newsletter) in batch.subscriptions
    may_be_mailed = person.restricted_at is None and person.address_key not in batch.suppressed
    return not is_back and may_be_mailed and person.address_key == letter.address.lower()


def is_for(living: Subscription, letter: Letter) -> bool:
    """Not for somebody who has left and come back since, nor who is restricted (A8.5) or bounces (B4.2)."""
    return living.id == letter.contact_id and living.status == Status.SUBSCRIBED


def first_decision(batch: Batch, letter: Letter, signup: Signup) -> Signup | None:
    """The signup that this letter is about: its own, or the earlier one that it repeats. None for a double click."""
    twin = batch.twin(signup)
    if was_told(batch, letter, signup):
        batch.discard(signup)
        return None
    if twin is None:
        batch.count(signup)
        return signup
    if is_double_click(batch, twin, letter):
        batch.repeat(letter, signup, twin)
        return None
    batch.move(letter, signup, twin)
    return twin


def was_told(batch: Batch, letter: Letter, signup: Signup) -> bool:
    """Whether somebody who has all that they ask for was told so within the cooldown, by the trace that was left."""
    has_it_all = has_all(batch.living(signup), signup)
    return has_it_all and guard.tallied(batch.session, *trace(signup), letter.created_at) > 0


def has_all(living: Subscription | None, signup: Signup) -> bool:
    """Whether somebody gets all that they ask for; who is suspended gets nothing."""
    if living is None or living.status == Status.SUSPENDED:
        return False
    return not living.lacks(signup.topics, signup.wordings)


def trace(signup: Signup) -> tuple[str, str, int]:
    """What is counted when somebody is told that they have it all, since their signup goes: what, whose, how long."""
    return "told", signup.fingerprint, int(COOLDOWN.total_seconds())


def is_double_click(batch: Batch, twin: Signup, letter: Letter) -> bool:
    """The same was asked within the cooldown, or the letter asked for then may still leave, or has left since.

    What was asked or has left further ahead than that was so by a clock that was far ahead.
    """
    earlier, over = batch.asked_for(twin), (State.SENT, State.REFUSED)
    until = [max(one.created_at + COOLDOWN, one.sent_at or one.created_at) for one in earlier]
    is_soon = any(letter.created_at < end <= batch.at + 2 * COOLDOWN for end in until)
    return is_soon or any(one.state not in over for one in earlier)


def leaves_within_limits(batch: Batch, letter: Letter, signup: Signup) -> bool:
    """Of the letters that a limit holds back for one address and newsletter, only the newest ever leaves."""
    settings, others = config.current(), batch.others_held(signup, letter)
    newer = [other for other in others if (other.created_at, other.id) > (letter.created_at, letter.id)]
    if newer:  # a worker died before it came to this one
        batch.supersede(letter)
        return False
    for other in others:
        batch.supersede(other)
    free = guard.allowed_from(settings.limit_address, batch.hits_on(signup), batch.at)
    if free > batch.at:
        letter.hold_back(free)
        return False
    batch.hit(signup)
    return write(batch, letter, signup)


def write(batch: Batch, letter: Letter, signup: Signup) -> bool:
    """The letter that fits: an invitation, an addition, or the news that there is nothing to confirm.

    That news is none for somebody who is restricted, and a stranger may have caused it (A8.5)."""
    living = batch.living(signup)
    if living is None or living.status == Status.SUSPENDED:  # who gets nothing is not told to get it already
        batch.desk.for_signup(letter, signup, LetterKind.CONFIRMATION)
    elif living.lacks(signup.topics, signup.wordings):
        batch.desk.for_signup(letter, signup, LetterKind.ADDITION)
    elif living.status == Status.RESTRICTED:
        batch.discard(signup)
        return False
    else:
        batch.desk.for_subscription(letter, Offer.of(signup), living, LetterKind.ALREADY_SUBSCRIBED)
        guard.tally(batch.session, *trace(signup), letter.created_at)
        batch.forget(signup)
    return True
