"""Pushes a second of two workers to a local receiver, and how soon a withdrawal arrives while others sign up."""

import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select, text

from bench import people
from bench.bench import Bench, say
from bench.load import filled
from bench.servers import ROOT, environment, service, sink, told_at_its_end
from bench.signup import form_request
from bench.table import Row, spread
from bench.wire import Wire, post
from newsletter import clock, links
from newsletter.db import transaction
from newsletter.feed import webhooks
from newsletter.feed.webhooks import Payload, Wanted
from newsletter.links import Purpose
from newsletter.subscriptions import Subscription
from tests.servers import free_port, run_process, wait_until

PUSHES = 10_000
LEAVERS = 100
SIGNUPS = 100  # a second
EVERY = 0.1  # seconds between two who leave
ROUNDS = 3
PATIENCE = 300.0  # seconds
HAPPENED = (
    "INSERT INTO changes (newsletter, contact_id, kind, at, version) "
    "SELECT newsletter, id, 'updated', :at, version FROM subscriptions LIMIT :most"
)
DELIVERED = "SELECT count(*) FROM pushes WHERE state = 'delivered'"


@dataclass
class Receiver:
    """`count`, `seconds` and `left` are known when it has ended."""

    port: int
    count: int = 0
    seconds: float = 0.0
    left: Mapping[str, float] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


def measure(bench: Bench) -> list[Row]:
    rates = [pushed(bench) for _ in range(min(bench.rounds, ROUNDS))]
    waits = withdrawals(bench)
    last = statistics.quantiles(waits, n=100)[98]
    return [
        Row(measured="pushes a second, two workers", floor="", service=spread(rates), figure=statistics.median(rates),
            bar=500),
        Row(measured="a withdrawal arrives, p99, 100 sign-ups a second", floor="",
            service=f"median {statistics.median(waits):.2f} s", figure=last, unit=" s", bar=2, at_least=False),
    ]  # fmt: skip


def pushed(bench: Bench) -> float:
    """Pushes a second, by the receiver's own clock, of changes that all wait when the workers start."""
    url = bench.store.create(bench.full("few"))
    with receiver() as taking:
        with people.inside(url):
            webhooks.add(wanted(taking), None)
            with transaction() as session:
                session.execute(text(HAPPENED), {"at": clock.now(), "most": PUSHES})
        bench.store.settle(url)
        with workers(url, 2), people.inside(url):
            wait_until(lambda: delivered() >= PUSHES, f"{PUSHES} pushes", PATIENCE)
    bench.store.drop(url)
    assert taking.count == PUSHES, taking.count
    rate = (taking.count - 1) / taking.seconds
    say(f"webhooks: {rate:.0f}/s")
    return rate


def delivered() -> int:
    with transaction() as session:
        found: int = session.execute(text(DELIVERED)).scalar_one()
    return found


def withdrawals(bench: Bench) -> list[float]:
    """Seconds from each one-click post's answer to the receiver, while sign-ups arrive and letters leave."""
    url = bench.store.create(bench.full("few"))
    with ExitStack() as stack:
        taking = stack.enter_context(receiver())
        relay = stack.enter_context(sink())
        with people.inside(url):
            webhooks.add(wanted(taking), None)
            leavers = leaving()
        server = stack.enter_context(service(url))
        stack.enter_context(workers(url, 2, relay.port))
        stack.enter_context(signing_up(server.port, form_request(server)))
        left = leave(server.port, leavers)
        time.sleep(5)
        stack.close()
    bench.store.drop(url)
    assert set(taking.left) == set(left), f"{len(left) - len(taking.left)} of {len(left)} have not arrived"
    return [taking.left[contact] - at for contact, at in left.items()]


def wanted(taking: Receiver) -> Wanted:
    return Wanted(newsletter=people.SLUG, url=taking.url, kinds=None, payload=Payload.FULL)


def leaving() -> dict[str, str]:
    """Some contacts, and the path at which each leaves."""
    with transaction() as session:
        found = session.scalars(select(Subscription.id).limit(LEAVERS)).all()
    return {contact: f"/unsubscribe/{links.sign(Purpose.UNSUBSCRIBE, contact)}" for contact in found}


def leave(port: int, leavers: Mapping[str, str]) -> dict[str, float]:
    """One after the other, each by one click; when each had been answered."""
    wire, left = Wire(port), {}
    for contact, path in leavers.items():
        wire.timed(post(path, "List-Unsubscribe=One-Click"), b"200")
        left[contact] = time.monotonic()
        time.sleep(EVERY)
    wire.close()
    return left


@contextmanager
def signing_up(port: int, pattern: bytes) -> Iterator[None]:
    """So many sign-ups a second, evenly, for the length of the block."""
    over = threading.Event()

    def ask() -> None:
        wire, began, number = Wire(port), time.monotonic(), 0
        while not over.wait(max(0.0, began + number / SIGNUPS - time.monotonic())):
            wire.timed(filled(pattern, number), b"303")
            number += 1
        wire.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def workers(url: str, count: int, smtp_port: int = 1) -> Iterator[None]:
    settings = {**os.environ, **environment(url, smtp_port), "NEWSLETTER_LOG_LEVEL": "INFO"}
    with ExitStack() as stack:
        started = [
            stack.enter_context(run_process([sys.executable, "-m", "flask", "worker"], settings, cwd=ROOT))
            for _ in range(count)
        ]
        wait_until(lambda: all("worker started" in process.output() for process in started), "the workers")
        yield


@contextmanager
def receiver() -> Iterator[Receiver]:
    taking = Receiver(free_port())
    command = [sys.executable, "-m", "bench.receiver", str(taking.port)]
    with run_process(command, os.environ, taking.port, ROOT) as process:
        yield taking
        told = told_at_its_end(process)
        taking.count, taking.seconds, taking.left = told["count"], told["seconds"], told["left"]
