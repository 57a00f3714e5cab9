"""Requests that this service makes: only to permitted addresses, never redirected, with one deadline for all of it.

`requests` speaks HTTP; what it lacks is added to the connections below it. A read time-out is no deadline: a server
that sends a byte every second would hold a thread for hours, in the middle of a header line, too. So every single
receive gets only what is left of the whole request's time, and so does every send, however slowly it is taken.
"""

import http.client
import http.cookiejar
import logging
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from newsletter import clock, targets
from newsletter.config import Network
from newsletter.errors import TargetForbidden
from newsletter.targets import Place

CONNECT = 5.0  # seconds for each address that a name has
LARGEST = 64 * 1024  # bytes of an answer that are read; what is longer loses its connection
BLOCK = 16 * 1024  # bytes
FAILURES = (TargetForbidden, requests.RequestException, HTTPError, OSError, ValueError)
"""What keeps a request from being answered."""
FORBIDDEN = "address not permitted"
INTERIM = range(102, 200)  # 100 is passed over by the library, and 101 would be the last word in HTTP

logging.getLogger("urllib3").setLevel(logging.ERROR)
"""Below that it tells whole URLs, and a receiver's may hold a secret (D2.2)."""
DEADLINE: ContextVar[float] = ContextVar("deadline")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the other side said, or in a few words why it said nothing. Its body is read and forgotten."""

    status: int | None
    retry_after: str | None = None
    error: str | None = None


class Client:
    """Keeps connections open from one request to the next; any number of threads may use it."""

    def __init__(self, private: Sequence[Network], connections: int) -> None:
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no .netrc: what is connected to is what was judged
        # The library would read all that a redirect says, though it follows none.
        self.session.get_redirect_target = lambda _: None  # type: ignore[assignment, method-assign]
        self.session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = Guarded(private, connections)
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, adapter)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """Post, within so many seconds from the first look at the resolver to the last byte of the answer."""
        try:
            with deadline(seconds):
                return self.exchange(url, body, headers)
        except FAILURES as error:
            return Answer(status=None, error=reason(error))

    def exchange(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        asked = {**headers, "Accept-Encoding": "identity"}
        with self.session.post(
            url, data=body, headers=asked, timeout=(CONNECT, left()), allow_redirects=False, stream=True
        ) as response:
            drain(response)
            return Answer(status=response.status_code, retry_after=response.headers.get("Retry-After"))

    def close(self) -> None:
        self.session.close()


def drain(response: requests.Response) -> None:
    """Read the answer, so that its connection can be used again. How it ends does not change what its status says."""
    size = 0
    with suppress(HTTPError, OSError):
        while size <= LARGEST and (block := response.raw.read1(BLOCK)):
            size += len(block)


def reason(error: Exception) -> str:
    """A few words of ours: what a library says may hold addresses, and it is shown to whoever may list deliveries."""
    causes = list(chain(error))
    if any(isinstance(cause, TimeoutError | requests.Timeout) for cause in causes):
        return "timeout"
    if any(isinstance(cause, TargetForbidden) for cause in causes):
        return FORBIDDEN
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "tls failed"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "host not found"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "connection refused"
    return "connection broken"


def wait_asked_for(retry_after: str | None, at: datetime, longest: timedelta) -> timedelta | None:
    """What `Retry-After` asks for, in seconds or as a date (RFC 9110 10.2.3); None where it is neither."""
    if retry_after is None:
        return None
    try:
        asked = timedelta(seconds=int(retry_after)) if retry_after.strip().isdecimal() else dated(retry_after) - at
    except (ValueError, OverflowError):
        return None
    return min(max(asked, timedelta()), longest)


def dated(told: str) -> datetime:
    found = parsedate_to_datetime(told)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and what libraries put into the arguments of their own."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            inner = [one.__cause__, one.__context__, *one.args, getattr(one, "reason", None)]
            waiting += [found for found in inner if isinstance(found, BaseException)]


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    token = DEADLINE.set(clock.monotonic() + seconds)
    try:
        yield
    finally:
        DEADLINE.reset(token)


def left() -> float:
    """Seconds until the deadline. Raises TimeoutError after it."""
    seconds = DEADLINE.get() - clock.monotonic()
    if seconds <= 0:
        raise TimeoutError("the time for this request is over")
    return seconds


class Plain(socket.socket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(left())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(left())
        super().sendall(*args, **kwargs)


class Encrypted(ssl.SSLSocket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(left())
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(left())
        return super().send(*args, **kwargs)


def encryption() -> ssl.SSLContext:
    """Certificates are checked with the system's authorities."""
    context = ssl.create_default_context()
    context.sslsocket_class = Encrypted
    return context


class Guarded(HTTPAdapter):
    """Makes connections that look where they go."""

    def __init__(self, private: Sequence[Network], connections: int) -> None:
        self.private = tuple(private)
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:
        self.poolmanager = PoolManager(connections, maxsize=maxsize, block=block, ssl_context=encryption(), **more)
        self.poolmanager.pool_classes_by_scheme = pools(self.private)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context above verifies; the list of authorities that comes with `requests` is not loaded beside it."""


class Final(http.client.HTTPResponse):
    """The answer itself: what a server says before it, like 102 and 103, is none (RFC 9110 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if found[1] not in INTERIM:
                return found
            http.client.parse_headers(self.fp)


def pools(private: Sequence[Network]) -> dict[str, type[HTTPConnectionPool]]:
    class Http(HTTPConnection):
        response_class = Final

        def _new_conn(self) -> socket.socket:
            return connect(Place(host=self.host, port=self.port, is_clear=True), private)

    class Https(HTTPSConnection):
        response_class = Final

        def _new_conn(self) -> socket.socket:
            return connect(Place(host=self.host, port=self.port, is_clear=False), private)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}


def connect(place: Place, private: Sequence[Network]) -> socket.socket:
    """To the first permitted address that answers; the name is not asked for again (no DNS rebinding)."""
    failed: OSError | None = None
    for address in targets.addresses(place, private):
        try:
            opened = socket.create_connection((str(address), place.port), min(CONNECT, left()))
        except OSError as error:
            failed = error
        else:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return plain(opened)
    raise failed or OSError("no address")


def plain(opened: socket.socket) -> socket.socket:
    """The same connection, which keeps to the deadline."""
    seconds = opened.gettimeout()
    same = Plain(opened.family, opened.type, opened.proto, opened.detach())
    same.settimeout(seconds)
    return same
