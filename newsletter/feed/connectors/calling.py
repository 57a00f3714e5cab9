"""Speaking to a tool's HTTP interface: one place for its pace, its deadline, and what its answers mean for everybody.

What is left over, a tool's own 400s and 409s, each tool reads by itself.
"""

import base64
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any

import orjson

from newsletter import clock
from newsletter.feed.connectors.speaking import Reply, Sent, Speaker
from newsletter.feed.connectors.tool import Denied, Failed, Misconfigured, Trouble
from newsletter.outgoing import FORBIDDEN, wait_asked_for

DEADLINE = 20.0  # seconds for one request; a lease lasts three times as long
LONGEST_DEADLINE = 50.0  # seconds where a whole list is sent or answered
BUSY = {429, 502, 503, 504}
DENIED = {401, 403}
LONGEST_WAIT = timedelta(hours=1)  # that a tool may ask us to wait
UNREADABLE = "its answer had not the form that it should have"
MOST = 2**31 - 1  # PostgreSQL's integer, in which tools count


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A tool's answer that means something to its own module."""

    status: int
    body: bytes
    location: str

    def json(self) -> Any:
        """Raises Failed for what is no JSON: others' answers are never taken on trust (D4.6)."""
        try:
            return orjson.loads(self.body)
        except ValueError as error:
            raise Failed("its answer was no JSON") from error

    def says(self, *words: str) -> bool:
        text = self.body.decode(errors="replace").lower()
        return any(word in text for word in words)


class Ending(Exception):
    """Whoever asks has been told to end: what was begun is told again by the next worker."""


NEVER = Event()
ENDING: ContextVar[Event] = ContextVar("ending", default=NEVER)


def rest(seconds: float) -> None:
    """Raises Ending."""
    if ENDING.get().wait(seconds):
        raise Ending


class Pace:
    """No more requests in a second than the tool's vendor allows, or its operator."""

    def __init__(self, rate: float | None) -> None:
        self.gap = 1 / rate if rate else 0.0
        self.next = 0.0

    def keep(self) -> None:
        now = clock.monotonic()
        if self.next > now:
            rest(self.next - now)
        self.next = max(now, self.next) + self.gap


class Interface:
    """One tool's interface, below a path of its url. Its credentials leave in headers alone."""

    def __init__(self, client: Speaker, options: Mapping[str, Any], below: str = "") -> None:
        login = base64.b64encode(f"{options['user']}:{options['secret']}".encode()).decode()
        self.client, self.url = client, options["url"].rstrip("/") + below
        self.headers = {"Authorization": f"Basic {login}"}
        self.pace = Pace(options.get("rate"))

    def call(self, method: str, path: str, *, seconds: float = DEADLINE, **sent: Any) -> Spoken:
        """Raises Trouble, Misconfigured or Failed for what means the same with every tool."""
        self.pace.keep()
        reply = self.client.call(method, f"{self.url}{path}", Sent(headers=self.headers, **sent), seconds)
        return judged(reply)


def judged(reply: Reply) -> Spoken:
    if reply.error and reply.error.startswith(FORBIDDEN):
        raise Misconfigured(reply.error)
    if reply.status is None:
        raise Trouble(reply.error or "no answer")
    if reply.status in BUSY:
        wait = wait_asked_for(reply.headers.get("Retry-After"), clock.now(), LONGEST_WAIT)
        raise Trouble(f"it answered {reply.status}", wait.total_seconds() if wait else None)
    if reply.status in DENIED:
        raise Denied(f"it answered {reply.status}: look at the credentials, and at what they permit")
    if 300 <= reply.status < 400:
        raise Misconfigured(f"it answered {reply.status}: redirects are not followed, look at the url")
    if reply.status >= 500:
        raise Failed(f"it answered {reply.status}")
    return Spoken(status=reply.status, body=reply.body, location=reply.headers.get("Location", ""))


def mapping_of(value: Any, **form: type) -> Mapping[str, Any]:
    """The value, which has to be a JSON object with these members of these types. Raises Failed."""
    if not has_form(value, form):
        raise Failed(UNREADABLE)
    found: Mapping[str, Any] = value
    return found


def list_of(value: Any, **form: type) -> Sequence[Mapping[str, Any]]:
    """The value, which has to be an array of such objects. Raises Failed."""
    if not isinstance(value, list) or not all(has_form(one, form) for one in value):
        raise Failed(UNREADABLE)
    return value


def has_form(value: Any, form: Mapping[str, type]) -> bool:
    return isinstance(value, Mapping) and all(is_of(value.get(name), kind) for name, kind in form.items())


def is_of(value: Any, kind: type) -> bool:
    """A number or text as tools have them, and our database could keep it."""
    match value:
        case bool():
            return False
        case int():
            return kind is int and 0 < value <= MOST
        case str():
            return kind is str and "\0" not in value
    return False
