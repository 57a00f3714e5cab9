"""Signing up through another server, which has a key and tells who stands before it."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Response, request
from marshmallow import RAISE, ValidationError

from newsletter import bodies, catalog, clock, config, guard, refusals, signups, visitor
from newsletter.access import Scope
from newsletter.api import answers
from newsletter.api.blueprint import Blueprint, invalid, key, read_json
from newsletter.api.queries import VisitorBody
from newsletter.api.shapes import ref
from newsletter.catalog import Newsletter
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


@blueprint.post("/newsletters/<slug>/signups", scope=Scope.SIGNUPS_WRITE)
@blueprint.doc(requestBody=BODY, parameters=[NAMED])
@blueprint.response(202, ref("Accepted"))
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
def create(slug: str) -> Response:
    """Ask, as the public form does. The answer is the same whosever address it is.

    The visitor's IP counts against the usual limits and is recorded as told; without one, your server counts, or the
    key where it has a limit of its own.
    """
    newsletter, raw, once = catalog.current().newsletter(slug), read_json(), named()
    visit, source = visit_of(raw), visitor.source(request, newsletter, raw.get("source"))
    counted = [*own(visit), *signups.counted_source(newsletter, source, visit)]
    if not (once and once.was_done(clock.now())):
        ask(newsletter, raw, source, visit, once)
    answer = answers.of({"status": "check_inbox"}, 202)
    answer.headers.extend(refusals.bounds(guard.room_left(counted, clock.now())))
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


def visit_of(raw: dict[str, Any]) -> Visit:
    """Who the caller says stood before it; the user agent is heard and forgotten (A2.13)."""
    if "visitor" not in raw:
        return Visit(ip=None, told_by=key().id)
    try:
        loaded = VisitorBody(unknown=RAISE).load(raw.pop("visitor"))
    except ValidationError as error:
        raise invalid(ValidationError({"visitor": error.messages_dict})) from error
    return Visit(ip=str(visitor.parse(loaded["ip"])), told_by=key().id)


def ask(newsletter: Newsletter, raw: dict[str, Any], source: str | None, visit: Visit, once: Once | None) -> None:
    """Whoever fills the hidden field gets the usual answer, and nothing is stored (C9)."""
    if guard.caught(raw):
        return
    rendered = raw.pop(signups.RENDERED, "")
    submission = signups.parse(newsletter, raw, language=newsletter.languages[0], source=source, visit=visit)
    cost = signups.cost_of(rendered, submission.address)
    signups.ask(submission, cost=cost, also_counted=own(visit, cost), once=once)


def own(visit: Visit, cost: int = 1) -> Sequence[Counted]:
    """The key's own bound; without one, the server is the source of sign-ups for which it names no visitor."""
    bounds = key().bounds
    if bounds:
        return [Counted(kind=guard.KEY, value=key().id, limits=bounds)]
    return [] if visit.ip else guard.by_source(visitor.client_address(request), config.current().limit_source, cost)
