"""Speaking to a tool's HTTP interface: one place for its pace, its deadline, and what its answers mean for everybody.

What is left over, a tool's own 400s and 409s, each tool reads by itself.
"""

import base64
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any

import orjson
import requests

from newsletter import clock
from newsletter.errors import TargetForbidden
from newsletter.feed.connectors.tool import Denied, Failed, Misconfigured, Trouble
from newsletter.outgoing import BLOCK, BUSY, FAILURES, FORBIDDEN, Client, deadline, reason, wait_asked_for

DEADLINE = 20.0  # seconds for one request; a lease lasts twice as long
LONGEST_DEADLINE = 50.0  # seconds where a whole list is sent or answered
LARGEST = 32 * 1024 * 1024  # bytes of an answer
DENIED = {401, 403}
LONGEST_WAIT = timedelta(hours=1)  # that a tool may ask us to wait
UNREADABLE = "its answer had not the form that it should have"
MOST = 2**31 - 1  # PostgreSQL's integer, in which tools count


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a tool has answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

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

    def __init__(self, client: Client, options: Mapping[str, Any], below: str = "") -> None:
        login = base64.b64encode(f"{options['user']}:{options['secret']}".encode()).decode()
        self.client, self.url = client, options["url"].rstrip("/") + below
        self.headers = {"Authorization": f"Basic {login}"}
        self.pace = Pace(options.get("rate"))

    def call(self, method: str, path: str, *, seconds: float = DEADLINE, **sent: Any) -> Spoken:
        """Ask, within so many seconds from the first look at the resolver to the last byte of the answer.

        Nobody's address belongs into `params` where it can be helped: a URL ends in logs. Raises Trouble, Misconfigured
        or Failed for what means the same with every tool.
        """
        self.pace.keep()
        try:
            with deadline(seconds), self.client.ask(method, f"{self.url}{path}", self.headers, **sent) as response:
                said = Spoken(status=response.status_code, headers=response.headers, body=whole(response))
        except TargetForbidden as refusal:
            raise Misconfigured(f"{FORBIDDEN}: {refusal}") from refusal
        except FAILURES as error:
            raise Trouble(reason(error)) from error
        refuse_what_is_no_answer(said)
        return said


def whole(response: requests.Response) -> bytes:
    """Raises ValueError for an answer that is larger than anything that a tool has to say."""
    blocks: list[bytes] = []
    size = 0
    while block := response.raw.read1(BLOCK):
        size += len(block)
        if size > LARGEST:
            raise ValueError("answer too large")
        blocks.append(block)
    return b"".join(blocks)


def refuse_what_is_no_answer(said: Spoken) -> None:
    """Statuses by which no tool says anything of its own."""
    if said.status in BUSY:
        wait = wait_asked_for(said.headers.get("Retry-After"), clock.now(), LONGEST_WAIT)
        raise Trouble(f"it answered {said.status}", wait.total_seconds() if wait else None)
    if said.status in DENIED:
        raise Denied(f"it answered {said.status}: look at the credentials, and at what they permit")
    if 300 <= said.status < 400:
        raise Misconfigured(f"it answered {said.status}: redirects are not followed, look at the url")
    if said.status >= 500:
        raise Failed(f"it answered {said.status}")


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
