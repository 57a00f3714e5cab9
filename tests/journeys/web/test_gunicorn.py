"""The web processes as production runs them: two workers whose figures add up, and no start with what cannot work."""

from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, create_connection, socket
from tempfile import TemporaryDirectory

import flask_migrate
import pytest

from newsletter import catalog, commands, db
from newsletter.app import create_app
from tests.conftest import EXAMPLE, ROOT, settings_for
from tests.journeys.web.serving import GUNICORN, get, web
from tests.servers import HOST, PATIENCE, free_port, run_process, wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing here depends on its kind
TOKEN, KEY = b"3fa9c106h225v4f7os5p7rvkhm3i3j.secret-of-a-link", b"nlk_06h225v4f7os5p7rvkhm3i3j_secret-of-a-client"
MARK = b"06h225v4f7os5p7rvkhm3i3j.awqXag." + b"secret-of-a-browser".ljust(43, b"_")
SPOILT = (
    b"GET confirm/" + TOKEN + b" HTTP/1.1",
    b"GET / HTTP/1.1\r\nAuthorization Bearer " + KEY,
    b"GET / HTTP/1.1\r\nCookie __Host-signup=" + MARK,
    b"email=grace%40example.org&consent=x",
    b"GET /manage?email=grace@example.org\xff HTTP/1.1",
)


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


def test_who_asks_is_answered_although_no_line_can_be_written(environment: dict[str, str]) -> None:
    port = free_port()
    full = ("sh", "-c", 'exec "$0" "$@" 2> /dev/full', *GUNICORN, "--bind", f"{HOST}:{port}")
    with run_process(full, environment, port=port, cwd=ROOT):
        assert "</html>" in get(port, "/privacy")
        with create_connection((HOST, port), timeout=PATIENCE) as caller:
            caller.sendall(SPOILT[0] + b"\r\n\r\n")
            assert b" 400 " in caller.recv(100)


def test_a_proxy_on_the_same_machine_may_reach_it_by_a_socket_that_is_a_file(environment: dict[str, str]) -> None:
    """Several workers share it: the kernel lets none of them have one of its own, as they have with a port."""
    with TemporaryDirectory(prefix="web-", dir="/tmp") as folder:  # a socket's path must be short
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
