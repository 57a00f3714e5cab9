"""The second opt-in: opening the link shows a button, and only pressing it confirms (B6)."""

from flask import Blueprint, Response, request

from newsletter import links, signups, visitor
from newsletter.errors import NonceStale
from newsletter.links import Purpose
from newsletter.pages import contact
from newsletter.rendering import base_path, moved, page
from newsletter.signups import Offer, Press, Signup
from newsletter.subscriptions import Subscription

blueprint = Blueprint("confirmation", __name__, url_prefix="/confirm/<token>")


@blueprint.get("")
def show(token: str) -> Response:
    """Only a button: scanners follow links, they do not press buttons. It may be opened any number of times."""
    return shown(token, signups.look_at_confirmation(token))


@blueprint.post("")
def create(token: str) -> Response:
    """A press without the page's own nonce does nothing; with a stale one the page comes again (B6.3)."""
    dropped = frozenset(request.form.getlist("drop"))
    press = Press(nonce=request.form.get("nonce", ""), dropped=dropped, visit=visitor.visit(request))
    try:
        return confirmed(signups.confirm(token, press))
    except NonceStale:
        return shown(token, signups.look_at_confirmation(token), again="nonce" in request.form)


def shown(token: str, found: Signup | Subscription, *, again: bool = False) -> Response:
    return asked(token, found, again=again) if isinstance(found, Signup) else confirmed(found)


def asked(token: str, signup: Signup, *, again: bool) -> Response:
    """What is being confirmed, in full, and the button. The nonce names what the page displayed."""
    offer = Offer.of(signup)
    return page(
        "confirm.html",
        language=offer.language,
        newsletter=offer.newsletter,
        offer=offer,
        token=token,
        nonce=links.nonce(Purpose.CONFIRM, signup.id, offer.digest),
        cancel_url=f"{base_path()}/cancel/{links.sign(Purpose.CANCEL, signup.id)}",
        again=again,
        adds=signups.is_addition(signup),
    )


def confirmed(subscription: Subscription) -> Response:
    """The receipt, now and whenever the link is opened again; after leaving, when that was."""
    if subscription.is_over:
        return contact.left(subscription)
    newsletter = contact.newsletter_of(subscription)
    if request.method == "POST" and newsletter.redirects.confirmed:
        return moved(newsletter.redirects.confirmed)
    return contact.receipt(subscription)
