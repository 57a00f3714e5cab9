"""A receiver of webhooks as a marketing tool would write one: with the official library, behind a real socket."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from newsletter import access
from newsletter.access import Scope
from newsletter.feed.webhooks import pushing
from tests.servers import HOST, wait_until


@dataclass(frozen=True)
class Received:
    """One request, as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    peer: int  # the port that it came from

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def push(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return str(self.push["type"])

    @property
    def contact(self) -> str:
        return str(self.push["data"]["contact"]["id"])

    @property
    def email(self) -> str | None:
        found = self.push["data"].get("contact", {}).get("email")
        return str(found) if found else None

    def verify(self, secret: str) -> Any:
        """What the library makes of it; it raises unless the signature and the time are right."""
        return Webhook(secret).verify(self.body, dict(self.headers))


@dataclass(frozen=True)
class Reply:
    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: float = 0.0  # seconds


OK = Reply()
Rule = Callable[[Received], Reply]


class Receiver:
    """Answers each request as its rule says, and keeps it."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Received] = []
        self.rule: Rule = lambda _: OK
        self.ended = threading.Event()
        self.server = Server((HOST, port), handler_for(self))
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/hook"

    def answer(self, status: int, **headers: str) -> None:
        self.rule = lambda _: Reply(status, headers)

    def types(self) -> list[str]:
        return [request.type for request in self.requests]

    def wait_for(self, count: int, timeout: float = 20.0) -> list[Received]:
        wait_until(lambda: len(self.requests) >= count, f"push {count}, after {len(self.requests)}", timeout)
        return list(self.requests)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that is gone is what some tests are about."""


def handler_for(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"] or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it died over it
                self.close_connection = True
                return
            named = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.path, named, body, time.monotonic(), self.client_address[1])
            reply = receiver.rule(request)
            receiver.requests.append(request)
            receiver.ended.wait(reply.after)
            self.send_response_only(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - the library's

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    return Handler


@dataclass
class Hooks:
    """Who keeps webhooks by the machine interface, with a key of its own."""

    app: Flask
    client: FlaskClient
    scopes: tuple[Scope, ...] = (Scope.WEBHOOKS_WRITE,)
    newsletters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {access.create('the tool', self.scopes, self.newsletters, None)}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any = None) -> TestResponse:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.client.patch(f"/api/v1{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> TestResponse:
        return self.client.delete(f"/api/v1{path}", headers=self.headers)

    def ask_for(self, url: str, **wishes: Any) -> TestResponse:
        wanted = {"url": url, "newsletter": "nyhedsbrev", "kinds": None, "payload": "full", **wishes}
        return self.post("/webhooks", wanted)

    def add(self, receiver: Receiver, **wishes: Any) -> dict[str, Any]:
        """A new webhook, with its secret."""
        made = self.ask_for(receiver.url, **wishes)
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.get_json()
        return found

    def deliveries(self, webhook: Mapping[str, Any], query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/webhooks/{webhook['id']}/deliveries{query}").get_json()["items"]
        return found

    def push(self) -> None:
        """Let a worker push all that is due."""
        pushing.push_due(self.app, threading.Event())
