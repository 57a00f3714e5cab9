"""Web and worker as they run in production, and what becomes of letters when one of them or the database dies.

What happens here happens to real processes; what is known of them is what they answer, print and mail (PRODUCT 6).
"""

import json
import os
import random
import re
import shutil
import signal
import socket
import socketserver
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL, make_url, select

from newsletter import catalog
from newsletter.config import SecretKey
from newsletter.consent import Evidence
from newsletter.db import reader
from tests.conftest import EXAMPLE, ROOT, SECRET, migrate
from tests.people import Inbox, People, later
from tests.servers import (
    HOST,
    Fate,
    OwnPostgres,
    Postgres,
    Process,
    Relay,
    free_port,
    own_postgres,
    run_process,
    spell,
    wait_until,
)

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
REFUSED = (*GUNICORN, "--bind", f"{HOST}:0")
"""It looks at its port first, and somebody may be at home on the usual one."""
SOCKET = ".s.PGSQL.5432"
RECLAIMED = 50.0  # seconds; 45 are promised, and then the letters are still to be sent
NEW_KEY = SecretKey(secret="a newer secret that nobody else has either")


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


# What a person sees through a socket


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
        connection = HTTPConnection(HOST, self.port, timeout=20)
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

    def letters(self, address: str) -> list[EmailMessage]:
        wait_until(lambda: address in got(self.relay), f"a letter to {address}")
        return super().letters(address)


def got(relay: Relay) -> list[str]:
    return [letter.recipients[0] for letter in relay.letters]


# A service of several processes


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
    return {
        "PATH": os.environ["PATH"],
        "NEWSLETTER_DATABASE_URL": database_url,
        "NEWSLETTER_SECRET_KEYS": SECRET.secret,
        "NEWSLETTER_PUBLIC_URL": "http://localhost",
        "NEWSLETTER_CATALOG": str(EXAMPLE),
        "NEWSLETTER_SMTP_URL": relay.url,
        "NEWSLETTER_LIMIT_SOURCE": "",
    }


@pytest.fixture
def installed(service: Flask, database_url: str, relay: Relay) -> Iterator[Service]:
    """The catalogue is in force, and nothing runs yet."""
    with ExitStack() as stack:
        yield Service(environment_for(database_url, relay), relay, stack)


def kill(process: Process) -> None:
    """As if somebody had pulled the plug of the whole process group."""
    os.killpg(process.pid, signal.SIGKILL)
    process.popen.wait(10)


def readers(number: int, name: str = "reader") -> list[str]:
    return [f"{name}{n}@example.org" for n in range(number)]


# A whole journey


def test_from_the_form_to_the_list_and_out_again(installed: Service) -> None:
    """D3.7: who has not confirmed is in no list."""
    browser = installed.web()
    installed.worker()
    people = installed.people(browser)
    assert installed.command("keys", "list") == (0, "")  # nor a word on standard error
    key = installed.command("keys", "create", "markomi", "--scope", "feed:read")[1].splitlines()[-1]

    def listed() -> list[str]:
        answer = browser.get("/api/v1/newsletters/nyhedsbrev/contacts", {"Authorization": f"Bearer {key}"})
        return [contact["email"] for contact in answer.get_json()["items"]]

    assert people.ask(ADA, first_name="Ada").status_code == 303
    assert people.ask_by_script(GRACE).status_code == 202
    assert listed() == []
    assert people.confirm(ADA).status_code == 200
    assert people.confirm(GRACE).status_code == 200
    assert sorted(listed()) == [ADA, GRACE]
    assert people.leave(ADA).status_code == 200
    assert listed() == [GRACE]


def test_a_letter_reaches_the_relay_within_two_seconds_of_the_signup(installed: Service) -> None:
    people = installed.people(installed.web())
    installed.worker()
    waits = []

    for number, address in enumerate(readers(10), 1):
        assert people.ask(address).status_code == 303
        asked_at = time.monotonic()
        installed.relay.wait_for_letters(number)
        waits.append(time.monotonic() - asked_at)

    assert median(waits) < 2


