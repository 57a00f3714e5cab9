"""Why a request was not answered, in words that may be shown."""

import socket
import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import HTTPError

from newsletter.errors import TargetForbidden

FAILURES = (TargetForbidden, requests.RequestException, HTTPError, OSError, ValueError)
"""What keeps a request from being answered."""
FORBIDDEN = "address not permitted"


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
