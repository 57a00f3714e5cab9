"""Leaving a newsletter, or all of them: the subscription ends, and so does every signup still waiting (PRODUCT 4.6)."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from newsletter import clock
from newsletter.consent import Act
from newsletter.db import detached, transaction
from newsletter.signups import goodbye
from newsletter.signups.disputes import let_go
from newsletter.signups.letter_kinds import LetterKind
from newsletter.signups.letters import to_contact
from newsletter.signups.resolution import Outcome, Resolution
from newsletter.signups.signup import Signup
from newsletter.subscriptions import Cause, Subscriber, Subscription, end, locked, person_lock


def leave(contact_id: str, cause: Cause) -> Subscription:
    """End one subscription. Safe to repeat: who has left stays gone. Raises ContactUnknown."""
    with transaction() as session:
        subscription = locked(session, contact_id)
        end_one(session, subscription, Act.UNSUBSCRIBED, cause)
        return detached(session, subscription)


def leave_all(contact_id: str, cause: Cause) -> Subscription:
    """End every subscription of the same person. Raises ContactUnknown."""
    with transaction() as session:
        subscription = locked(session, contact_id)
        address_key = subscription.subscriber.address_key
        end_all(session, address_key, cause)
        let_go(session, Signup.of_address(session, address_key))
        return detached(session, subscription)


def forget_waiting(address_key: str, newsletters: Collection[str] = ()) -> int:
    """Delete the signups of an address that wait for these newsletters, or for any: so leaves who confirmed none."""
    with transaction() as session:
        person_lock(session, address_key)
        waiting = Signup.of_address(session, address_key)
        found = [signup for signup in waiting if signup.newsletter in newsletters or not newsletters]
        let_go(session, found)
        return len(found)


def end_all(session: Session, address_key: str, cause: Cause) -> None:
    """End what lives of a person's subscriptions, in the caller's transaction and under the person's lock."""
    subscriber = Subscriber.by_address(session, address_key)
    for subscription in Subscription.all_living(session, subscriber.id) if subscriber else []:
        end_one(session, subscription, Act.UNSUBSCRIBED, cause)


def end_one(session: Session, subscription: Subscription, act: Act, cause: Cause) -> bool:
    """End one subscription, and drop what waits for confirmation there. False if it was over.

    Who leaves is said goodbye to where that is wanted. Whoever complains, or never asked for it, is not written to.
    """
    drop_waiting(session, subscription, cause)
    is_leaving = act is Act.UNSUBSCRIBED
    says_goodbye = is_leaving and goodbye.is_due(subscription, cause.channel)
    if not is_leaving:
        goodbye.withdraw(session, subscription)
    ended = end(session, subscription, act, cause)
    if ended and says_goodbye:
        session.add(to_contact(subscription, LetterKind.GOODBYE).letter())
    return ended


def drop_waiting(session: Session, subscription: Subscription, cause: Cause) -> None:
    """Delete the address's signups for this newsletter; their links will say that the person has left."""
    waiting, at = Signup.of_address(session, subscription.subscriber.address_key), clock.now()
    here = [signup for signup in waiting if signup.newsletter == subscription.newsletter]
    mine = [signup for signup in here if cause.reaches(signup.signed_up_at)]
    let_go(session, mine)
    for signup in mine:  # one that is held was there when somebody left before, too
        session.merge(Resolution(signup_id=signup.id, contact_id=subscription.id, outcome=Outcome.LEFT, at=at))
