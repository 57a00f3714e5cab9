"""This was not me: one press deletes the signup, or ends what came of it."""

from flask import Blueprint, Response

from newsletter import addresses, links, signups
from newsletter.links import Purpose
from newsletter.pages import contact, moving, silence
from newsletter.pages.stale import when_stale
from newsletter.rendering import leading_to, moved
from newsletter.signups import Signup
from newsletter.subscriptions import Status, Subscription

blueprint = Blueprint("cancellation", __name__, url_prefix="/cancel/<token>")


@blueprint.get("")
def show(token: str, *, again: bool = False) -> Response:
    purpose = of_a_move(token)
    return moving.show_denial(purpose, token, again=again) if purpose else asked(token, again=again)


@blueprint.post("")
@when_stale(show)
def create(token: str) -> Response:
    purpose = of_a_move(token)
    return moving.deny(purpose, token) if purpose else pressed(token)


def of_a_move(token: str) -> Purpose | None:
    """Which of the two letters about a change of address this link stood in, if it did."""
    return next((purpose for purpose in (Purpose.DENY, Purpose.STOP) if links.is_for(purpose, token)), None)


def pressed(token: str) -> Response:
    found = signups.look_at_cancellation(token).what
    signups.cancel(token, silence.denial())
    return cancelled(found)


def asked(token: str, *, again: bool) -> Response:
    """What would be undone, and the button."""
    denied = signups.look_at_cancellation(token)
    found = denied.what
    object_id = links.read(Purpose.CANCEL, token)
    return contact.page_for(
        found,
        "cancel.html",
        form_targets=leading_to(contact.newsletter_of(found).redirects.cancelled),
        masked=addresses.mask(denied.address),
        token=token,
        nonce=links.nonce(Purpose.CANCEL, object_id),
        again=again,
        ticked=again and silence.wanted(),
        confirmed=isinstance(found, Subscription),
        over=isinstance(found, Subscription) and found.is_over,
    )


def cancelled(found: Signup | Subscription) -> Response:
    elsewhere = contact.newsletter_of(found).redirects.cancelled
    if elsewhere:
        return moved(elsewhere)
    return contact.page_for(
        found, "cancelled.html", silent_until=silence.until(), goes_on=isinstance(found, Signup) and is_received(found)
    )


def is_received(signup: Signup) -> bool:
    """Whether the newsletter comes all the same: what was cancelled would only have added to it."""
    had = signups.has_already(signup)
    return had is not None and had.status == Status.SUBSCRIBED
