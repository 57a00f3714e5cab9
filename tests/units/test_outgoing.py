"""Requests of ours meet servers that mean harm: they end in time, go nowhere else, and trust nobody unknown."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from newsletter import config
from newsletter.feed.webhooks.lane import DEADLINE
from newsletter.outgoing import Answer, Client
from tests.receivers import Receiver, Reply
from tests.servers import HOST

OWN = config.networks("127.0.0.0/8")
QUICK = 1.0  # seconds; the real deadline is longer
ENDLESS = 20.0  # seconds that a dripping server talks, to whoever listens
Talk = Callable[[socket.socket], None]


def post(url: str, seconds: float = 10.0) -> Answer:
    client = Client(OWN, 2)
    try:
        return client.post(url, b"{}", {"content-type": "application/json"}, seconds)
    finally:
        client.close()


@contextmanager
def speaking(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that reads a request and then talks as it likes, to each connection; its port."""
    ended = threading.Event()

    def serve(server: socket.socket) -> None:
        while not ended.is_set():
            with suppress(OSError):
                opened, _ = server.accept()
                with opened, context.wrap_socket(opened, server_side=True) if context else opened as connection:
                    read_request(connection)
                    talk(connection)

    with socket.create_server((HOST, 0)) as server:
        server.settimeout(0.1)
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        ended.set()
        thread.join()


def read_request(connection: socket.socket) -> None:
    """All of it: who hangs up on what was not read cuts off its own answer."""
    request = b""
    while not request.endswith(b"{}"):
        request += connection.recv(65536)


def dripping(first: bytes, drop: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(400):
            connection.sendall(drop)
            time.sleep(ENDLESS / 400)

    return talk


def saying(text: bytes, without_end: bytes = b"") -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(text)
        while without_end:
            connection.sendall(without_end)

    return talk


def test_an_answer_is_its_status() -> None:
    with Receiver() as receiver:
        receiver.answer(503, Retry_After="7")

        assert post(receiver.url) == Answer(status=503, retry_after="7")


@pytest.mark.parametrize(("size", "connections"), [(1000, 1), (1_000_000, 3)])
def test_a_connection_is_used_again_unless_more_was_sent_than_is_read(size: int, connections: int) -> None:
    """D4.5: nobody reads on and on."""
    with Receiver() as receiver:
        client = Client(OWN, 2)
        receiver.rule = lambda _: Reply(200, body=b"x" * size)

        answers = [client.post(receiver.url, b"{}", {}, 10) for _ in range(3)]
        client.close()

        assert [answer.status for answer in answers] == [200] * 3
        assert len({request.peer for request in receiver.requests}) == connections


def test_no_cookie_of_a_receiver_comes_back_to_it() -> None:
    with Receiver() as receiver:
        client = Client(OWN, 2)
        receiver.answer(204, Set_Cookie="who=you; Path=/")

        for _ in range(2):
            client.post(receiver.url, b"{}", {}, 10)
        client.close()

        assert ["cookie" in request.headers for request in receiver.requests] == [False, False]


@pytest.mark.parametrize(
    "talk",
    [
        dripping(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        lambda connection: connection.recv(1),
    ],
    ids=["a header without end", "headers without end", "continue for ever", "silence"],
)
def test_a_server_that_takes_its_time_gets_no_more_than_the_deadline(talk: Talk) -> None:
    """E4"""
    assert 15 <= DEADLINE <= 30
    with speaking(talk) as port:
        began = time.monotonic()
        answer = post(f"http://{HOST}:{port}/", QUICK)

        assert answer == Answer(status=None, error="timeout")
        assert time.monotonic() - began < ENDLESS - 1


@pytest.mark.parametrize(
    "talk",
    [
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 900_000),
        saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
    ],
    ids=["a body without end", "a huge body", "a broken body"],
)
def test_what_follows_a_status_cannot_take_it_back_or_hold_anybody_up(talk: Talk) -> None:
    """D4.5"""
    with speaking(talk) as port:
        began = time.monotonic()

        assert post(f"http://{HOST}:{port}/", QUICK).status == 200
        assert time.monotonic() - began < ENDLESS - 1


@pytest.mark.parametrize(
    "text",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 X\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n"],
)
def test_what_is_no_http_is_a_failure(text: bytes) -> None:
    with speaking(saying(text)) as port:
        assert post(f"http://{HOST}:{port}/", QUICK) == Answer(status=None, error="connection broken")


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_what_a_server_says_before_its_answer_is_not_its_answer(interim: bytes) -> None:
    before = b"HTTP/1.1 " + interim + b"\r\nLink: </x>\r\n\r\n"
    with speaking(saying(before * 2 + b"HTTP/1.1 204 No Content\r\n\r\n")) as port:
        assert post(f"http://{HOST}:{port}/").status == 204


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_redirect_is_an_answer_and_neither_followed_nor_read_to_its_end(coding: str) -> None:
    """E4, D4.5"""
    with Receiver() as elsewhere:
        head = f"HTTP/1.1 307 Elsewhere\r\nLocation: {elsewhere.url}\r\nContent-Encoding: {coding}\r\n\r\n"
        with speaking(saying(head.encode(), without_end=b"x" * 65536)) as port:
            assert post(f"http://{HOST}:{port}/", QUICK) == Answer(status=307)
        assert elsewhere.requests == []


def test_nobody_there_is_told_in_words_of_ours() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]

    assert post(f"http://{HOST}:{port}/") == Answer(status=None, error="connection refused")
    assert post("https://no-such-host.invalid/") == Answer(status=None, error="host not found")
    assert post("https://169.254.169.254/") == Answer(status=None, error="address not permitted")
    assert post("https://10.0.0.1/") == Answer(status=None, error="address not permitted")


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{HOST}:{proxy.port}")

        assert post(receiver.url).status == 204
        assert proxy.requests == []


# TLS


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """Vouched for by this machine."""
    found = trustme.CA()
    file = tmp_path / "authority.pem"
    found.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return found


def certified(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


OK = saying(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_a_certificate_of_a_known_authority_and_the_right_name_is_trusted(authority: trustme.CA) -> None:
    context = certified(authority, "localhost")
    asked: list[str] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)

    with speaking(OK, context) as port:
        assert post(f"https://localhost:{port}/").status == 204

    assert asked == ["localhost"]


def test_a_certificate_of_somebody_else_or_for_another_name_is_not(authority: trustme.CA) -> None:
    """D4.9"""
    for context in (certified(authority, "other.example.org"), certified(trustme.CA(), "localhost")):
        with speaking(OK, context) as port:
            assert post(f"https://localhost:{port}/") == Answer(status=None, error="tls failed")


def test_a_dripping_server_behind_tls_gets_no_more_than_the_deadline_either(authority: trustme.CA) -> None:
    with speaking(dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), certified(authority, "localhost")) as port:
        began = time.monotonic()

        assert post(f"https://localhost:{port}/", QUICK) == Answer(status=None, error="timeout")
        assert time.monotonic() - began < ENDLESS - 1
