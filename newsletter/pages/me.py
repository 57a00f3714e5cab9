"""The person's own page, by a fresh link: everything that is kept, and what can be done about it (PRODUCT 4.6, A8)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request

from newsletter import clock, feed, links, privacy, selfservice, signups, subscriptions, visitor
from newsletter.errors import FieldsInvalid, SubscriptionOver, WordingRetired
from newsletter.links import Purpose, Shown
from newsletter.pages import me_page, silence
from newsletter.pages.contact import language_of, page_for
from newsletter.pages.me_page import Faults
from newsletter.pages.stale import when_stale
from newsletter.rendering import PRIVATE, speak
from newsletter.selfservice import Person
from newsletter.subscriptions import Cause, Channel, Subscription, Wishes

blueprint = Blueprint("me", __name__, url_prefix="/me/<token>")
ERASURE = "erasure"
"""What the nonce of the question names as displayed."""


@dataclass(frozen=True, kw_only=True)
class Press:
    """One press of one of the page's buttons: when it came, whose page it was, what it displayed, and from where."""

    token: str
    at: datetime
    person: Person
    shown: Shown
    cause: Cause

    def contact(self) -> Subscription:
        """The subscription that the form is about. Raises ContactUnknown for another person's."""
        return self.person.own(request.form.get("contact", ""))

    def done(self, what: str) -> Response:
        """The page anew, with what has become of it; also when the link has run out while the press was waiting."""
        return me_page.page_of(self.token, selfservice.by_link(self.token, self.at), done=what)


@blueprint.get("")
def show(token: str, *, again: bool = False) -> Response:
    """Everything, without another press or a cookie. Looking changes nothing."""
    return me_page.page_of(token, selfservice.by_link(token), again=again)


@blueprint.get("/erase")
def question(token: str) -> Response:
    """The one question before an erasure (F5). Its nonce, and no other, erases."""
    return asked(token, selfservice.by_link(token))


@blueprint.get("/data.json")
def as_json(token: str) -> Response:
    """All there is to tell (Article 15), and to take along (Article 20 GDPR, A8.7). Looking changes nothing."""
    about = selfservice.by_link(token).newest.id
    told = {**privacy.portable(about), **privacy.everything_about(about, feed.held_by_tools)}
    return attached(json.dumps(told, ensure_ascii=False, indent=2), "data.json", "application/json")


@blueprint.get("/data.csv")
def as_csv(token: str) -> Response:
    return attached(privacy.portable_csv(selfservice.by_link(token).newest.id), "data.csv", "text/csv")


def attached(text: str, name: str, mimetype: str) -> Response:
    """A file that no cache keeps, under a name that says nothing of the person."""
    answer = Response(text, 200, PRIVATE, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("")
@when_stale(show)
def create(token: str) -> Response:
    """One act."""
    at, person = clock.now(), selfservice.by_link(token)
    speak(language_of(person.newest))
    try:
        return acted(token, person, at)
    except FieldsInvalid as refusal:
        return me_page.page_of(token, person, faults=Faults.of(request.form, refusal))
    except WordingRetired:
        return me_page.page_of(token, person, status=409, done="retired")
    except SubscriptionOver:
        return me_page.page_of(token, person, status=409, done="over")


def acted(token: str, person: Person, at: datetime) -> Response:
    act = ACTS.get(request.form.get("act", ""), nothing)
    shown = links.read_nonce(Purpose.ME, person.link_id, request.form.get("nonce", ""))
    if act in PACED:
        selfservice.keep_pace(person.subscriber.id, at)
    cause = Cause(Channel.ME, visitor.visit(request))
    return act(Press(token=token, at=at, person=person, shown=shown, cause=cause))


def nothing(press: Press) -> Response:
    return me_page.page_of(press.token, press.person)


def rectify(press: Press) -> Response:
    """Name, language, topics: all that the form shows, as it was sent."""
    contact = press.contact()
    wishes = Wishes(
        fields={name: request.form[name] for name in me_page.field_names(contact) if name in request.form},
        language=request.form.get("language"),
        topics=me_page.topics_wished(contact, request.form.getlist("topic")),
    )
    subscriptions.rectify(contact.id, wishes, press.cause)
    return press.done("saved")


def grant(press: Press) -> Response:
    """Only in words that this very page displayed, under a box that the person ticked (A1.1, A5.1). Safe to repeat.

    Words that are no longer in force, or whose privacy notice is not, are to be read again first.
    """
    contact, displayed = press.contact(), press.shown.what.split(",")
    if contact.is_over:
        raise SubscriptionOver
    ticked = set(request.form.getlist("consent")) & {pair.partition("|")[0] for pair in displayed}
    unchanged = {purpose: name for purpose, name in me_page.unchanged(contact, displayed).items() if name in ticked}
    if not ticked:
        return me_page.page_of(press.token, press.person, done="unticked")
    if len(unchanged) < len(ticked - set(contact.agreed.values())):
        raise WordingRetired({})
    subscriptions.grant(contact.id, unchanged, press.cause, shown=press.shown)
    return press.done("saved")


def withdraw(press: Press) -> Response:
    purposes = request.form.getlist("purpose")
    subscriptions.withdraw(press.contact().id, purposes, press.cause)
    return press.done("saved")


def leave(press: Press) -> Response:
    signups.leave(press.contact().id, press.cause)
    return press.done("left")


def leave_all(press: Press) -> Response:
    signups.leave_all(press.person.newest.id, press.cause)
    return press.done("left")


def change_address(press: Press) -> Response:
    """The same is said whatever is known of the new address (C5)."""
    address = selfservice.address_of(request.form.get("email"))
    about = press.person.newest.id
    selfservice.change_address(about, address, press.cause)
    return press.done("asked")


def keep_address(press: Press) -> Response:
    selfservice.keep_address(press.person.newest.id)
    return press.done("kept")


def restrict(press: Press) -> Response:
    privacy.restrict(press.person.newest.id, press.cause)
    return press.done("saved")


def lift(press: Press) -> Response:
    privacy.lift(press.person.newest.id, press.cause)
    return press.done("saved")


def erase(press: Press) -> Response:
    """Once the question was answered; what stays is said with its reason and its end (GDPR 12(4), A7.6)."""
    if press.shown.what != ERASURE:
        return asked(press.token, press.person)
    erased = privacy.erase(press.person.newest.id, press.cause, never_again=silence.wanted())
    return page_for(press.person.newest, "erased.html", erased=erased)


def asked(token: str, person: Person) -> Response:
    nonce = links.nonce(Purpose.ME, person.link_id, ERASURE)
    return page_for(person.newest, "erase.html", person=person, token=token, nonce=nonce)


ACTS: Mapping[str, Callable[[Press], Response]] = {
    "rectify": rectify,
    "grant": grant,
    "withdraw": withdraw,
    "leave": leave,
    "leave_all": leave_all,
    "address": change_address,
    "keep_address": keep_address,
    "restrict": restrict,
    "lift": lift,
    "erase": erase,
}
PACED = {rectify, grant, lift}
"""What only ever reduces is taken however often it comes; a wish for another address has a limit of its own."""
