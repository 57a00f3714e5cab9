"""Signing up through another server, which has a key and tells who stands before it."""

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, request
from marshmallow import RAISE, ValidationError

from newsletter import bodies, catalog, clock, guard, refusals, signups, visitor
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.door import Blueprint, invalid, key, needs
from newsletter.api.queries import Nothing, VisitorBody
from newsletter.api.shapes import ref
from newsletter.config import Settings
from newsletter.consent import Visit
from newsletter.errors import IdempotencyKeyInvalid
from newsletter.guard import Counted, Once

blueprint = Blueprint("Signups", "Asking for a subscription; it begins when its letter's button is pressed.")
NAME = re.compile(r'"([ !#-\[\]-~]{1,255})"')
NAMED = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A string in quotes that names this post: within a day, the same again is stored once.",
    "schema": {"type": "string"},
}
BODY = {"required": True, "content": {"application/json": {"schema": ref("Signup")}}}


@blueprint.route("/newsletters/<slug>/signups", methods=["POST"])
@needs(Scope.SIGNUPS_WRITE)
@blueprint.arguments(Nothing, location="query", as_kwargs=True)
@blueprint.doc(requestBody=BODY, parameters=[NAMED])
@blueprint.response(202, ref("Accepted"))
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def create(slug: str) -> Response:
    """Ask, as the public form does. The answer is the same whosever address it is.

    The visitor's IP counts against the usual limits and is recorded as told; without one, your server counts, or the
    key where it has a limit of its own.
    """
    newsletter, raw, once = catalog.current().newsletter(slug), bodies.read_json(), named()
    counted = [] if once and once.was_done(clock.now()) else ask(newsletter, raw, once)
    answer = answers.told({"status": "check_inbox"})
    answer.status_code = 202
    answer.headers.extend(refusals.bounds(guard.left(counted, clock.now())))
    return answer


def named() -> Once | None:
    """The post by the name that its client gave it, if any."""
    said = request.headers.get("Idempotency-Key")
    if said is None:
        return None
    name = NAME.fullmatch(said)
    if name is None:
        raise IdempotencyKeyInvalid
    return Once.of(key().id, name[1], request.path.encode() + b"\n" + bodies.raw())


def ask(newsletter: catalog.Newsletter, raw: dict[str, Any], once: Once | None) -> Sequence[Counted]:
    """What it was counted by. Whoever fills the hidden field gets the usual answer, and nothing is stored (C9)."""
    visit = visit_of(raw.pop("visitor", {}))
    if raw.pop(guard.HONEYPOT, ""):
        return []
    submission = signups.parse(
        newsletter,
        raw,
        language=newsletter.languages[0],
        source=visitor.source(request, newsletter, raw.get("source")),
        visit=visit,
    )
    own = [Counted(kind=guard.KEY, value=key().id, limits=key().bounds)] if key().bounds else []
    also_counted = own if visit.ip or own else caller()
    signups.ask(submission, also_counted=also_counted, once=once)
    return [*also_counted, *signups.counted_source(submission)]


def visit_of(told: Any) -> Visit:
    """Who the caller says stood before it; the user agent is heard and forgotten (A2.13)."""
    try:
        loaded = VisitorBody(unknown=RAISE).load(told)
    except ValidationError as error:
        raise invalid(ValidationError({"visitor": error.messages_dict})) from error
    return Visit(ip=plain(loaded["ip"]) if loaded.get("ip") else None, told_by=key().id)


def plain(ip: str) -> str:
    """In its usual spelling; an IPv4 address within IPv6 as IPv4."""
    address = ipaddress.ip_address(ip)
    return str(getattr(address, "ipv4_mapped", None) or address)


def caller() -> Sequence[Counted]:
    """The server itself as the source of sign-ups for which it names no visitor, where its key has no limit."""
    settings: Settings = current_app.config["SETTINGS"]
    ip = visitor.client_address(request)
    return [Counted(kind=guard.SOURCE, value=guard.source_of(ip), limits=settings.limit_source)] if ip else []
