"""Leaving: one press on the page, or one POST by a mail program (RFC 8058)."""

from flask import Blueprint, Response, request

from newsletter import addresses, links, signups, subscriptions, visitor
from newsletter.links import Purpose
from newsletter.pages import contact
from newsletter.pages.stale import when_stale
from newsletter.rendering import PRIVATE, leading_to, moved
from newsletter.subscriptions import Cause, Channel, Subscription

blueprint = Blueprint("unsubscription", __name__)
ONE_CLICK = "One-Click"


@blueprint.get("/unsubscribe/<token>")
def show(token: str, *, again: bool = False) -> Response:
    """A page with a button: software fetches the addresses in headers, so looking changes nothing (B2.3)."""
    subscription = subscriptions.by_link(Purpose.UNSUBSCRIBE, token)
    return contact.left(subscription) if subscription.is_over else asked(subscription, again=again)


@blueprint.post("/unsubscribe/<token>")
@when_stale(show)
def create(token: str) -> Response:
    """The mail program's POST needs nothing but the link; everybody else's is the page's button (B2.2, B2.9)."""
    subscription = subscriptions.by_link(Purpose.UNSUBSCRIBE, token)
    if request.form.get("List-Unsubscribe", "").rstrip("\r\n") == ONE_CLICK:
        signups.leave(subscription.id, Cause(Channel.ONE_CLICK, visitor.visit(request)))
        return Response("", 200, PRIVATE, mimetype="text/plain")
    return pressed(subscription)


def pressed(subscription: Subscription) -> Response:
    links.read_nonce(Purpose.UNSUBSCRIBE, subscription.id, request.form.get("nonce", ""))
    everything = request.form.get("all") == "yes"
    leave = signups.leave_all if everything else signups.leave
    return goodbye(leave(subscription.id, Cause(Channel.PAGE, visitor.visit(request))), everything=everything)


def asked(subscription: Subscription, *, again: bool) -> Response:
    return contact.page_for(
        subscription,
        "unsubscribe.html",
        form_targets=leading_to(contact.newsletter_of(subscription).redirects.unsubscribed),
        masked=addresses.mask(subscription.subscriber.address),
        token=subscription.unsubscribe_token,
        nonce=links.nonce(Purpose.UNSUBSCRIBE, subscription.id),
        again=again,
        others=subscriptions.others(subscription),
    )


def goodbye(subscription: Subscription, *, everything: bool) -> Response:
    newsletter = contact.newsletter_of(subscription)
    if newsletter.redirects.unsubscribed:
        return moved(newsletter.redirects.unsubscribed)
    return contact.left(subscription, template="unsubscribed.html", everything=everything)
