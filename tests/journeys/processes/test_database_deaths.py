"""What becomes of presses and letters when the database dies (PRODUCT 6)."""

import socket
import socketserver
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import URL, make_url, select

from newsletter import catalog
from newsletter.consent import Evidence
from newsletter.db import reader
from tests.conftest import EXAMPLE, migrate
from tests.journeys.processes.running import (
    ADA,
    GRACE,
    RECLAIMED,
    Browser,
    Page,
    installation,
    on_postgresql,
    on_sqlite,
    stop,
)
from tests.people import Inbox, People
from tests.servers import HOST, OwnPostgres, Postgres, Relay, own_postgres, spell, wait_until

SOCKET = ".s.PGSQL.5432"


@dataclass
class Load:
    """Four people's worth of sign-ups without a pause, and what each was answered."""

    browser: Browser
    consent: str
    answers: list[tuple[str, Page]] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def ask(self, name: str) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            fields = {"email": f"{name}{number}@example.org", "language": "en", "consent": self.consent}
            page = self.browser.post("/newsletters/nyhedsbrev/signups", data=fields)
            self.answers.append((fields["email"], page))
            if page.status_code == 503:
                self.over.wait(0.1)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [Thread(target=self.ask, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def wait_for(self, status: int, more: int) -> None:
        wanted = self.count(status) + more
        wait_until(lambda: self.count(status) >= wanted, f"{more} answers of {status}, after {self.count(status)}")

    def count(self, status: int) -> int:
        return sum(page.status_code == status for _, page in list(self.answers))

    def accepted(self) -> set[str]:
        return {address for address, page in self.answers if page.status_code == 303}


@pytest.fixture
def own_database() -> Iterator[OwnPostgres]:
    with own_postgres(fsync=False) as server:
        yield server


@on_sqlite
def test_a_database_that_crashes_under_load_costs_nobody_a_letter(
    own_database: OwnPostgres, make_app: Callable[..., Flask], relay: Relay
) -> None:
    url = own_database.create_database()
    migrate(url)
    with make_app(database_url=url).app_context():
        catalog.apply(EXAMPLE.read_text())
    with installation(url) as service:
        browser = service.web()
        worker = service.worker()
        load = Load(browser, service.people(browser).wordings()["newsletter"])

        with load.running():
            load.wait_for(303, 20)
            own_database.kill()
            load.wait_for(503, 10)
            assert browser.get("/health/live").status_code == 200
            assert browser.get("/health/ready").status_code == 503
            own_database.start()
            load.wait_for(303, 20)
        wait_until(lambda: load.accepted() <= set(service.relay.got), "every letter that was promised", RECLAIMED)

        assert {page.status_code for _, page in load.answers} == {303, 503}
        assert all("Retry-After" in page.headers for _, page in load.answers if page.status_code == 503)
        assert browser.get("/health/ready").status_code == 200
        assert all(process.popen.poll() is None for process in service.processes)
        assert set(Counter(service.relay.got).values()) == {1}
        assert [private for private in ("@example.org", HOST) if private in service.said()] == []

        own_database.kill()
        stop(worker)


class Wire(socketserver.ThreadingUnixStreamServer):
    """A wire to the database that breaks when the answer to one statement is on its way back."""

    daemon_threads = True

    def __init__(self, database: URL, folder: Path) -> None:
        super().__init__(str(folder / SOCKET), Connection)
        self.database, self.folder = database, folder
        self.breaks_after: bytes | None = None


class Connection(socketserver.BaseRequestHandler):
    server: Wire
    request: socket.socket

    def handle(self) -> None:
        """Carry what the client says; a thread beside carries back what the database answers."""
        self.is_broken = False
        with reached(self.server.database) as self.database:
            back = Thread(target=self.carry_back)
            back.start()
            while said := self.request.recv(1 << 16):
                if self.server.breaks_after and self.server.breaks_after in said:
                    self.server.breaks_after, self.is_broken = None, True
                self.database.sendall(said)
            self.database.shutdown(socket.SHUT_WR)
            back.join()

    def carry_back(self) -> None:
        """Until either side hangs up, however abruptly."""
        with suppress(OSError):
            while (said := self.database.recv(1 << 16)) and not self.is_broken:
                self.request.sendall(said)
            self.request.shutdown(socket.SHUT_RDWR)


def reached(database: URL) -> socket.socket:
    """The end of a wire that the server listens at: its socket in a folder, or its port."""
    if "host" not in database.query:
        return socket.create_connection((database.host or HOST, database.port or 5432))
    found = socket.socket(socket.AF_UNIX)
    found.connect(f"{database.query['host']}/{SOCKET}")
    return found


@pytest.fixture
def wire(server: Postgres) -> Iterator[Wire]:
    with tempfile.TemporaryDirectory(prefix="wire-", dir="/tmp") as folder, Wire(server.url, Path(folder)) as wire:
        thread = Thread(target=wire.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield wire
        wire.shutdown()
        thread.join()


@pytest.fixture
def wired(make_app: Callable[..., Flask], service: Flask, database_url: str, relay: Relay, wire: Wire) -> People:
    """Somebody whose service reaches its database over the wire."""
    named = make_url(database_url)
    url = URL.create(named.drivername, named.username, database=named.database, query={"host": str(wire.folder)})
    app = make_app(database_url=spell(url))
    return People(app.test_client(use_cookies=False), Inbox(app, relay))


@on_postgresql
def test_a_signup_whose_storing_was_done_but_never_heard_of_is_stored_once(
    wired: People, wire: Wire, people: People, relay: Relay
) -> None:
    wired.wordings()
    wire.breaks_after = b"INSERT INTO signups"

    assert wired.ask(ADA).status_code == 303

    assert wire.breaks_after is None
    people.inbox.work()
    assert relay.got == [ADA]


@on_postgresql
def test_a_confirmation_that_was_done_but_never_heard_of_is_done_once(
    wired: People, wire: Wire, people: People, relay: Relay
) -> None:
    people.ask(ADA)
    link = people.inbox.link(ADA)
    wire.breaks_after = b"DELETE FROM signups"

    assert wired.press(link, "confirm").status_code == 200

    assert wire.breaks_after is None
    with reader() as session:
        assert session.scalars(select(Evidence.act).order_by(Evidence.seq)).all() == [
            "signed_up",
            "letter_sent",
            "confirmed",
        ]


@on_postgresql
def test_a_letter_whose_settling_was_done_but_never_heard_of_is_sent_once(
    wired: People, wire: Wire, people: People, relay: Relay
) -> None:
    people.ask_each(ADA, GRACE)
    wire.breaks_after = b"SET state = 'sent'"

    with wired.inbox.app.app_context():
        wired.inbox.work()

    assert wire.breaks_after is None
    assert relay.got == [ADA, GRACE]
