"""Pages: a template in the reader's language, and the headers that every answer carries (D2)."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Headers
from werkzeug.urls import iri_to_uri

from newsletter import catalog, guard, languages, links
from newsletter.config import Settings
from newsletter.errors import CatalogInvalid, CatalogMissing

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STATIC = {path.name: path.read_bytes() for path in Path(__file__).parent.glob("static/*.*")}
"""As it was when the process started: what is cached for ever must not change behind its digest, as by an upgrade."""
YEAR = 31_536_000  # seconds
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action {form_action}; base-uri 'none'; "
    "object-src 'none'; frame-ancestors {frame_ancestors}"
)
STATED = "newsletter.language"
FRAME = "frame"
"""In the address of an open page: it stands in a frame on somebody's site."""
STANDING = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
]
HTTPS = [("Strict-Transport-Security", f"max-age={YEAR}; includeSubDomains")]
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def standing(settings: Settings) -> list[tuple[str, str]]:
    """The headers of every answer, whatever it is, that does not say otherwise itself."""
    return [*STANDING, *(HTTPS if settings.is_https else [])]


def page(
    template: str,
    status: int = 200,
    *,
    language: str | None = None,
    form_targets: tuple[str, ...] = (),
    script: str | None = None,
    **context: Any,
) -> Response:
    """A page for people. Nothing of it may be kept by a cache, and it never says where the reader came from.

    `form_targets` are the other origins that its forms may lead to, `script` the one file of ours that it runs.
    """
    chosen = language or reader_language()
    shared = {
        "base": base_path(),
        "static": static_url,
        "controller": controller(),
        "newsletter": None,
        "framed": False,
        "script": script,
        "spoken": spoken,
        "newsletters": newsletters(),
        "honeypot": guard.HONEYPOT,
    }
    text = languages.render(f"pages/{template}", chosen, **{**shared, **context})
    answer = Response(text, status, mimetype="text/html")
    answer.headers.extend(PRIVATE)
    answer.headers["Content-Language"] = chosen
    answer.headers["Content-Security-Policy"] = policy(form_targets, scripted=script is not None)
    return answer


def open_page(template: str, status: int = 200, *, form_targets: tuple[str, ...] = (), **context: Any) -> Response:
    """A page without anybody's token: its forms may name where they stand, and may be led elsewhere by a redirect."""
    newsletter: catalog.Newsletter | None = context.get("newsletter")
    framed = newsletter is not None and is_framed()
    script = "frame.js" if framed else None
    answer = page(template, status, framed=framed, script=script, **context)
    sites = newsletter.origins if newsletter and framed else ()
    answer.headers["Content-Security-Policy"] = policy(form_targets, framed_by=sites, scripted=framed)
    answer.headers["Referrer-Policy"] = "same-origin"
    del answer.headers["X-Robots-Tag"]
    return answer


def empty(answer: Response) -> Response:
    """An answer that has headers alone; they are no fewer for that."""
    del answer.headers["Content-Type"]
    answer.headers.extend(PRIVATE)
    answer.headers["Content-Security-Policy"] = policy(())
    return answer


def is_framed() -> bool:
    """Whether the address says that the page stands in a frame; nearly always it says nothing at all."""
    return bool(request.query_string) and FRAME in request.args


def leading_to(url: str | None) -> tuple[str, ...]:
    """For the policy of a page whose form the catalogue leads on elsewhere: browsers follow only where it says."""
    origin = catalog.origin_of(url or "")
    return (origin,) if origin else ()


def moved(url: str) -> Response:
    """On to another page, after a post: to one of ours, or to one that the catalogue names."""
    return Moved(status=303, headers={**PRIVATE, "Content-Length": "0", "Location": ascii_url(url)})


class Moved(Response):
    """An answer without a body: all that its headers need is there, and is not looked through once more."""

    default_mimetype = None

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        return self.headers


@lru_cache(maxsize=100)
def ascii_url(url: str) -> str:
    """As a header may hold it (RFC 3987 3.1)."""
    return iri_to_uri(url)


@lru_cache(maxsize=64)
def policy(form_targets: tuple[str, ...], *, framed_by: tuple[str, ...] = (), scripted: bool = False) -> str:
    """What a page may load (its own), where its forms may lead, and who may frame it: nobody, or the named sites.

    Hardly any page runs a script: one in a frame tells the site how high it is, and one may press its own button.
    """
    ancestors = " ".join(framed_by) or "'none'"
    rules = CSP.format(form_action=" ".join(["'self'", *form_targets]), frame_ancestors=ancestors)
    return f"{rules}; script-src 'self'" if scripted else rules


def catalog_if_any() -> catalog.Catalog | None:
    """None while there is none that this release can read, or no database that could tell: there must be a page that
    says so even then.
    """
    try:
        return catalog.current()
    except (CatalogInvalid, CatalogMissing, SQLAlchemyError):
        return None


def newsletters() -> list[catalog.Newsletter]:
    """Those that take sign-ups."""
    return [newsletter for newsletter in all_newsletters() if not newsletter.retired]


def all_newsletters() -> list[catalog.Newsletter]:
    """The closed ones too: they still have people, who read of their rights in a language of theirs."""
    found = catalog_if_any()
    return list(found.newsletters.values()) if found else []


def controller() -> catalog.Controller | None:
    found = catalog_if_any()
    return found.controller if found else None


def speak(language: str) -> None:
    """Whatever becomes of this request, its page is in the language of the form, or of the person (A3.8)."""
    request.environ[STATED] = language


def reader_language() -> str:
    """For pages that belong to no newsletter: by the form or the link, then the reader's, as far as any speaks it."""
    known, asked = spoken() or languages.SPOKEN, request.environ.get(STATED) or request.args.get("language", "")
    preferred = languages.negotiate(request.headers.get("Accept-Language", ""), known)
    return asked if asked in known else preferred or known[0]


def spoken() -> tuple[str, ...]:
    """The languages of all newsletters."""
    return tuple(dict.fromkeys(language for newsletter in all_newsletters() for language in newsletter.languages))


def base_path() -> str:
    """What stands before every path of ours, when the service does not have a host of its own."""
    return urlsplit(links.base_url()).path


@lru_cache
def static_digest(name: str) -> str:
    return hashlib.sha256(STATIC[name]).hexdigest()[:12]


def static_url(name: str) -> str:
    """A file's address changes with its content, so that it may be cached for ever."""
    return f"{base_path()}/static/{static_digest(name)}/{name}"
