"""A service of several processes as they run in production, and what a person sees of it through a socket."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPResponse
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.config import SecretKey
from tests.conftest import ROOT, variables_for
from tests.people import Inbox, People
from tests.servers import HOST, PATIENCE, Process, Relay, free_port, run_process, wait_until

ADA, GRACE = "ada@example.org", "grace@example.org"
FLASK = (sys.executable, "-m", "flask")
LATER = """
from datetime import UTC, datetime, timedelta
import time_machine
from flask.cli import main
time_machine.travel(datetime.now(UTC) + timedelta(seconds=45), tick=True).start()
main()
"""
FLASK_LATER = (sys.executable, "-c", LATER)
"""A command whose clock is so far ahead that whatever others claim, they claimed too long ago."""
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")
RECLAIMED = 45 + PATIENCE  # seconds; 45 are promised, and then the letters are still to be sent
NEW_KEY = SecretKey(secret="a newer secret that nobody else has either")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class Page:
    status_code: int
    headers: Mapping[str, str]
    text: str

    def get_json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Browser:
    """As much of Flask's test client as people need, over HTTP."""

    port: int

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Page:
        return self.send("GET", path, None, headers or {})

    def post(self, path: str, data: Mapping[str, Any] | None = None, json: Any = None) -> Page:
        if data is not None:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            return self.send("POST", path, urlencode(data, doseq=True), form)
        return self.send("POST", path, self.packed(json), {"Content-Type": "application/json"})

    def packed(self, body: Any) -> str:
        return json.dumps(body)

    def send(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Page:
        connection = HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers))
            answer: HTTPResponse = connection.getresponse()
            return Page(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()


class Mailbox(Inbox):
    """Mail that a worker of its own brings."""

    def work(self) -> None:
        """Somebody else does."""

    def arrived(self, address: str) -> list[EmailMessage]:
        wait_until(lambda: address in self.relay.got, f"a letter to {address}")
        return super().arrived(address)


@dataclass
class Service:
    """One installation: its settings, its relay, and the processes that were started of it."""

    environment: dict[str, str]
    relay: Relay
    stack: ExitStack
    processes: list[Process] = field(default_factory=list)

    def web(self) -> Browser:
        port = free_port()
        self.start([*GUNICORN, "--bind", f"{HOST}:{port}"], port)
        return Browser(port)

    def worker(self, command: Sequence[str] = FLASK) -> Process:
        process = self.start([*command, "worker"])
        wait_until(lambda: "worker started" in process.output(), "a worker")
        return process

    def start(self, args: Sequence[str], port: int | None = None) -> Process:
        process = self.stack.enter_context(run_process(args, self.environment, port=port, cwd=ROOT))
        self.processes.append(process)
        return process

    def command(self, *words: str, **settings: str | None) -> tuple[int, str]:
        """The exit code of `flask ...`, and what it printed, with some settings changed or taken away."""
        return ran([*FLASK, *words], self.environment, settings)

    def people(self, browser: Browser) -> People:
        return People(cast(FlaskClient, browser), Mailbox(cast(Flask, None), self.relay))

    def said(self) -> str:
        return "".join(process.output() for process in self.processes)


def ran(args: Sequence[str], environment: Mapping[str, str], settings: Mapping[str, str | None]) -> tuple[int, str]:
    changed = {name: value for name, value in {**environment, **settings}.items() if value is not None}
    with run_process(args, changed, cwd=ROOT) as process:
        wait_until(lambda: process.popen.poll() is not None, f"{' '.join(args[2:])} to end")
        return process.popen.returncode, process.output()


def environment_for(database_url: str, relay: Relay) -> dict[str, str]:
    """A crowd signs up there from one address."""
    return variables_for(database_url, relay.url, NEWSLETTER_LIMIT_SOURCE="")


def readers(number: int, name: str = "reader") -> list[str]:
    return [f"{name}{n}@example.org" for n in range(number)]


class Unhurried(Relay):
    """Takes its time over each letter, so that there is a middle to be killed in."""

    def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> Any:
        if verb in ("RCPT", "DATA", "TAKEN"):
            time.sleep(0.01)
        return super().reply_to(verb, argument, recipients)


@contextmanager
def installation(url: str) -> Iterator[Service]:
    with Unhurried() as relay, ExitStack() as stack:
        yield Service(environment_for(url, relay), relay, stack)


def stop(worker: Process) -> None:
    """Told to end, it does, in good order and within seconds."""
    worker.popen.terminate()
    assert worker.popen.wait(20) == 0, worker.output()
    assert "worker stopped" in worker.output()
