"""OpenAPI 3.1 of the machine interface, made from its routes. Errors are only described here; `refusals` answers."""

from http import HTTPStatus
from threading import Lock
from typing import Any

import flask_smorest

from newsletter.api.evidence_shapes import EVIDENCE_SCHEMAS
from newsletter.api.rights_shapes import RIGHTS_SCHEMAS
from newsletter.api.shapes import SCHEMAS, Shape, ref
from newsletter.api.webhook_shapes import PUSHED, WEBHOOK_SCHEMAS
from newsletter.refusals import PROBLEM

INTRODUCTION = """\
What a server or a marketing tool may do here depends on its key: its scopes, and the newsletters that it reaches.

Two ways to keep a copy of the list that misses nothing: read it once, by pages or as a stream, and keep the header
`Newsletter-Changes-After`; then ask again and again for the changes after that cursor, and keep the cursor of the
last change dealt with. What somebody withdraws is in the very next answer.

Errors are `application/problem+json` (RFC 9457). Instants are UTC. Every read of people's data is journaled.
"""
COUNT = {"description": "How many contacts were selected when the walk began.", "schema": {"type": "integer"}}
POSITION = {"description": "From this cursor on, `changes` continues what was answered.", "schema": {"type": "string"}}
LINK = {"description": 'The next page, as RFC 8288 spells it: `<…>; rel="next"`.', "schema": {"type": "string"}}
STREAM_HEADERS = {"Newsletter-Count": COUNT, "Newsletter-Changes-After": POSITION}
LIST_HEADERS = {**STREAM_HEADERS, "Link": LINK}
CHANGES_HEADERS = {"Newsletter-Changes-After": POSITION, "Link": LINK}


class Api(flask_smorest.Api):  # type: ignore[misc] # it ships no types
    """flask-smorest's, as far as it describes. Every refusal and every error of HTTP is answered in `refusals`.

    Describing takes longer than all else at the start of a process, and few processes are ever asked for it: so all is
    described when somebody asks.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.undescribed: list[flask_smorest.Blueprint] = []
        self.describing = Lock()
        super().__init__(*args, **kwargs)

    def register_blueprint(self, blp: flask_smorest.Blueprint) -> None:
        self._app.register_blueprint(blp)
        self.undescribed.append(blp)

    def described(self) -> dict[str, Any]:
        """The whole document."""
        with self.describing:
            if self.undescribed:
                self.describe_shapes()
            for blp in self.undescribed:
                blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=None)
                self.spec.tag({"name": blp.name, "description": blp.description})
            self.undescribed.clear()
            found: dict[str, Any] = self.spec.to_dict()
            return found

    def _register_error_handlers(self) -> None:
        """None of its own."""

    def _register_responses(self) -> None:
        """None of its own, which it would call `application/json`."""

    def describe_shapes(self) -> None:
        """All that can go wrong has one shape."""
        components = self.spec.components
        for name, shape in {**SCHEMAS, **EVIDENCE_SCHEMAS, **RIGHTS_SCHEMAS, **WEBHOOK_SCHEMAS}.items():
            components.schema(name, shape)
        components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "description": SCOPES})
        for status in HTTPStatus:
            components.response(status.name, problem(status.phrase), lazy=True)
        components.response("DEFAULT_ERROR", problem("Any other refusal."), lazy=True)


SCOPES = "An API key, as `flask keys create` prints it. Its scopes stand with each operation."


def problem(description: str) -> Shape:
    return {"description": description, "content": {PROBLEM: {"schema": ref("Problem")}}}


def describe(url: str) -> dict[str, Any]:
    return {
        "title": "Newsletter",
        "version": "1",
        "openapi_version": "3.1.0",
        "info": {"description": INTRODUCTION},
        "servers": [{"url": url}],
        "webhooks": PUSHED,
    }
