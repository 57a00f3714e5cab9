"""The sample clients, each run against the service itself (PRODUCT 4.10, CONNECTORS 6)."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.people import People
from tests.servers import HOST
from tests.tools import Tools, erase, rename

ROOT = Path(__file__).parents[2]


class Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Not into the tests' output."""


@pytest.fixture
def url(service: Flask) -> Iterator[str]:
    """The service over HTTP."""
    server = make_server(HOST, 0, service, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(url: str, service: Flask, tmp_path: Path) -> Mapping[str, str]:
    made = service.test_cli_runner().invoke(args=["keys", "create", "example", "--scope", "feed:read"])
    return {
        "API": f"{url}/api/v1/newsletters/nyhedsbrev",
        "KEY": made.stdout.splitlines()[-1],
        "LIST": str(tmp_path / "list.db"),
        "PATH": os.environ["PATH"],
    }


def run(name: str, environment: Mapping[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    program = ROOT / "examples" / name
    return subprocess.run(
        [sys.executable, "-I", program, *args], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def kept(environment: Mapping[str, str], columns: str = "email, status") -> dict[str, str]:
    with closing(sqlite3.connect(environment["LIST"])) as connection:
        return dict(connection.execute(f"SELECT {columns} FROM contacts"))  # noqa: S608


def test_a_copy_is_kept_by_asking_what_has_changed(environment: Mapping[str, str], people: People) -> None:
    people.subscribe("ada@example.org", "grace@example.org", "hedy@example.org")
    people.leave("grace@example.org")
    assert run("pull_changes.py", environment, "--once").returncode == 0
    assert kept(environment) == {
        "ada@example.org": "subscribed",
        "grace@example.org": "unsubscribed",
        "hedy@example.org": "subscribed",
    }

    erase("hedy@example.org")
    rename("ada@example.org", "Ada")
    assert run("pull_changes.py", environment, "--once").returncode == 0

    assert kept(environment) == {"ada@example.org": "subscribed", "grace@example.org": "unsubscribed"}
    assert json.loads(kept(environment, "email, contact")["ada@example.org"])["fields"] == {"first_name": "Ada"}


def test_a_copy_that_was_lost_is_made_anew_from_the_beginning(environment: Mapping[str, str], people: People) -> None:
    people.subscribe("ada@example.org", "hedy@example.org")
    erase("hedy@example.org")

    assert run("pull_changes.py", environment, "--once").returncode == 0

    assert kept(environment) == {"ada@example.org": "subscribed"}


def test_the_whole_list_replaces_the_old_one(environment: Mapping[str, str], people: People) -> None:
    people.subscribe("ada@example.org")
    assert run("full_sync.py", environment).returncode == 0
    people.leave("ada@example.org")
    people.subscribe("grace@example.org")

    told = run("full_sync.py", environment)

    assert list(kept(environment, "email, id")) == ["grace@example.org"]
    assert told.stdout.startswith("1 contacts; changes go on after ")


def test_a_stream_that_broke_off_replaces_nothing(environment: Mapping[str, str], people: People) -> None:
    people.subscribe("ada@example.org")
    run("full_sync.py", environment)
    with Half(2) as half:
        told = run("full_sync.py", {**environment, "API": half.url})

    assert told.returncode == 1
    assert "nothing was changed" in told.stderr
    assert list(kept(environment, "email, id")) == ["ada@example.org"]


class Half:
    """A service whose streams lack their end."""

    def __init__(self, lines: int) -> None:
        body = b"".join(json.dumps({"id": str(n), "email": f"{n}@example.org"}).encode() + b"\n" for n in range(lines))

        def serve(_: object, start_response: object) -> list[bytes]:
            start_response("200 OK", [("Content-Type", "application/x-ndjson")])  # type: ignore[operator]
            return [body]

        self.server = make_server(HOST, 0, serve, request_handler=Silent)  # type: ignore[arg-type]
        self.url = f"http://{HOST}:{self.server.server_port}"

    def __enter__(self) -> "Half":
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.mark.parametrize("dialect", ["", 'dialect = "excel"\n'])
def test_files_are_picked_up_when_they_are_whole(
    environment: Mapping[str, str], tools: Tools, people: People, tmp_path: Path, dialect: str
) -> None:
    folder = tmp_path / "dropped"
    folder.mkdir()
    here = {**environment, "FOLDER": str(folder)}
    assert run("pick_up_files.py", here).returncode == 1
    people.subscribe("ada@example.org", tracking=True)
    tools.declare(f'[files]\nkind = "folder"\nnewsletter = "nyhedsbrev"\nfolder = "{folder}"\n{dialect}')
    tools.push()

    told = run("pick_up_files.py", here)
    assert told.stdout.startswith("1 contacts of ")
    assert kept(here, "email, tracking") == {"ada@example.org": "true"}

    [file] = folder.glob("*.csv")
    file.write_bytes(file.read_bytes()[:-1])
    assert "nothing was changed" in run("pick_up_files.py", here).stderr
    assert kept(here, "email, tracking") == {"ada@example.org": "true"}
