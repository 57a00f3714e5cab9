"""Who calls a web process by itself, without a proxy that reads for it, keeps nobody else waiting."""

import json
from contextlib import ExitStack, suppress
from functools import partial
from http.client import HTTPResponse
from socket import SHUT_WR, SO_RCVBUF, SOL_SOCKET, create_connection, socket

import pytest

from tests.journeys.web.serving import get, web
from tests.servers import HOST, PATIENCE, free_port, wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing here depends on its kind
FORM = b"application/x-www-form-urlencoded"


def test_what_is_no_request_is_answered_as_all_else_is(environment: dict[str, str]) -> None:
    """PRODUCT 5.2, D2: errors everywhere are problem+json, and bear the headers that every answer bears."""
    port = free_port()
    fields = b"".join(b"X-%d: a\r\n" % number for number in range(70))
    unreadable = {b"nonsense": 400, b"GET /%s HTTP/1.1" % (b"a" * 5000): 414, b"GET / HTTP/1.1\r\n" + fields[:-2]: 431}
    post = b"POST / HTTP/1.1\r\nHost: x\r\n"
    unreadable |= {post + b"Expect: miracles": 417, post + b"Transfer-Encoding: br": 501}
    with web(environment, port):
        usual = set(parsed(port, b"GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: close").headers)
        for head, status in unreadable.items():
            answer = parsed(port, head)
            assert usual - {"Server", "Date"} == set(answer.headers), head[:20]
            assert answer.headers["Content-Type"] == "application/problem+json"
            told = json.loads(answer.read())
            assert (answer.status, told["status"], told["type"]) == (status, status, "about:blank")
        assert 'newsletter_http_requests_total{method="other",route="none",status="431"} 1.0' in get(port, "/metrics")


def parsed(port: int, head: bytes) -> HTTPResponse:
    with create_connection((HOST, port), timeout=PATIENCE) as caller:
        caller.sendall(head + b"\r\n\r\n")
        answer = HTTPResponse(caller)
        answer.begin()
        return answer


def test_who_says_nothing_keeps_nobody_waiting(environment: dict[str, str]) -> None:
    """Eight threads that gave each of the silent five seconds would be busy for longer than anybody here waits."""
    port = free_port()
    with web(environment, port), ExitStack() as silent:
        for _ in range(160):
            silent.enter_context(create_connection((HOST, port), timeout=PATIENCE))
        for _ in range(8):
            assert "live" in get(port, "/health/live")


def test_who_reads_none_of_its_answers_keeps_nobody_waiting_for_long(environment: dict[str, str]) -> None:
    """It asks for far more than a connection holds, and needs no key for it. Here there is one thread to be kept."""
    port = free_port()
    with web(environment, port, "--workers=1", "--threads=1"), socket() as caller:
        caller.setsockopt(SOL_SOCKET, SO_RCVBUF, 1)
        caller.connect((HOST, port))
        caller.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 80)
        wait_until(lambda: not is_quick(port), "the thread to be kept")

        assert "live" in get(port, "/health/live")


def is_quick(port: int) -> bool:
    with suppress(TimeoutError), create_connection((HOST, port), timeout=2) as caller:
        caller.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        return caller.recv(1) != b""
    return False


def test_a_body_whose_chunks_are_none_or_whose_rest_is_missing_is_a_clients_fault(environment: dict[str, str]) -> None:
    """PRODUCT 7: never 500, wherever the body is read, and no fault of ours in the log."""
    port = free_port()
    with web(environment, port) as process:
        for path, kind in (("/newsletters/nyhedsbrev/signups", b"application/json"), ("/confirm/x", FORM)):
            for chunks in (b"zz\r\n", b"5\r\nhelloXX0\r\n\r\n", b"5\r\nhello\r\n0\r\nno trailer\r\n\r\n"):
                head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n" % (path.encode(), kind)
                with create_connection((HOST, port), timeout=PATIENCE) as caller:
                    caller.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
                    assert b" 400 " in caller.recv(100), (path, chunks)
            with create_connection((HOST, port), timeout=PATIENCE) as caller:
                half = b"email=ada%40example.co" if kind == FORM else b'{"email": "ada@example.org"}'
                caller.sendall(head + b"Content-Length: 1000\r\n\r\n" + half)
                caller.shutdown(SHUT_WR)
                assert b" 400 " in caller.recv(100), (path, "half a body")
        with create_connection((HOST, port), timeout=PATIENCE) as caller:
            caller.sendall(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
            assert b"".join(iter(partial(caller.recv, 4096), b"")).count(b"HTTP/1.1 ") == 1
        assert "unexpected fault" not in process.output()
