"""Asking for a fresh link: enter an address, and whatever it is, the answer is the same (C5, A8.1)."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from newsletter import bodies, catalog, guard, languages, rendering, selfservice, visitor
from newsletter.addresses import EmailAddress
from newsletter.errors import FieldsInvalid, LimitReached, NewsletterError, OriginForeign
from newsletter.pages.signup import CHECK_INBOX
from newsletter.refusals import STATUS, waiting
from newsletter.rendering import open_page

blueprint = Blueprint("fresh", __name__, url_prefix="/manage")
FIELDS = {"email"}


@blueprint.get("")
def show() -> Response:
    return open_page("ask.html", values={}, errors={}, notice=None)


@blueprint.post("")
def create() -> Response:
    return ask_by_script() if bodies.prefers_json() else ask_by_form()


def ask_by_script() -> Response:
    ask(bodies.read_form({}) if bodies.is_form() else bodies.read_json())
    return Response(CHECK_INBOX, 202, rendering.PRIVATE, mimetype="application/json")


def ask_by_form() -> Response:
    """Whatever stands in a person's way, the page comes back with what was entered, and says what to do."""
    raw: dict[str, Any] = {}
    try:
        raw = bodies.read_form({})
        ask(raw)
    except FieldsInvalid as refusal:
        return again(raw or refusal.entered, refusal)
    except (LimitReached, OriginForeign) as refusal:
        return again(raw, refusal)
    return open_page("asked.html")


def ask(raw: dict[str, Any]) -> None:
    """One post, however it came. Whoever fills the hidden field gets the usual answer, and nothing is stored (C9)."""
    newsletters = catalog.current().newsletters.values()
    if all(visitor.foreign_origin(request, newsletter) for newsletter in newsletters):
        raise OriginForeign
    if guard.caught(raw):
        return
    address = address_in(raw)
    selfservice.ask(address, language=rendering.reader_language(), visit=visitor.visit(request))


def address_in(raw: dict[str, Any]) -> EmailAddress:
    """The address, where nothing else was sent. Everything that is wrong is told at once (F3)."""
    unknown = {name: ["Unknown field."] for name in sorted(raw.keys() - FIELDS)}
    try:
        address = selfservice.address_of(raw.get("email"))
    except FieldsInvalid as refusal:
        raise FieldsInvalid({**refusal.errors, **unknown}) from refusal
    if unknown:
        raise FieldsInvalid(unknown)
    return address


def again(raw: Mapping[str, Any], refusal: NewsletterError) -> Response:
    language = rendering.reader_language()
    errors = languages.said(refusal.errors, language) if isinstance(refusal, FieldsInvalid) else {}
    notice = None if errors else languages.translations(language).gettext(str(refusal))
    return waiting(open_page("ask.html", STATUS[type(refusal)], values=raw, errors=errors, notice=notice), refusal)
