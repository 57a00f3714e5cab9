"""One line and two figures for every request. The line names the route, never the path: paths hold tokens (D2.2).

Around the whole application, because that is where a request begins and where a stream ends; and cheap, because
it is done for every one. So are the headers that every answer bears. The line is written as it is: nothing in it needs
the masks that other lines pass.
"""

import logging
import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask

from newsletter import clock, config, logs, metrics, refusals, rendering
from newsletter.ops.forwarding import Forwarding

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
NO_ROUTE = "none"


def init_app(app: Flask) -> None:
    standing = rendering.standing(config.of(app))
    app.extensions["no_request"] = partial(refused, standing)
    app.wsgi_app = Watched(app.wsgi_app, Forwarding(app), standing)  # type: ignore[method-assign]


class Watched:
    """The application, with every request told of."""

    def __init__(
        self, wsgi_app: "WSGIApplication", forwarding: Forwarding, standing: Sequence[tuple[str, str]]
    ) -> None:
        self.wsgi_app = wsgi_app
        self.forwarding = forwarding
        self.standing = standing

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        began = clock.monotonic()
        ids = self.ids(environ)
        logs.REQUEST.set(ids)
        route, status, is_stream = NO_ROUTE, "", False

        def start(line: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            nonlocal route, status, is_stream
            route, status = route_of(environ), line[:3]
            said = dict(headers)
            is_stream = "Content-Length" not in said
            whole = [*headers, ("X-Request-Id", ids["request_id"]), *(h for h in self.standing if h[0] not in said)]
            return start_response(line, whole, *exc_info)

        def tell() -> None:
            answered(route, environ["REQUEST_METHOD"], status, clock.monotonic() - began, ids)
            self.forwarding.note_if_ignored(environ)
            logs.REQUEST.set(logs.NO_REQUEST)  # what this thread may tell next is not of this one

        body = self.wsgi_app(environ, start)
        if is_stream:
            return Stream(body, tell)
        tell()
        return body

    def ids(self, environ: "WSGIEnvironment") -> dict[str, str]:
        """Every line that this request causes carries them. A caller's are taken only where they look like ids.

        A trace goes on for machines and behind a trusted proxy; at the public edge it ends (E14).
        """
        given = environ.get("HTTP_X_REQUEST_ID", "")
        ids = {"request_id": given if REQUEST_ID.fullmatch(given) else new_id()}
        trace = TRACEPARENT.fullmatch(environ.get("HTTP_TRACEPARENT", ""))
        if trace and (environ["PATH_INFO"].startswith(refusals.API) or self.forwarding.is_trusted(environ)):
            ids["trace_id"] = trace[1]
        return ids


class Stream:
    """An answer that is still being made while it leaves: it tells when the server is done with it."""

    def __init__(self, body: Iterable[bytes], tell: Callable[[], None]) -> None:
        self.body = body
        self.tell = tell

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        try:
            if hasattr(self.body, "close"):
                self.body.close()
        finally:
            self.tell()


def new_id() -> str:
    return f"{random.getrandbits(64):016x}"


def refused(standing: Sequence[tuple[str, str]], status: int) -> bytes:
    """The whole answer to what the server could not read as a request: it never reaches the application."""
    ids = {"request_id": new_id()}
    answer = refusals.problem(status, f"{HTTPStatus(status).phrase}.")
    headers = [*answer.headers, *standing, ("X-Request-Id", ids["request_id"]), ("Connection", "close")]
    lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in headers)]
    answered(NO_ROUTE, metrics.OTHER, str(status), 0.0, ids)
    return "\r\n".join([*lines, "", ""]).encode() + answer.get_data()


def route_of(environ: "WSGIEnvironment") -> str:
    """Known only while the answer is being made: Flask takes its request out of the environment afterwards."""
    request = environ.get("werkzeug.request")
    return request.url_rule.rule if request and request.url_rule else NO_ROUTE


def answered(route: str, method: str, status: str, seconds: float, ids: dict[str, str]) -> None:
    known = method if method in metrics.METHODS else metrics.OTHER
    metrics.requests_like(route, known, status).inc()
    metrics.duration_of(route).observe(seconds)
    if logging.root.isEnabledFor(logging.INFO):
        write({"method": known, "route": route, "status": int(status), "ms": round(seconds * 1000, 1), **ids})


def write(fields: dict[str, str | float]) -> None:
    """Who asked is answered, too, where the line's disk is full, or whoever read it is gone."""
    head = {"event": "request", "level": "info", "logger": "requests", "timestamp": clock.iso(clock.now())}
    with suppress(OSError):
        sys.stderr.write(orjson.dumps({**head, **fields}, option=orjson.OPT_APPEND_NEWLINE).decode())
