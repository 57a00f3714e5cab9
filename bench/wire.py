"""HTTP/1.1 by hand: a client so thin that what is measured is the server."""

import re
import socket
import time

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEADERS = {"Host": "localhost", "Accept-Language": "da,en;q=0.7", "Content-Type": "application/x-www-form-urlencoded"}


def post(path: str, body: str, **headers: str) -> bytes:
    """A POST as it goes over the wire. `body` is a form unless a header says otherwise."""
    named = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


def get(path: str, **headers: str) -> bytes:
    named = {"Host": "localhost", **headers}
    return "\r\n".join([f"GET {path} HTTP/1.1", *(f"{n}: {v}" for n, v in named.items()), "", ""]).encode()


class Wire:
    """One keep-alive connection, with one request under way at most."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held = b""

    def send(self, request: bytes) -> None:
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The answer once it is whole; None while some of it is missing. Raises ConnectionError when it never comes."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionResetError
        self.held = self.held + part if self.held else part
        end = self.held.find(b"\r\n\r\n")
        length = LENGTH.search(self.held, 0, end + 2) if end > 0 else None
        if length is None or len(self.held) < end + 4 + int(length[1]):
            return None
        answer, self.held = self.held, b""
        return answer

    def ask(self, request: bytes) -> bytes:
        """One request and its answer."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def timed(self, request: bytes, expected: bytes) -> float:
        """Seconds from the request to its answer, which must have the expected status."""
        began = time.perf_counter()
        answer = self.ask(request)
        took = time.perf_counter() - began
        assert answer[9:12] == expected, answer[:600]
        return took

    def close(self) -> None:
        self.socket.close()


def text(answer: bytes) -> str:
    """An answer's body."""
    return answer.partition(b"\r\n\r\n")[2].decode()
