"""Why a request was not answered, in words that may be shown."""

import socket
import ssl
from collections.abc import Iterator, Mapping

import requests
from urllib3.exceptions import HTTPError

from newsletter.errors import TargetForbidden

FAILURES = (TargetForbidden, requests.RequestException, HTTPError, OSError, ValueError)
"""What keeps a request from being answered."""
FORBIDDEN = "address not permitted"
REASONS: Mapping[str, tuple[type[BaseException], ...]] = {
    "timeout": (TimeoutError, requests.Timeout),
    FORBIDDEN: (TargetForbidden,),
    "tls failed": (ssl.SSLError,),
    "host not found": (socket.gaierror,),
    "connection refused": (ConnectionRefusedError,),
}
"""By what stands anywhere among the causes; the first that fits."""


def reason(error: Exception) -> str:
    """A few words of ours: what a library says may hold addresses, and it is shown to whoever may list deliveries."""
    causes = list(chain(error))
    fitting = (words for words, kinds in REASONS.items() if any(isinstance(cause, kinds) for cause in causes))
    return next(fitting, "connection broken")


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
