"""Asking, and what the other side said."""

import http.cookiejar
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from newsletter.config import Network
from newsletter.outgoing.connections import CONNECT, Guarded
from newsletter.outgoing.deadlines import deadline, left
from newsletter.outgoing.failure import FAILURES, reason

LARGEST = 64 * 1024  # bytes of an answer that are read; what is longer loses its connection
BLOCK = 16 * 1024  # bytes
BUSY = {429, 502, 503, 504}
"""Answers of one who is away or has too much to do: the same may be asked again, and when, `Retry-After` may say."""

logging.getLogger("urllib3").setLevel(logging.ERROR)
"""Below that it tells whole URLs, and a receiver's may hold a secret (D2.2)."""


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
            with deadline(seconds), self.ask("POST", url, headers, data=body) as response:
                drain(response)
                return Answer(status=response.status_code, retry_after=response.headers.get("Retry-After"))
        except FAILURES as error:
            return Answer(status=None, error=reason(error))

    def ask(self, method: str, url: str, headers: Mapping[str, str], **sent: Any) -> requests.Response:
        """The beginning of an answer; whoever asks reads the rest, within the same deadline, and closes it."""
        asked, patience = {**headers, "Accept-Encoding": "identity"}, (CONNECT, left())
        return self.session.request(
            method, url, headers=asked, timeout=patience, allow_redirects=False, stream=True, **sent
        )

    def close(self) -> None:
        self.session.close()


def drain(response: requests.Response) -> None:
    """Read the answer, so that its connection can be used again. How it ends does not change what its status says."""
    size = 0
    with suppress(HTTPError, OSError):
        while size <= LARGEST and (block := response.raw.read1(BLOCK)):
            size += len(block)


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
