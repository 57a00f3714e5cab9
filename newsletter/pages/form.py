"""The sign-up form as a page: empty, or again with what was entered and what is to be done about it."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from newsletter import languages, links, visitor
from newsletter.catalog import Newsletter
from newsletter.errors import (
    FieldsInvalid,
    LimitReached,
    NewsletterClosed,
    NewsletterError,
    OriginForeign,
    WordingRetired,
)
from newsletter.refusals import STATUS, waiting
from newsletter.rendering import is_framed, leading_to, open_page

NOTICES: Mapping[type[NewsletterError], str] = {
    LimitReached: "limit",
    NewsletterClosed: "closed",
    OriginForeign: "foreign",
    WordingRetired: "wording",
}
REPEATABLE = {"topic": "topics", "consent": "consents"}
"""What may come several times in a form -> what the list is called in JSON."""
FIELDS = {listed: field for field, listed in REPEATABLE.items()}


def show(newsletter: Newsletter, language: str, status: int = 200, **filled: Any) -> Response:
    """The page; `filled` may bring values, errors and a notice. Consents are never ticked in advance (A1.1)."""
    own = {"notice": "closed" if newsletter.retired else None, "languages": newsletter.languages}
    return open_page(
        "signup.html", status, **{**empty(newsletter, language), **own, "site": site(newsletter), **filled}
    )


def empty(newsletter: Newsletter, language: str) -> dict[str, Any]:
    """What a page needs to show the form with nothing entered."""
    return {
        "language": language,
        "form_targets": leading_to(newsletter.redirects.signed_up),
        "newsletter": newsletter,
        "topics": [topic for topic in newsletter.topics if not topic.retired],
        "fields": newsletter.fields,
        "wordings": newsletter.wordings_in(language),
        "privacy_url": newsletter.privacy.urls[language],
        "rendered": links.stamp(),
        "site": None,
        "values": {},
        "errors": {},
    }


def site(newsletter: Newsletter) -> str | None:
    """The page that a frame stands on, as far as the browser tells: posts from within the frame name only ours."""
    return visitor.source(request, newsletter, request.values.get("source")) if is_framed() else None


def again(newsletter: Newsletter, raw: Mapping[str, Any], refusal: NewsletterError) -> Response:
    """The page with what was entered; the consents are to be read and ticked anew."""
    language = visitor.language(request, newsletter, raw.get("language"))
    wrong = languages.said(refusal.errors, language) if isinstance(refusal, FieldsInvalid) else {}
    errors = {FIELDS.get(name, name): sentences for name, sentences in wrong.items()}
    values = {name: value for name, value in raw.items() if name not in ("consents", "language", "source")}
    notice = NOTICES.get(type(refusal))
    answer = show(newsletter, language, STATUS[type(refusal)], values=values, errors=errors, notice=notice)
    return waiting(answer, refusal)
