"""One deadline for all of a request.

A read time-out is none: a server that sends a byte every second would hold a thread for hours, in the middle of a
header line, too. So every single receive gets only what is left of the whole request's time, and so does every send,
however slowly it is taken.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from newsletter import clock

DEADLINE: ContextVar[float] = ContextVar("deadline")


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


def plain(opened: socket.socket) -> socket.socket:
    """The same connection, which keeps to the deadline."""
    seconds = opened.gettimeout()
    same = Plain(opened.family, opened.type, opened.proto, opened.detach())
    same.settimeout(seconds)
    return same
