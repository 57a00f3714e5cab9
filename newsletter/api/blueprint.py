"""What every route of the machine interface is made with: who may enter, how it reads, what is noted of each read."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NoReturn, ParamSpec
from urllib.parse import urlencode

import flask_smorest
from flask import Request, Response, g, request
from marshmallow import RAISE, Schema, ValidationError
from marshmallow.exceptions import SCHEMA
from webargs.flaskparser import FlaskParser

from newsletter import access, bodies, journal, logs, visitor
from newsletter.access import ApiKey, Scope
from newsletter.api.compression import compressed
from newsletter.api.queries import Nothing
from newsletter.errors import FieldsInvalid, KeyMissing, MediaTypeUnsupported

PREFIX = "/api/v1"
UNCHANGED = "What `If-None-Match` named by its `ETag` is still so. Without a body."
P = ParamSpec("P")
View = Callable[P, Response]


class Parser(FlaskParser):
    """Reads strictly: what is not known, or stands twice, is refused, in the words of `refusals`."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": RAISE, "json": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        return read_json()

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        twice = {name: ["This was sent twice."] for name, values in req.args.lists() if len(values) > 1}
        if twice:
            raise FieldsInvalid(twice)
        return req.args.to_dict()

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """The outermost names of its messages are webargs' locations, which clients do not know."""
        [by_name] = error.messages_dict.values()
        raise invalid(ValidationError(by_name)) from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # it ships no types
    """Routes below `/api/v1`. What they answer holds people's data and links, so no cache may keep it."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix=PREFIX, description=description)
        self.unless_unchanged = self.alt_response(304, description=UNCHANGED)  # decorates what answers `conditional`
        self.after_request(compressed)
        self.after_request(kept_by_nobody)

    def route(
        self, rule: str, *, scope: Scope | None, query: type[Schema] = Nothing, **options: Any
    ) -> Callable[[View[P]], View[P]]:
        """A path for keys of this scope; None lets everybody in. Of parameters it takes those of `query`, if any.

        What the path names may not be there, so each that names something is described with a 404.
        """
        parsed = self.arguments(query, location="query", as_kwargs=query is Nothing)

        def decorate(view: View[P]) -> View[P]:
            found: View[P] = parsed(view)
            if "<" in rule:
                found = self.alt_response(404, "NOT_FOUND")(found)
            routed: View[P] = super(Blueprint, self).route(rule, **options)(needs(scope)(found) if scope else found)
            return routed

        return decorate


def read_json() -> dict[str, Any]:
    """What was posted. Only pages read forms, so nobody is told here that they are read."""
    if not bodies.is_json():
        raise MediaTypeUnsupported("Send JSON, as application/json.")
    return bodies.read_json()


def kept_by_nobody(answer: Response) -> Response:
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def invalid(error: ValidationError) -> FieldsInvalid:
    """marshmallow's messages, by field."""
    return FieldsInvalid(by_field(error.messages_dict))


def by_field(messages: Mapping[Any, Any], above: str = "") -> dict[str, list[str]]:
    """Flat: `{"visitor": {"ip": [...]}}` becomes `{"visitor.ip": [...]}`."""
    flat: dict[str, list[str]] = {}
    for name, found in messages.items():
        path = above if name == SCHEMA else f"{above}.{name}".lstrip(".")
        if isinstance(found, Mapping):
            flat.update(by_field(found, path))
        else:
            flat[path] = [str(sentence) for sentence in found]
    return flat


def needs(scope: Scope) -> Callable[[View[P]], View[P]]:
    """Let nobody in without a key of this scope, which reaches the newsletter where the path names one."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            slug = (request.view_args or {}).get("slug")
            g.api_key = access.authenticate(presented(), scope, slug)
            if scope is Scope.FEED_READ:
                journal.refuse_restored()
            return view(*args, **kwargs)

        documented: View[P] = flask_smorest.Blueprint.doc(
            security=[{"bearer": [scope.value]}], responses={401: "UNAUTHORIZED", 403: "FORBIDDEN"}
        )(guarded)
        return documented

    return decorate


def presented() -> str:
    """The key in `Authorization: Bearer KEY`."""
    shown = request.authorization
    if shown is None or shown.type != "bearer" or not shown.token or not shown.token.isprintable():
        raise KeyMissing
    return shown.token


def key() -> ApiKey:
    """The key that came in through `needs`."""
    found: ApiKey = g.api_key
    return found


def note_read(rows: int, **filters: object) -> None:
    """Journal that the key reads people's data: the path and the filters, never an address (PRODUCT 4.12)."""
    note(rows, **{name: logs.masked(str(value)) for name, value in filters.items() if value})


def note(rows: int, **said: str) -> None:
    """Journal what the key does with people's data, as it is said."""
    what = f"{request.path}?{urlencode(said)}" if said else request.path
    access.record(key_id=key().id, peer=visitor.client_address(request), what=what, rows=rows)
