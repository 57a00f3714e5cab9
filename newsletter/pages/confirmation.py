"""The second opt-in: opening the link shows a button, and only pressing it confirms (B6)."""

from flask import Blueprint, Response, request

from newsletter import catalog, links, signups, visitor
from newsletter.errors import NonceStale
from newsletter.links import Purpose
from newsletter.pages import browser, contact, moving
from newsletter.pages.stale import when_stale
from newsletter.rendering import base_path, leading_to, moved, page
from newsletter.signups import Method, Offer, Press, Signup
from newsletter.subscriptions import Status, Subscription

blueprint = Blueprint("confirmation", __name__, url_prefix="/confirm/<token>")


@blueprint.get("")
def show(token: str, *, again: bool = False) -> Response:
    """Only a button: scanners follow links, they do not press buttons. It may be opened any number of times."""
    if links.is_for(Purpose.MOVE, token):
        return moving.show(token, again=again)
    found = signups.look_at_confirmation(token)
    return asked(token, found, again=again) if isinstance(found, Signup) else confirmed(found)


@blueprint.post("")
@when_stale(show)
def create(token: str) -> Response:
    if links.is_for(Purpose.MOVE, token):
        return moving.confirm(token)
    return done(signups.confirm(token, pressed(token)))


def pressed(token: str) -> Press:
    """What the page's form says. That the page pressed it itself is believed where it may."""
    itself = request.form.get("how") == Method.SAME_BROWSER
    if itself and not may_press_itself(signups.look_at_confirmation(token)):
        raise NonceStale
    return Press(
        nonce=request.form.get("nonce", ""),
        dropped=frozenset(request.form.getlist("drop")),
        visit=visitor.visit(request),
        method=Method.SAME_BROWSER if itself else Method.BUTTON,
    )


def may_press_itself(found: Signup | Subscription) -> bool:
    """In the browser that signed up alone, where the newsletter has that on."""
    if not isinstance(found, Signup):
        return False
    newsletter = catalog.current(found.catalog).newsletter(found.newsletter)
    return newsletter.shortcuts.same_browser and browser.is_of_our_page(found.id)


def asked(token: str, signup: Signup, *, again: bool) -> Response:
    """What is being confirmed, in full, and the button. The nonce names what the page displayed.

    A page that comes again keeps what was ticked, or a second press would grant what the first had declined.
    """
    had = signups.has_already(signup)
    offer = Offer.of(signup, had)
    at_once = not again and may_press_itself(signup)
    return page(
        "confirm.html",
        form_targets=leading_to(offer.newsletter.redirects.confirmed),
        script="confirm.js" if at_once else None,
        language=offer.language,
        newsletter=offer.newsletter,
        offer=offer,
        deadline=signup.deadline,
        token=token,
        nonce=links.nonce(Purpose.CONFIRM, signup.id, offer.displayed),
        cancel_url=f"{base_path()}/cancel/{links.sign(Purpose.CANCEL, signup.id)}",
        again=again,
        ticked=request.form.getlist("drop") if again else (),
        adds=had is not None and had.status != Status.SUSPENDED,  # who is suspended receives nothing
    )


def done(subscription: Subscription) -> Response:
    answer = confirmed(subscription)
    browser.forget(answer)
    return answer


def confirmed(subscription: Subscription) -> Response:
    """The receipt, now and whenever the link is opened again; after leaving, when that was."""
    if subscription.is_over:
        return contact.left(subscription)
    newsletter = contact.newsletter_of(subscription)
    if request.method == "POST" and newsletter.redirects.confirmed:
        return moved(newsletter.redirects.confirmed)
    return contact.receipt(subscription)