@on_postgresql
def test_no_line_of_any_process_names_an_address_a_token_or_an_ip(installed: Service) -> None:
    """D1.6, D2.2: nor a key of the ring."""
    browser = installed.web()
    installed.worker()
    people, relay = installed.people(browser), installed.relay
    relay.answer("RCPT", f"550 5.7.1 <{GRACE}>: relaying denied for {HOST}", to=GRACE, times=1)
    relay.answer("RCPT", f"451 4.7.1 <{ADA}>: greylisted, {HOST}", to="greylisted@example.org")

    people.subscribe(ADA)
    confirm, unsubscribe = people.inbox.link(ADA), people.unsubscribe_link(ADA)
    people.leave(ADA)
    for address in ("greylisted@example.org", GRACE, "no address@", "=ada@example.org"):
        people.ask(address)
    for path in (f"{confirm}x", f"/nowhere/{ADA}", f"{unsubscribe}/{ADA}", f"/api/v1/contacts/{ADA}?token={confirm}"):
        browser.get(path)
        browser.post(path, data={"email": ADA, "nonce": confirm})
    with socket.create_connection((HOST, browser.port), timeout=10) as raw:
        raw.sendall(f"GET {confirm} HTTP/9\r\nX-Forwarded-For: 203.0.113.7, {ADA}\r\n\r\n".encode())
        raw.recv(100)
    wait_until(lambda: installed.said().count("letter not accepted") >= 2, "the relay's refusals")

    assert private_in(installed, confirm, unsubscribe) == []


def private_in(installed: Service, *links: str) -> list[str]:
    said = installed.said()
    assert said.replace(" ", "").count('"event":"request"') > 5
    tokens = [link.rpartition("/")[2] for link in links]
    signatures = [token.rpartition(".")[2] for token in tokens]
    private = ("@example.org", HOST, "203.0.113.7", SECRET.secret, *tokens, *signatures)
    return [each for each in private if each in said]


# Processes that die


def test_what_was_answered_survives_the_sudden_death_of_the_web(installed: Service) -> None:
    browser = installed.web()
    web = installed.processes[-1]
    accepted: list[str] = []

    def ask_on(part: str) -> None:
        people = installed.people(browser)
        wordings = people.wordings()
        for address in readers(1000, part):
            try:
                fields = {"email": address, "language": "en", "consent": wordings["newsletter"]}
                assert browser.post("/newsletters/nyhedsbrev/signups", data=fields).status_code == 303
            except (OSError, HTTPException):
                return
            accepted.append(address)

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask_on, part) for part in "abcd"]
        wait_until(lambda: len(accepted) > 40, "some sign-ups")
        kill(web)
        for done in asking:
            done.result()
    assert installed.command("worker", "--once")[0] == 0

    arrived = Counter(got(installed.relay))
    assert set(accepted) <= set(arrived)
    assert set(arrived.values()) == {1}


class Unhurried(Relay):
    """Takes its time over each letter, so that there is a middle to be killed in."""

    def reply_to(self, verb: str, argument: str, recipients: Sequence[str]) -> Any:
        if verb in ("RCPT", "DATA", "TAKEN"):
            time.sleep(0.01)
        return super().reply_to(verb, argument, recipients)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Unhurried() as running:
        yield running


@contextmanager
def installation(url: str) -> Iterator[Service]:
    with Unhurried() as relay, ExitStack() as stack:
        yield Service(environment_for(url, relay), relay, stack)


@pytest.fixture
def both(
    make_app: Callable[..., Flask], server: Postgres, migrated_sqlite: Path, migrated_postgresql: str, tmp_path: Path
) -> Iterator[list[tuple[Service, People]]]:
    """An installation over each database, with somebody who asks. They wait at the same time."""
    file = tmp_path / "second.db"
    shutil.copy(migrated_sqlite, file)
    with ExitStack() as stack:
        found = []
        for url in (f"sqlite:///{file}", server.create_database(template=migrated_postgresql)):
            app = make_app(database_url=url, limit_source=())
            with app.app_context():
                catalog.apply(EXAMPLE.read_text())
            service = stack.enter_context(installation(url))
            found.append((service, People(app.test_client(use_cookies=False), Inbox(app, service.relay))))
        yield found


@on_sqlite
def test_workers_that_are_killed_or_stand_still_lose_no_letter(both: list[tuple[Service, People]]) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(survive, *one) for one in both]:
            done.result()


