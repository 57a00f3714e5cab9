"""What stands before PostgreSQL in many places: a pooler, strict as they are, whose clients take turns at sessions."""

import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import URL, make_url

from tests.servers.postgres import spell
from tests.servers.processes import HOST

ENCRYPTED = (80877103, 80877104)  # what a client asks for first that would like to be
REFUSAL = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
GOODBYE, READY, IDLE = b"X", b"Z", b"I"
END_A_TURN = b"QS"  # a query, and what comes last of a prepared one
CLIENTS = 8


@dataclass
class Session:
    """One of PostgreSQL's."""

    link: socket.socket
    greeting: bytes


@dataclass
class Pooler:
    """Hands sessions on between transactions, unless each client is to keep its own."""

    url: URL
    is_shared: bool
    listener: socket.socket
    opened: list[socket.socket] = field(default_factory=list)
    idle: list[Session] = field(default_factory=list)

    def accept(self) -> None:
        """Each of as many threads serves one client after the other."""
        with suppress(OSError):  # raised when nobody listens any more
            while True:
                client = self.listener.accept()[0]
                self.opened.append(client)
                with client, suppress(OSError, EOFError):
                    self.serve(client)

    def serve(self, client: socket.socket) -> None:
        asked = startup(client)
        if b"\0options\0" in asked:
            client.sendall(message(b"E", REFUSAL))
            return
        first = self.session(asked)
        client.sendall(first.greeting)
        session: Session | None = first
        while (said := read(client))[:1] != GOODBYE:
            if session is None:
                session = self.session(asked)
            session.link.sendall(said)
            if said[:1] in END_A_TURN:
                ready = answer(session, client)
                if ready[-1:] == IDLE and self.is_shared:  # handed on before its client hears so, and goes on
                    self.idle.append(session)
                    session = None
                client.sendall(ready)

    def session(self, asked: bytes) -> Session:
        with suppress(IndexError):
            return self.idle.pop()
        link = socket.socket(socket.AF_UNIX)
        self.opened.append(link)
        link.connect(f"{self.url.query['host']}/.s.PGSQL.5432")
        link.sendall(struct.pack("!i", len(asked) + 4) + asked)
        greeting = read(link)
        while not greeting.endswith(message(READY, IDLE)):
            greeting += read(link)
        return Session(link, greeting)

    def hang_up(self) -> None:
        for link in (self.listener, *self.opened):
            with suppress(OSError):  # raised when the other side was faster
                link.shutdown(socket.SHUT_RDWR)
            link.close()


def startup(client: socket.socket) -> bytes:
    """What a client asks for as it begins, without its length."""
    asked = told(client)
    if struct.unpack("!i", asked[:4])[0] in ENCRYPTED:
        client.sendall(b"N")
        return startup(client)
    return asked


def answer(session: Session, client: socket.socket) -> bytes:
    """Pass on all that PostgreSQL answers but the last, which says how its transaction stands."""
    while (said := read(session.link))[:1] != READY:
        client.sendall(said)
    return said


def read(link: socket.socket) -> bytes:
    return message(exactly(link, 1), told(link))


def told(link: socket.socket) -> bytes:
    return exactly(link, struct.unpack("!i", exactly(link, 4))[0] - 4)


def exactly(link: socket.socket, size: int) -> bytes:
    found = link.recv(size, socket.MSG_WAITALL) if size else b""
    if len(found) < size:
        raise EOFError
    return found


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


@contextmanager
def pooler(url: str, *, is_shared: bool) -> Iterator[str]:
    """The URL of a database with a pooler before it."""
    direct = make_url(url)
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(CLIENTS))
        standing = Pooler(direct, is_shared, socket.create_server((HOST, 0)))
        stack.callback(standing.hang_up)
        for _ in range(CLIENTS):
            threads.submit(standing.accept)
        yield spell(direct.set(host=HOST, port=standing.listener.getsockname()[1], query={}))
