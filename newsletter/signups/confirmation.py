"""The second opt-in: whoever reads the mailbox pressed the button."""

from sqlalchemy.exc import IntegrityError

from newsletter import clock, links, metrics
from newsletter.at_once import write_at_once
from newsletter.db import reader
from newsletter.errors import ConflictLasting, LinkDead
from newsletter.links import Purpose
from newsletter.signups.gates import CONFIRM
from newsletter.signups.plan import Plan, Press
from newsletter.signups.resolution import subscription_of
from newsletter.signups.signup import Signup
from newsletter.signups.standing import Standing
from newsletter.subscriptions import Subscriber, Subscription

TRIES = 5
"""How often a press is tried again when somebody else changes the same person at the same moment."""


def look(token: str) -> Signup | Subscription:
    """What this link leads to: a signup that waits, or the subscription that came of it. Raises LinkDead."""
    signup_id = links.read(Purpose.CONFIRM, token)
    with reader() as session:
        found = session.get(Signup, signup_id) or subscription_of(session, signup_id)
    if found is None or (isinstance(found, Signup) and found.deadline <= clock.now()):
        raise LinkDead
    return found


def is_addition(signup: Signup) -> bool:
    """Whether confirming it would add to a living subscription instead of beginning one."""
    with reader() as session:
        subscriber = Subscriber.by_address(session, signup.address_key)
        return subscriber is not None and Subscription.living(session, subscriber.id, signup.newsletter) is not None


def confirm(token: str, press: Press) -> Subscription:
    """Make a subscriber of whoever pressed. A second press changes nothing, and neither does one after leaving.

    Raises NonceStale when the page was not seen within the hour, LinkDead when there is nothing to confirm.
    """
    signup_id = links.read(Purpose.CONFIRM, token)
    for _ in range(TRIES):
        standing = Standing.read(signup_id)
        if standing is None:
            return resolved(signup_id)
        shown = links.read_nonce(Purpose.CONFIRM, signup_id, press.nonce)
        confirmed = carry_out(Plan(standing=standing, press=press, shown=shown, at=clock.now()))
        if confirmed is not None:
            return confirmed
    raise ConflictLasting


def resolved(signup_id: str) -> Subscription:
    with reader() as session:
        subscription = subscription_of(session, signup_id)
    if subscription is None:
        raise LinkDead
    return subscription


def carry_out(plan: Plan) -> Subscription | None:
    """Everything at once, or nothing because the standing changed meanwhile: then None."""
    if plan.signup.deadline <= plan.at:
        raise LinkDead
    try:
        passed = write_at_once(CONFIRM, plan.gate(), plan.rows())
    except IntegrityError:
        return None
    if passed is None:
        return None
    metrics.confirmed((plan.at - plan.signup.signed_up_at).total_seconds())
    return plan.subscription