def survive(service: Service, people: People) -> None:
    """Sixty letters in four bursts. In each, a worker dies or stands still at some moment, and another comes.

    Who stands still within a transaction keeps SQLite's one lock until it goes on, so there the last one dies, too.
    """
    stands_still = service.environment["NEWSLETTER_DATABASE_URL"].startswith("postgresql")
    crew, relay, chance = [service.worker(), service.worker()], service.relay, random.Random()
    asked = []
    for burst in range(4):
        before = len(relay.letters)
        asked += ask(people, readers(15, f"burst{burst}-"))
        relay.wait_for_letters(before + 1)
        time.sleep(chance.uniform(0, 0.5))  # the moment that the worker meets its fate at
        victim = crew.pop(0)
        os.killpg(victim.pid, signal.SIGSTOP if burst == 3 and stands_still else signal.SIGKILL)
        crew.append(service.worker())
    wait_until(lambda: set(got(relay)) == set(asked), "every letter", RECLAIMED)
    for worker in crew:
        stop(worker)
    if stands_still:
        os.killpg(victim.pid, signal.SIGCONT)
        asked += ask(people, [ADA])
        wait_until(lambda: ADA in got(relay), "the letter of the worker that had stood still")
        stop(victim)

    assert sorted(set(got(relay))) == sorted(asked)
    assert len({letter.message["Message-ID"] for letter in relay.letters}) == len(asked)
    assert len(relay.letters) - len(asked) <= 4


def ask(people: People, addresses: Sequence[str]) -> Sequence[str]:
    for address in addresses:
        assert people.ask(address).status_code == 303
    return addresses


def stop(worker: Process) -> None:
    """Told to end, it does, in good order and within seconds."""
    worker.popen.terminate()
    assert worker.popen.wait(10) == 0, worker.output()
    assert "worker stopped" in worker.output()


@on_sqlite
@pytest.mark.parametrize("silent", ["CONNECT", "RCPT"])
def test_a_worker_that_is_told_to_stop_does_not_wait_for_a_silent_relay(installed: Service, silent: str) -> None:
    people = installed.people(installed.web())
    installed.relay.answer(silent, Fate.HANG, times=1)
    worker = installed.worker()
    people.ask(ADA)
    wait_until(lambda: any(line.startswith(silent) for line in installed.relay.heard), "the relay to be asked")

    stop(worker)

    assert "told to stop" in installed.command("letters", "status")[1] or silent == "RCPT"
    installed.command("letters", "resume")
    installed.command("letters", "retry")
    assert installed.command("worker", "--once")[0] == 0
    assert got(installed.relay) == [ADA]


@on_postgresql
def test_a_worker_that_is_told_to_stop_does_so_at_once_and_gives_back_the_rest(
    installed: Service, people: People, make_app: Callable[..., Flask]
) -> None:
    asking = People(make_app(limit_source=()).test_client(use_cookies=False), people.inbox)
    ask(asking, readers(40))

    worker = installed.worker()
    installed.relay.wait_for_letters(3)
    stop(worker)
    left = 40 - len(installed.relay.letters)
    assert installed.command("worker", "--once")[0] == 0

    assert left > 10
    assert sorted(got(installed.relay)) == sorted(readers(40))


# A database that dies


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
        wait_until(lambda: load.accepted() <= set(got(service.relay)), "every letter that was promised", RECLAIMED)

        assert {page.status_code for _, page in load.answers} == {303, 503}
        assert all("Retry-After" in page.headers for _, page in load.answers if page.status_code == 503)
        assert browser.get("/health/ready").status_code == 200
        assert all(process.popen.poll() is None for process in service.processes)
        assert set(Counter(got(service.relay)).values()) == {1}
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
    assert got(relay) == [ADA]


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
    ask(people, [ADA, GRACE])
    wire.breaks_after = b"SET state = 'sent'"

    with wired.inbox.app.app_context():
        wired.inbox.work()

    assert wire.breaks_after is None
    assert got(relay) == [ADA, GRACE]


# Processes that do not start


@on_sqlite
@pytest.mark.parametrize("command", [(*FLASK, "worker"), REFUSED], ids=lambda command: command[2:4])
def test_half_set_settings_refuse_to_start_with_every_mistake_in_one_message(
    installed: Service, command: Sequence[str]
) -> None:
    """G4"""
    wrong = {
        "NEWSLETTER_CATALOG": None,
        "NEWSLETTER_SECRET_KEYS": "short",
        "NEWSLETTER_PUBLIC_URL": "http://news.example.org",
        "NEWSLETTER_SMTP_URL": "smtp://relay.example.org/?tls=maybe",
        "NEWSLETTER_LIMIT_SOURCE": "often",
        "NEWSLETTER_TRUSTED_PROXIES": "everybody",
    }

    code, said = ran(command, installed.environment, wrong)

    assert code != 0
    assert "Traceback" not in said
    [message] = re.findall(r"The service does not start:\n(?:  NEWSLETTER_.*\n?)+", said)
    assert re.findall(r"^  (\w+):", message, re.MULTILINE) == sorted(wrong)


