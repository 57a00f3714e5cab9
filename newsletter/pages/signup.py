"""Signing up: the hosted page, the form's definition, and the one address that every form posts to."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from newsletter import bodies, catalog, guard, ids, languages, signups, visitor
from newsletter.catalog import Newsletter
from newsletter.errors import FieldsInvalid, LimitReached, NewsletterClosed, OriginForeign, WordingRetired
from newsletter.pages import browser, form, inbox
from newsletter.rendering import PRIVATE, catalog_if_any, empty, is_framed, moved, speak

blueprint = Blueprint("signup", __name__, url_prefix="/newsletters/<slug>")
CHECK_INBOX = '{"status":"check_inbox"}\n'
PERMITTED = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
"""What a script may send, told to the browser that asks first."""
SHARED = {"Access-Control-Expose-Headers": "Retry-After", "Vary": "Origin"}
"""What an answer says besides which site's scripts may read it."""


@blueprint.get("")
def show(slug: str) -> Response:
    newsletter = catalog.current().newsletter(slug)
    if bodies.prefers_json():
        answer = definition(slug)
    else:
        answer = form.show(newsletter, visitor.language(request, newsletter))
    answer.vary.add("Accept")
    return answer


@blueprint.get("/form.json")
def definition(slug: str) -> Response:
    """The form as data: public, and as fresh as a minute. `language` chooses which privacy notice it names."""
    described = catalog.form_definition(catalog.current().newsletter(slug), request.args.get("language"))
    answer = jsonify(described)
    answer.set_etag(catalog.etag(described))
    answer.headers["Cache-Control"] = "public, max-age=60"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.make_conditional(request)
    return answer


@blueprint.post("/signups", provide_automatic_options=False)
def create(slug: str) -> Response:
    """Ask. The answer is the same whosever address it is (C5)."""
    newsletter = catalog.current().newsletter(slug)
    return ask_by_script(newsletter) if bodies.prefers_json() else ask_by_form(newsletter)


@blueprint.route("/signups", methods=["OPTIONS"])
def preflight(slug: str) -> Response:
    """A browser asks before it lets a script of another site post JSON."""
    catalog.current().newsletter(slug)
    return empty(Response(status=204, headers={"Allow": "POST, OPTIONS", **PERMITTED}))


@blueprint.after_request
def shared_with_allowed_sites(answer: Response) -> Response:
    """Scripts of the newsletter's own sites may read the answer; no other site's may (D3.5)."""
    origin = request.headers.get("Origin", "")
    newsletter = named() if origin and request.path.endswith("/signups") else None
    if newsletter and visitor.is_allowed(origin, newsletter):
        answer.headers.extend({"Access-Control-Allow-Origin": origin, **SHARED})
    return answer


def named() -> Newsletter | None:
    """The newsletter that the path names. None where there is none, also for want of a catalogue or a database."""
    found = catalog_if_any()
    return found.newsletters.get((request.view_args or {}).get("slug", "")) if found else None


def ask_by_script(newsletter: Newsletter) -> Response:
    """What is wrong is told in the language of the form: whoever stands before it reads it."""
    language = None
    try:
        raw = bodies.read_form(form.REPEATABLE) if bodies.is_form() else bodies.read_json()
        language = raw.get("language")
        ask(newsletter, raw)
    except FieldsInvalid as refusal:
        spoken = visitor.language(request, newsletter, language)
        raise FieldsInvalid(languages.said(refusal.errors, spoken)) from refusal
    return Response(CHECK_INBOX, 202, PRIVATE, mimetype="application/json")


def ask_by_form(newsletter: Newsletter) -> Response:
    """Whatever stands in a person's way, the page comes back with what was entered, and says what to do."""
    raw: dict[str, Any] = {}
    try:
        raw = bodies.read_form(form.REPEATABLE)
        signup_id = ask(newsletter, dict(raw))
    except FieldsInvalid as refusal:
        return form.again(newsletter, raw or refusal.entered, refusal)
    except (LimitReached, NewsletterClosed, OriginForeign, WordingRetired) as refusal:
        return form.again(newsletter, raw, refusal)
    elsewhere = None if is_framed() else newsletter.redirects.signed_up
    answer = moved(elsewhere or inbox.url(newsletter, raw))
    browser.remember(answer, newsletter, signup_id)
    return answer


def ask(newsletter: Newsletter, raw: dict[str, Any]) -> str:
    """One post, however it came; its signup's id.

    Whoever fills the hidden field gets the usual answer, and nothing is stored (C9).
    """
    here = bodies.request_itself()
    if visitor.foreign_origin(here, newsletter):
        raise OriginForeign
    if guard.caught(raw):
        return ids.new()
    rendered, language = raw.pop(signups.RENDERED, ""), visitor.language(here, newsletter, raw.get("language"))
    speak(language)
    submission = signups.parse(
        newsletter,
        raw,
        language=language,
        source=visitor.source(here, newsletter, raw.get("source")),
        visit=visitor.visit(here),
    )
    return signups.ask(submission, cost=signups.cost_of(rendered, submission.address))
