"""The second opt-in: whoever reads the mailbox pressed the button."""

from collections.abc import Callable, Sequence

from sqlalchemy.exc import IntegrityError

from newsletter import clock, journal, links, metrics
from newsletter.consent import Visit
from newsletter.db import reader
from newsletter.errors import ConflictLasting, LinkDead
from newsletter.links import Purpose, Shown
from newsletter.one_statement import write_at_once
from newsletter.signups import code
from newsletter.signups.confirmation_plan import Method, Plan, Press
from newsletter.signups.confirmation_standing import Standing
from newsletter.signups.confirmation_statement import CONFIRM
from newsletter.signups.resolution import behind, subscription_of
from newsletter.signups.signup import Signup
from newsletter.subscriptions import Subscriber, Subscription

TRIES = 5
"""How often a press is tried again when somebody else changes the same person at the same moment."""


def look_at_confirmation(token: str) -> Signup | Subscription:
    """What this link leads to: a signup that waits, or the subscription that came of it. Raises LinkDead."""
    signup_id = links.read(Purpose.CONFIRM, token)
    with reader() as session:
        return behind(session, signup_id)


def has_already(signup: Signup) -> Subscription | None:
    """The living subscription that confirming it would add to, suspended ones too."""
    with reader() as session:
        subscriber = Subscriber.by_address(session, signup.address_key)
        return Subscription.living(session, subscriber.id, signup.newsletter) if subscriber else None


def confirm(token: str, press: Press) -> Subscription:
    """Make a subscriber of whoever pressed. A second press changes nothing, and neither does one after leaving.

    Raises NonceStale when the page was not seen within the hour, LinkDead when there is nothing to confirm,
    DatabaseRestored while nobody knows whether there is.
    """
    return carry_out(links.read(Purpose.CONFIRM, token), press, shown_by_page)


def confirm_by_code(signup_ids: Sequence[str], typed: str, visit: Visit) -> Subscription:
    """The same by the letter's code, for one of the signups that this browser has just made.

    Raises CodeWrong, and LinkDead when there is nothing to confirm.
    """
    press = Press(nonce="", dropped=(), visit=visit, method=Method.CODE)
    return carry_out(code.signup_with(signup_ids, typed), press, shown_by_letter)


def shown_by_page(standing: Standing, press: Press) -> Shown:
    return links.read_nonce(Purpose.CONFIRM, standing.signup.id, press.nonce)


def shown_by_letter(standing: Standing, _: Press) -> Shown:
    """Whoever has the code has read the letter, which shows every wording in full."""
    if not standing.letters:
        return Shown(what="letter", at=clock.now())
    last = standing.letters[-1]
    return Shown(what=f"letter {last.version_id}", at=last.sent_at or last.created_at)


def carry_out(signup_id: str, press: Press, displayed: Callable[[Standing, Press], Shown]) -> Subscription:
    for _ in range(TRIES):
        standing = Standing.read(signup_id)
        if standing is None:
            return resolved(signup_id)
        shown = displayed(standing, press)
        confirmed = attempt(Plan(standing=standing, press=press, shown=shown, at=clock.now()))
        if confirmed is not None:
            return confirmed
    raise ConflictLasting


def resolved(signup_id: str) -> Subscription:
    with reader() as session:
        subscription = subscription_of(session, signup_id)
    if subscription is None:
        raise LinkDead
    return subscription


def attempt(plan: Plan) -> Subscription | None:
    """Everything at once, or nothing because the standing changed meanwhile: then None.

    Not in a restored database, which does not know yet whether this signup was dropped since (A7.10).
    """
    if plan.signup.deadline <= plan.at:
        raise LinkDead
    journal.refuse_restored()
    try:
        passed = write_at_once(CONFIRM, plan.gate(), plan.rows(), plan.replaced)
    except IntegrityError:
        return None
    if passed is None:
        return None
    metrics.TIME_TO_CONFIRM.observe((plan.at - plan.signup.signed_up_at).total_seconds())
    return plan.subscription
