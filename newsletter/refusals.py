"""How refusals, and all other errors, are answered: the one place where they learn HTTP.

Machines get `application/problem+json` (RFC 9457), people a page. Neither is told anything that it did not send.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException

from newsletter import bodies, errors, links, logs
from newsletter.config import Limit
from newsletter.engine import OUTAGES, words_of
from newsletter.errors import FieldsInvalid, LimitReached, NewsletterError, ScopeMissing, WordingRetired
from newsletter.rendering import PRIVATE, page

PROBLEM = "application/problem+json"
RETRY_AFTER_OUTAGE = 10  # seconds
API = "/api/"
PROBLEMS = "/api/v1/docs#problem-"
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
PLAIN = {
    400: "The request could not be understood.",
    405: "This cannot be done on this page.",
    413: errors.BodyTooLarge.__doc__,
}
"""What people are told of a status that the framework answers with. Its own phrase says something to machines alone."""
CAPITAL = re.compile(r"(?<!^)([A-Z])")

STATUS: Mapping[type[NewsletterError], int] = {
    errors.AddressInvalid: 422,
    errors.AddressTaken: 409,
    errors.BodyMalformed: 400,
    errors.BodyTooLarge: 413,
    errors.CatalogInvalid: 503,
    errors.CatalogMissing: 503,
    errors.CatalogRefused: 409,
    errors.CodeWrong: 422,
    errors.ConflictLasting: 503,
    errors.ConnectorListless: 409,
    errors.ConnectorServed: 409,
    errors.ConnectorsInvalid: 503,
    errors.ConnectorUnknown: 404,
    errors.ContactUnknown: 404,
    errors.CursorInvalid: 422,
    errors.DatabaseDown: 503,
    errors.DatabaseRestored: 503,
    errors.DeliveryUnknown: 404,
    errors.ExtensionTooLong: 422,
    errors.ExtensionTooLate: 422,
    errors.FieldsInvalid: 422,
    errors.IdempotencyKeyInvalid: 400,
    errors.IdempotencyKeyReused: 422,
    errors.JournalUnfit: 503,
    errors.KeyMissing: 401,
    errors.KeyUnknown: 404,
    errors.LimitReached: 429,
    errors.LinkDead: 404,
    errors.MediaTypeUnsupported: 415,
    errors.NewsletterClosed: 409,
    errors.NewsletterUnknown: 404,
    errors.NonceStale: 409,
    errors.OriginForeign: 403,
    errors.RequestUnknown: 404,
    errors.ScopeMissing: 403,
    errors.SignupUnknown: 404,
    errors.SubscriptionOver: 409,
    errors.TargetForbidden: 422,
    errors.WebhookUnknown: 404,
    errors.WordingRetired: 409,
}

log = logs.get("refusals")


def init_app(app: Flask) -> None:
    app.register_error_handler(NewsletterError, refused)
    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(ParseException, unreadable)
    for outage in OUTAGES:
        app.register_error_handler(outage, no_database)
    app.register_error_handler(Exception, broken)


def refused(error: NewsletterError) -> Response:
    """A refusal travels up from wherever it was raised to here."""
    status = STATUS[type(error)]
    as_json = wants_json() or isinstance(error, errors.MediaTypeUnsupported)  # whoever sent that has no page
    answer = problem(status, str(error), extras(error), kind_of(error)) if as_json else sheet(status, str(error))
    if isinstance(error, LimitReached) and is_api():
        answer.headers.extend(bounds(error.bounds))
    elif status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return waiting(answer, error)


def waiting(answer: Response, error: NewsletterError) -> Response:
    """It says for how long, where waiting helps."""
    if isinstance(error, LimitReached):
        answer.headers["Retry-After"] = str(error.retry_after)
    elif answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(RETRY_AFTER_OUTAGE)
    return answer


def extras(error: NewsletterError) -> dict[str, Any]:
    if isinstance(error, FieldsInvalid):
        return {"errors": error.errors}
    if isinstance(error, WordingRetired):
        return {"current": error.current}
    if isinstance(error, ScopeMissing) and error.scope:
        return {"scope": error.scope}
    if isinstance(error, LimitReached) and is_api():
        full = [name for name, (_, left) in error.bounds.items() if not left]
        return {"violated-policies": full or list(error.bounds)}
    return {}


def bounds(found: Mapping[str, tuple[Limit, int]]) -> dict[str, str]:
    """Each bound by its name, and how much it has left, after draft-ietf-httpapi-ratelimit-headers (E10)."""
    if not found:
        return {}
    told = [(f'"{name}"', limit, left) for name, (limit, left) in found.items()]
    return {
        "RateLimit-Policy": ", ".join(f"{name};q={limit.most};w={limit.seconds}" for name, limit, _ in told),
        "RateLimit": ", ".join(f"{name};r={left};t={limit.seconds}" for name, limit, left in told),
    }


def kind_of(error: NewsletterError) -> str:
    """The problem's `type`: stable, and an address where it is explained (E9)."""
    return QUOTA_EXCEEDED if isinstance(error, LimitReached) else f"{links.base_url()}{PROBLEMS}{slug_of(type(error))}"


def slug_of(refusal: type[NewsletterError]) -> str:
    """`FieldsInvalid` is `fields-invalid`."""
    return CAPITAL.sub(r"-\1", refusal.__name__).lower()


def failed(error: HTTPException) -> Response:
    """What the framework refuses: an unknown path, a wrong method, a body that cannot be read."""
    status = error.code or 500
    told = PLAIN.get(status) or str(NewsletterError())
    answer = problem(status, HTTPStatus(status).phrase + ".") if wants_json() else sheet(status, told)
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def unreadable(_error: ParseException) -> Response:
    """The server reads a body when it is asked for it, and finds only then that its chunks are none."""
    return refused(errors.BodyMalformed())


def no_database(error: Exception) -> Response:
    """Never a false "done": what could not be stored is said not to be (PRODUCT 7)."""
    log.error("database down", error=type(error).__name__, said=words_of(error))
    return refused(errors.DatabaseDown())


def broken(error: Exception) -> Response:
    """A fault of ours. Its traceback is for the log alone (D3.9)."""
    log.error("unexpected fault", exc_info=error)
    sentence = "Something went wrong on our side."
    return problem(500, sentence) if wants_json() else sheet(500, sentence)


def wants_json() -> bool:
    """What has no page has no page of errors either: the interface, and the form's definition."""
    return is_api() or request.path.endswith(".json") or bodies.prefers_json()


def is_api() -> bool:
    return request.path.startswith(API)


def problem(
    status: int,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    kind: str = "about:blank",
    title: str | None = None,
) -> Response:
    """RFC 9457. A `type` of `about:blank` says no more than the status does."""
    body = {"type": kind, "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(json.dumps({**body, **(extra or {})}), status, PRIVATE, mimetype=PROBLEM)


def sheet(status: int, sentence: str) -> Response:
    """A page that says in one sentence what happened; a dead link's page says nothing at all (A4.8)."""
    if status == HTTPStatus.NOT_FOUND:
        return page("dead.html", status)
    return page("problem.html", status, sentence=sentence)
