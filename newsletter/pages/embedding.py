"""The form on other people's pages: as a script of one line, as plain HTML, in a frame, or as a link to it."""

import base64
import hashlib
from functools import lru_cache

from flask import Blueprint, Response, request

from newsletter import catalog, guard, languages, links, visitor
from newsletter.catalog import Newsletter
from newsletter.errors import NewsletterClosed
from newsletter.rendering import PRIVATE, STATIC, base_path, leading_to, open_page

blueprint = Blueprint("embedding", __name__)
AGE = 3600  # seconds that a browser may keep the script; it then asks whether it has changed
HIDING = "position: fixed; left: -9999px"
"""Moves the trap for robots off the page. Absolute, it would widen one that is read from right to left.

A site's own policy may want its hash (CSP 3, unsafe-hashes).
"""


@blueprint.get("/embed.js")
def script() -> Response:
    """One file for every site and newsletter; it reads from its own address where the service is."""
    text, etag = script_text()
    answer = Response(text, mimetype="text/javascript")
    answer.set_etag(etag)
    answer.headers["Cache-Control"] = f"public, max-age={AGE}"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.make_conditional(request)
    return answer


@lru_cache
def script_text() -> tuple[str, str]:
    script = STATIC["embed.js"]
    return script.decode(), hashlib.sha256(script).hexdigest()[:32]


@blueprint.get("/newsletters/<slug>/form.html")
def fragment(slug: str) -> Response:
    """The form that embed.js puts in place, with its signed time of rendering (C10). Readable for any site's script."""
    newsletter = open_newsletter(slug)
    language = visitor.language(request, newsletter)
    answer = Response(form(newsletter, language, rendered=links.stamp()), 200, PRIVATE, mimetype="text/html")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Content-Language"] = language
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return answer


@blueprint.get("/newsletters/<slug>/embed")
def show(slug: str) -> Response:
    """All the ways, ready to copy, each with what the site's own policy has to allow for it."""
    newsletter = open_newsletter(slug)
    language, service = visitor.language(request, newsletter), catalog.origin_of(links.base_url())
    return open_page(
        "embed.html",
        language=language,
        newsletter=newsletter,
        service=service,
        form_action=" ".join(filter(None, [service, *leading_to(newsletter.redirects.signed_up)])),
        home=home(newsletter),
        root=links.base_url(),
        here=f"{base_path()}/newsletters/{newsletter.slug}/embed",
        languages=newsletter.languages,
        plain=form(newsletter, language, rendered=None).strip(),
        hash=hashed(HIDING),
    )


def open_newsletter(slug: str) -> Newsletter:
    """One that takes sign-ups. Raises NewsletterUnknown or NewsletterClosed."""
    newsletter = catalog.current().newsletter(slug)
    if newsletter.retired:
        raise NewsletterClosed
    return newsletter


def form(newsletter: Newsletter, language: str, *, rendered: str | None) -> str:
    return languages.render(
        "embed/form.html",
        language,
        newsletter=newsletter,
        home=home(newsletter),
        rendered=rendered,
        honeypot=guard.HONEYPOT,
        hiding=HIDING,
    )


def home(newsletter: Newsletter) -> str:
    """The newsletter's whole address, on the configured base (B1.5)."""
    return f"{links.base_url()}/newsletters/{newsletter.slug}"


def hashed(style: str) -> str:
    """As a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"
