"""Who is slow to take what is sent has the whole of a request's time for it, and no more."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from newsletter import config
from newsletter.outgoing import Answer, Client

OWN = config.networks("127.0.0.0/8")
LARGE = b"x" * 20_000_000  # more than lies on the way between two sockets
QUICK = 1.0  # seconds
SLOW = 0.5  # seconds


class Reader:
    """Takes one connection, and from it one body after the other, the large ones late or never."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.context = context
        self.late: float | None = SLOW
        self.server = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://localhost:{self.server.getsockname()[1]}/"

    def serve(self) -> None:
        opened, _ = self.server.accept()
        with opened, self.context.wrap_socket(opened, server_side=True) if self.context else opened as connection:
            while self.take(connection):
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    def take(self, connection: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := connection.recv(65536)):
                return False
            head += part
        head, _, body = head.partition(b"\r\n\r\n")
        length, taken = int(head.lower().partition(b"content-length: ")[2].split()[0]), len(body)
        if length == len(LARGE):
            self.over.wait(self.late)
        while taken < length and not self.over.is_set():
            taken += len(connection.recv(1 << 20))
        return not self.over.is_set()


@pytest.fixture(params=["in clear", "by TLS"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Reader]:
    context = None
    if request.param == "by TLS":
        authority, file = trustme.CA(), tmp_path / "authority.pem"
        authority.cert_pem.write_to_path(str(file))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(context)
    found = Reader(context)
    thread = threading.Thread(target=found.serve, daemon=True)
    thread.start()
    yield found
    found.over.set()
    thread.join(10)
    found.server.close()


@pytest.fixture
def client() -> Iterator[Client]:
    found = Client(OWN, 1)
    yield found
    found.close()


def test_who_takes_longer_to_read_than_to_connect_gets_all(
    reader: Reader, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("client", "connections"):
        monkeypatch.setattr(f"newsletter.outgoing.{module}.CONNECT", SLOW / 2)

    assert client.post(reader.url, LARGE, {}, 20).status == 204


def test_who_reads_nothing_gets_no_more_than_the_deadline_of_this_request(reader: Reader, client: Client) -> None:
    """Whatever time was left to the one before on the same connection."""
    reader.late = None
    assert client.post(reader.url, b"{}", {}, 20).status == 204
    began = time.monotonic()

    assert client.post(reader.url, LARGE, {}, QUICK) == Answer(status=None, error="timeout")
    assert time.monotonic() - began < 15
