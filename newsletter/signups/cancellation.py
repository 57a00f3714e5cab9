"""This was not me: the signup goes at once; what was confirmed by mistake ends, and its proof is disputed."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter import addresses, clock, counts, links
from newsletter.consent import Act, Visit
from newsletter.counts import Event
from newsletter.db import reader, transaction
from newsletter.links import Purpose
from newsletter.signups.disputes import let_go
from newsletter.signups.leaving import end_one
from newsletter.signups.resolution import behind, mailed_to
from newsletter.signups.signup import Signup
from newsletter.signups.suppressing import never_again
from newsletter.subscriptions import Cause, Channel, Subscription, dispute, found_and_locked


@dataclass(frozen=True, kw_only=True)
class Denial:
    """Somebody pressed "this was not me": the page's nonce, whether never to be mailed again, and from where."""

    nonce: str
    never_again: bool
    visit: Visit


@dataclass(frozen=True, kw_only=True)
class Denied:
    """What a link would cancel: a waiting signup, or the subscription that came of it; and whom it was mailed to."""

    what: Signup | Subscription
    address: str


def look_at_cancellation(token: str) -> Denied:
    """Raises LinkDead."""
    signup_id = links.read(Purpose.CANCEL, token)
    with reader() as session:
        found = behind(session, signup_id)
        return Denied(what=found, address=mailed_to(session, signup_id, found))


def cancel(token: str, denial: Denial) -> None:
    """Undo the signup, or end what became of it (channel `not_me`); suppress the address where that was asked for.

    That is the one that the letter went to, and no other: whoever reads an old mailbox does not speak for a newer one.
    Raises NonceStale when the page was not seen within the hour, or LinkDead.
    """
    signup_id = links.read(Purpose.CANCEL, token)
    links.read_nonce(Purpose.CANCEL, signup_id, denial.nonce)
    with transaction() as session:
        found, mailed_key = locked(session, signup_id)
        undo(session, found, denial.visit)
        if denial.never_again:
            never_again(session, mailed_key, "not me", denial.visit)


def locked(session: Session, signup_id: str) -> tuple[Signup | Subscription, str]:
    """What is behind the link and the key of where it was mailed; the person locked there and where they are by now."""

    def look() -> tuple[tuple[Signup | Subscription, str], set[str]]:
        found = behind(session, signup_id)
        mailed_key = addresses.on_record(mailed_to(session, signup_id, found)).key
        key = found.address_key if isinstance(found, Signup) else found.subscriber.address_key
        return (found, mailed_key), {key, mailed_key}

    return found_and_locked(session, look)


def undo(session: Session, found: Signup | Subscription, visit: Visit) -> None:
    """Drop the signup, or end what became of it."""
    if isinstance(found, Signup):
        counts.add(session, [counts.row(Event.NOT_ME, found, clock.now())])
        let_go(session, [found])
    else:
        renounce(session, found, Cause(Channel.NOT_ME, visit))


def renounce(session: Session, subscription: Subscription, cause: Cause) -> None:
    """End what came of a signup that was not its person's own; that its proof is disputed is recorded once."""
    if not end_one(session, subscription, Act.CANCELLED, cause):
        dispute(session, subscription, cause)