@on_sqlite
@pytest.mark.parametrize("command", [(*FLASK, "worker", "--once"), REFUSED], ids=lambda command: command[2:4])
def test_nothing_starts_without_a_key_that_a_living_link_needs(
    installed: Service, people: People, command: Sequence[str]
) -> None:
    """D1.5"""
    people.subscribe(ADA)

    refuses_without_its_key(installed, command)


@on_sqlite
@pytest.mark.parametrize("command", [(*FLASK, "worker", "--once"), REFUSED], ids=lambda command: command[2:4])
def test_nothing_starts_without_a_key_that_a_suppression_needs(
    installed: Service, people: People, command: Sequence[str]
) -> None:
    people.ask(ADA)
    people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    refuses_without_its_key(installed, command)


def refuses_without_its_key(installed: Service, command: Sequence[str]) -> None:
    code, said = ran(command, installed.environment, {"NEWSLETTER_SECRET_KEYS": NEW_KEY.secret})

    assert code != 0
    assert said.count("NEWSLETTER_SECRET_KEYS: lacks a key") == 1
    assert "Traceback" not in said
    assert SECRET.secret not in said


# Rotation


def rotated(make_app: Callable[..., Flask], people: People, *keys: SecretKey) -> People:
    return People(make_app(secret_keys=keys).test_client(use_cookies=False), people.inbox)


def test_a_new_key_in_front_leaves_every_old_link_alive(make_app: Callable[..., Flask], people: People) -> None:
    """D1.5"""
    people.subscribe(ADA)
    people.ask(GRACE)
    people.ask("linus@example.org")
    confirm, cancel = people.inbox.link(GRACE), people.inbox.link("linus@example.org", "cancel")
    unsubscribe = people.unsubscribe_link(ADA)

    after = rotated(make_app, people, NEW_KEY, SECRET)

    assert after.press(confirm, "confirm").status_code == 200
    assert after.press(cancel, "cancel").status_code == 200
    assert after.press(unsubscribe, "unsubscribe").status_code == 200
    assert after.client.get(cancel).status_code == 404


def test_links_of_a_reducing_key_let_people_leave_and_confirm_nothing(
    make_app: Callable[..., Flask], people: People
) -> None:
    people.subscribe(ADA)
    people.ask(GRACE)
    confirm, cancel = people.inbox.link(GRACE), people.inbox.link(GRACE, "cancel")
    unsubscribe = people.unsubscribe_link(ADA)

    after = rotated(make_app, people, NEW_KEY, replace(SECRET, reduces=True))

    assert after.client.get(confirm).status_code == 404
    assert after.client.post(confirm, data={"nonce": "any"}).status_code == 404
    assert after.press(cancel, "cancel").status_code == 200
    assert after.press(unsubscribe, "unsubscribe").status_code == 200


def test_a_letter_that_waits_while_its_key_is_reduced_leaves_with_links_that_live(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    relay.answer("RCPT", "451 4.7.1 Greylisted", times=1)
    people.ask(ADA)
    people.inbox.work()

    app = make_app(secret_keys=(NEW_KEY, replace(SECRET, reduces=True)))
    after = People(app.test_client(use_cookies=False), Inbox(app, relay))
    with later(minutes=5), app.app_context():
        assert after.confirm(ADA).status_code == 200


def test_a_suppression_holds_when_the_key_is_rotated(
    make_app: Callable[..., Flask], people: People, relay: Relay
) -> None:
    people.ask(ADA)
    people.press(people.inbox.link(ADA, "cancel"), "cancel", never_again="yes")

    app = make_app(secret_keys=(NEW_KEY, SECRET))
    after = People(app.test_client(use_cookies=False), Inbox(app, relay))
    assert after.ask(ADA).status_code == 303
    with app.app_context():
        after.inbox.work()

    assert len(relay.letters) == 1
