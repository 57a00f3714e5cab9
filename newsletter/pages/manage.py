"""What a link that lives long may do: only reduce, and ask for a fresh one (PRODUCT 4.6, B2.4)."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request

from newsletter import addresses, links, selfservice, signups, subscriptions, visitor
from newsletter.catalog import NEWSLETTER
from newsletter.links import Purpose
from newsletter.pages import contact, unsubscription
from newsletter.pages.stale import when_stale
from newsletter.rendering import leading_to, speak
from newsletter.subscriptions import Cause, Channel, Subscription, Wishes

blueprint = Blueprint("manage", __name__, url_prefix="/manage/<token>")


@blueprint.get("")
def show(token: str, *, again: bool = False) -> Response:
    """Nothing of the person but the masked address, and what can be taken back."""
    return current(subscriptions.by_link(Purpose.MANAGE, token), again=again)


@blueprint.post("")
@when_stale(show)
def create(token: str) -> Response:
    """One act."""
    subscription = subscriptions.by_link(Purpose.MANAGE, token)
    speak(contact.language_of(subscription))
    act = ACTS.get(request.form.get("act", ""), current)
    links.read_nonce(Purpose.MANAGE, subscription.id, request.form.get("nonce", ""))
    return contact.left(subscription) if subscription.is_over and act in REDUCING else act(subscription)


def current(subscription: Subscription, *, again: bool = False, done: str | None = None) -> Response:
    if subscription.is_over and not done:
        return contact.left(subscription)
    return contact.page_for(
        subscription,
        "manage.html",
        form_targets=leading_to(contact.newsletter_of(subscription).redirects.unsubscribed),
        masked=addresses.mask(subscription.subscriber.address),
        subscription=subscription,
        topics=contact.topics_of(subscription),
        wordings={name: words for name, words in contact.granted(subscription).items() if name != NEWSLETTER},
        nonce=links.nonce(Purpose.MANAGE, subscription.id),
        others=subscriptions.others(subscription),
        again=again,
        ticked=request.form.getlist("drop") if again else (),
        done=done,
    )


def leave(subscription: Subscription) -> Response:
    left = signups.leave(subscription.id, cause())
    return unsubscription.goodbye(left, everything=False)


def leave_all(subscription: Subscription) -> Response:
    left = signups.leave_all(subscription.id, cause())
    return unsubscription.goodbye(left, everything=True)


def drop_topics(subscription: Subscription) -> Response:
    """Boxes are ticked for what goes, so that an empty form takes nothing away."""
    ticked = request.form.getlist("drop")
    if not ticked:
        return current(subscription, done="unticked")
    reduced = subscriptions.rectify(subscription.id, Wishes(dropped=ticked), cause())
    return current(reduced, done="saved")


def withdraw(subscription: Subscription) -> Response:
    reduced = subscriptions.withdraw(subscription.id, request.form.getlist("purpose"), cause())
    return current(reduced, done="saved")


def ask(subscription: Subscription) -> Response:
    """To the address that is on record, and only there."""
    address = addresses.on_record(subscription.subscriber.address)
    selfservice.ask(address, language=subscription.language, visit=visitor.visit(request))
    return current(subscription, done="asked")


def cause() -> Cause:
    return Cause(Channel.MANAGE, visitor.visit(request))


REDUCING = (drop_topics, withdraw)
"""Whoever has left meanwhile, by another page, has nothing left to reduce."""
ACTS: Mapping[str, Callable[[Subscription], Response]] = {
    "leave": leave,
    "leave_all": leave_all,
    "drop_topics": drop_topics,
    "withdraw": withdraw,
    "ask": ask,
}
