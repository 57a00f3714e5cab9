"""Connectors in workers as they run in production: killed, hanging, beside letters (PRODUCT 4.10, 6)."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest
from flask import Flask

from tests.conftest import ROOT, variables_for
from tests.journeys.processes.running import FLASK, FLASK_LATER, ran
from tests.listmonk import Listmonk
from tests.people import People
from tests.servers import Process, Relay, run_process, wait_until
from tests.sftp import SFTP, Server
from tests.tools import contact_of

DECLARED = """
[{name}]
kind = "listmonk"
newsletter = "nyhedsbrev"
url = "{url}"
user = "newsletter"
list = 3
"""
AT_ONCE = 15.0  # seconds on a busy machine; a second or two on an idle one


@pytest.fixture
def worker(service: Flask, database_url: str, relay: Relay, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """A worker process with connectors to these tools, by their names."""
    with ExitStack() as stack:

        def start(command: Sequence[str] = FLASK, **tools: Listmonk) -> Process:
            file = tmp_path / "connectors.toml"
            file.write_text("".join(DECLARED.format(name=name, url=tool.url) for name, tool in tools.items()))
            environment = variables_for(
                database_url,
                relay.url,
                NEWSLETTER_CONNECTORS=str(file),
                NEWSLETTER_CONNECTOR_SECRETS=" ".join(f"{name}={tool.token}" for name, tool in tools.items()),
                NEWSLETTER_PRIVATE_TARGETS="127.0.0.0/8",
            )
            process = stack.enter_context(run_process([*command, "worker"], environment, cwd=ROOT))
            wait_until(lambda: "worker started" in process.output(), "a worker")
            return process

        yield start


def wait_for(event: Event) -> None:
    assert event.wait(30)


def test_a_tool_that_hangs_delays_neither_letters_nor_another_tool(
    worker: Callable[..., Process], listmonk: Listmonk, people: People, relay: Relay
) -> None:
    people.subscribe("ada@example.org")
    letters = len(relay.letters)
    go_on = Event()
    with Listmonk() as slow:
        slow.before = lambda _: wait_for(go_on)
        worker(slow=slow, quick=listmonk)
        wait_until(lambda: bool(slow.heard), "the slow tool to be asked")

        people.ask("grace@example.org")
        wait_until(lambda: len(relay.letters) > letters, "a letter", AT_ONCE)
        wait_until(lambda: listmonk.mailed() == {"ada@example.org"}, "the quick tool to know", AT_ONCE)
        began = time.monotonic()
        people.leave("ada@example.org")
        wait_until(lambda: listmonk.mailed() == set(), "the withdrawal to be there", AT_ONCE)

        assert time.monotonic() - began < AT_ONCE
        assert slow.subscribers == {}
        go_on.set()


def test_what_a_killed_worker_was_about_is_done_by_another_one(
    worker: Callable[..., Process], listmonk: Listmonk, people: People
) -> None:
    """Killed while the tool is at it, and told again: the tool holds each person once.

    The other one comes when the lease of the first is over.
    """
    people.subscribe("ada@example.org", "grace@example.org", "hedy@example.org")
    taken, go_on = Event(), Event()

    def hold(request: str) -> None:
        if request == "POST /api/subscribers":
            taken.set()
            go_on.wait(30)

    listmonk.before = hold
    first = worker(listmonk=listmonk)
    assert taken.wait(30)
    first.kill()
    go_on.set()

    worker(FLASK_LATER, listmonk=listmonk)
    everybody = {f"{name}@example.org" for name in ("ada", "grace", "hedy")}
    wait_until(lambda: listmonk.mailed() == everybody, "everybody to be there")

    assert len(listmonk.subscribers) == 3
    attributes = [one["attribs"]["nyhedsbrev"]["id"] for one in listmonk.subscribers.values()]
    assert set(attributes) == {contact_of(address)["id"] for address in everybody}


def test_a_check_of_an_sftp_server_says_its_answer_alone(
    service: Flask, database_url: str, relay: Relay, tmp_path: Path
) -> None:
    with Server(tmp_path) as server:
        file = tmp_path / "connectors.toml"
        file.write_text(SFTP.format(url=server.url, known_hosts=server.known_hosts(tmp_path)))
        environment = variables_for(
            database_url,
            relay.url,
            NEWSLETTER_CONNECTORS=str(file),
            NEWSLETTER_CONNECTOR_SECRETS=f"files={server.password}",
            NEWSLETTER_PRIVATE_TARGETS="127.0.0.0/8",
        )
        code, said = ran([*FLASK, "feed", "check", "files"], environment, {})

    assert (code, said) == (0, "files: the tool is as it must be.\n")
