"""The web processes as production runs them: two workers whose figures add up, and no start with what cannot work."""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from socket import AF_UNIX, SHUT_WR, create_connection, socket
from tempfile import TemporaryDirectory

import flask_migrate
import pytest
from flask import Flask

from newsletter import catalog, commands, db
from newsletter.app import create_app
from tests.conftest import EXAMPLE, ROOT, settings_for, variables_for
from tests.servers import HOST, PATIENCE, Process, Relay, free_port, run_process, wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing here depends on its kind
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")


@pytest.fixture
def environment(service: Flask, database_url: str, tmp_path: Path, relay: Relay) -> dict[str, str]:
    """What the service reads; its temporary files go to a folder that we can look into."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    return variables_for(database_url, relay.url, TMPDIR=str(temporary))


FORM = b"application/x-www-form-urlencoded"
TOKEN, KEY = b"3fa9c106h225v4f7os5p7rvkhm3i3j.secret-of-a-link", b"nlk_06h225v4f7os5p7rvkhm3i3j_secret-of-a-client"
MARK = b"06h225v4f7os5p7rvkhm3i3j.awqXag." + b"secret-of-a-browser".ljust(43, b"_")
SPOILT = (
    b"GET confirm/" + TOKEN + b" HTTP/1.1",
    b"GET / HTTP/1.1\r\nAuthorization Bearer " + KEY,
    b"GET / HTTP/1.1\r\nCookie __Host-signup=" + MARK,
    b"email=grace%40example.org&consent=x",
    b"GET /manage?email=grace@example.org\xff HTTP/1.1",
)


@contextmanager
def web(environment: Mapping[str, str], port: int) -> Iterator[Process]:
    with run_process([*GUNICORN, "--bind", f"{HOST}:{port}"], environment, port=port, cwd=ROOT) as process:
        yield process


def get(port: int, path: str) -> str:
    connection = HTTPConnection(HOST, port, timeout=PATIENCE)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def lives(port: int) -> int:
    told = re.search(r'newsletter_http_requests_total\{.*"/health/live".*\} (\S+)', get(port, "/metrics"))
    return int(float(told[1])) if told else 0


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_figures_of_all_workers_add_up_and_outlive_a_worker(environment: dict[str, str]) -> None:
    port = free_port()
    with web(environment, port) as process:
        wait_until(lambda: len(children(process.pid)) == 2, "two workers")
        before = lives(port)
        for _ in range(20):
            get(port, "/health/live")
        assert lives(port) == before + 20

        killed = children(process.pid)[0]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: killed not in children(process.pid) and len(children(process.pid)) == 2, "a new worker")

        assert lives(port) == before + 20


def test_the_server_tells_neither_its_version_nor_how_it_was_made(environment: dict[str, str]) -> None:
    """D3.10"""
    port = free_port()
    with web(environment, port):
        connection = HTTPConnection(HOST, port, timeout=PATIENCE)
        for path in ("/console", "/.git/HEAD", "/static/../wsgi.py", "/newsletters/nyhedsbrev?__debugger__=yes"):
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.getheader("Server") == "gunicorn"
            assert answer.status == (200 if "?" in path else 404)
            assert "debugger" not in text.lower()
        connection.close()


def test_nothing_is_left_in_the_folder_for_temporary_files(environment: dict[str, str]) -> None:
    port, temporary = free_port(), Path(environment["TMPDIR"])
    with web(environment, port) as process:
        get(port, "/health/live")
        assert list(temporary.iterdir())
        process.popen.terminate()
        assert process.popen.wait(PATIENCE) == 0

    assert list(temporary.iterdir()) == []


def test_every_line_is_json_and_quotes_no_address(environment: dict[str, str]) -> None:
    port = free_port()
    with web(environment, port) as process:
        for _ in range(20):
            get(port, "/health/live")
        for spoilt in SPOILT:
            with create_connection((HOST, port), timeout=PATIENCE) as caller:
                caller.sendall(spoilt + b"\r\n\r\n")
                assert b" 400 " in caller.recv(100)
        wait_until(lambda: process.output().count("Invalid request") == len(SPOILT), "the server's own lines")
        said = process.output()

    assert "secret-of" not in said
    assert "grace" not in said  # which no hexadecimal id can spell
    assert not [line for line in said.splitlines() if "Invalid request" in line and "request_id" in line]
    assert all(line.startswith('{"') for line in said.splitlines())
    assert HOST not in said


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


def test_a_proxy_on_the_same_machine_may_reach_it_by_a_socket_that_is_a_file(environment: dict[str, str]) -> None:
    """Several workers share it: the kernel lets none of them have one of its own, as they have with a port."""
    with TemporaryDirectory(prefix="web-") as folder:
        path = f"{folder}/socket"
        with run_process([*GUNICORN, "--bind", f"unix:{path}"], environment, cwd=ROOT):
            wait_until(lambda: answers(path), "an answer on the socket")


def answers(path: str) -> bool:
    with socket(AF_UNIX) as caller, suppress(OSError):
        caller.connect(path)
        caller.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return caller.recv(100).startswith(b"HTTP/1.1 200")
    return False


def test_no_second_service_gets_a_part_of_the_visitors(environment: dict[str, str]) -> None:
    """The kernel would let both of one user listen."""
    port = free_port()
    second = [*GUNICORN, "--bind", f"{HOST}:{port}"]
    with web(environment, port), run_process(second, environment, cwd=ROOT) as process:
        wait_until(lambda: process.popen.poll() is not None, "gunicorn to give up")

        assert "Address already in use." in process.output()


def test_a_service_whose_database_has_no_tables_yet_starts_and_says_it_is_not_ready(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    with web({**environment, "NEWSLETTER_DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}, port):
        assert "older than this release" in get(port, "/health/ready")
        migrate(f"sqlite:///{tmp_path}/empty.db")

        assert get(port, "/health/ready") == '{"status":"ready"}\n'


def migrate(url: str) -> None:
    app = create_app(settings_for(url))
    commands.init_app(app)
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        catalog.apply(EXAMPLE.read_text())
        db.db.engine.dispose()
