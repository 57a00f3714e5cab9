"""How a web process bears with those who call: gunicorn's worker of threads, which has few of them.

Nobody keeps one by saying nothing, by sending slowly or by never reading. What is no request gets an answer of ours.
TLS is a proxy's work, who bears with callers itself.
"""

import select
import socket
from collections.abc import Mapping
from contextlib import suppress

from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    NoMoreData,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.util import close_graceful, write_nonblock
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

from newsletter import clock

WHOLE = 10
"""Seconds that a request may take to arrive, head and body, and its answer to be read. Of a stream that is said of each
block, and by itself: a list has to be read to its end."""
STATUS: Mapping[type[Exception], int] = {
    ExpectationFailed: 417,
    LimitRequestHeaders: 431,
    LimitRequestLine: 414,
    UnsupportedTransferCoding: 501,
}
"""What of a request cannot be taken -> the answer; anything else is 400."""
OURS = (InvalidResponseHeader, InvalidResponseHeaderName)


class Caller:
    """What a connection brings, as long as it comes in time: who is late has hung up.

    Half a body, whose sender hung up in the midst of an address, must not be taken for the whole.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.poll = select.poll()
        self.poll.register(connection, select.POLLIN)
        self.until = 0.0

    def begin(self) -> None:
        self.until = clock.monotonic() + WHOLE

    def recv(self, size: int) -> bytes:
        is_there = self.poll.poll(max(0.0, self.until - clock.monotonic()) * 1000)
        brought = self.connection.recv(size) if is_there else b""
        if not brought:
            raise NoMoreData
        return brought


class Worker(ThreadWorker):  # type: ignore[misc]
    """A few threads, and one more that watches the connections which have nothing to say yet.

    `place` is its number among the workers that live; one that is replaced leaves it to another.
    """

    place = 0

    def handle(self, conn: TConn) -> object:
        """One request; `_DEFER` is given back where none has begun to arrive."""
        if self.cfg.is_ssl:
            return super().handle(conn)
        if not conn.wait_for_data(0):
            return _DEFER
        if conn.parser is None:
            conn.parser = RequestParser(self.cfg, Caller(conn.sock), conn.client)
        conn.parser.unreader.sock.begin()
        kept = super().handle(conn)
        if not kept:
            part(conn.sock)
        return kept

    def handle_request(self, req: Request, conn: TConn) -> object:
        if not self.cfg.is_ssl:
            conn.sock.settimeout(WHOLE)
        try:
            return super().handle_request(req, conn)
        except TimeoutError as error:
            raise NoMoreData from error  # who does not read has hung up, too

    def handle_error(self, req: Request | None, client: socket.socket, addr: tuple[str, int], exc: Exception) -> None:
        """Answer what is no request, but never twice: a proxy might take the second answer for somebody else's."""
        if not isinstance(exc, ParseException) or isinstance(exc, OURS):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request: %s", exc)
        if req is None:  # of any other, answered by now, it is the unread body that is wrong
            with suppress(OSError):
                write_nonblock(client, self.wsgi.extensions["no_request"](STATUS.get(type(exc), 400)))


def part(connection: socket.socket) -> None:
    """Give the answer time to arrive (RFC 9112 9.6) here, and not where gunicorn would, while all others wait."""
    close_graceful(connection.dup())
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
