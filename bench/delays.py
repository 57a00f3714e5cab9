"""How long people and tools wait for a service at rest: for a letter, for a deletion, for the feed.

Together with signups and confirmations a second these are the five figures of PRODUCT 6.
"""

import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

import time_machine
from sqlalchemy import select

from bench import people
from bench.bench import PATIENCE, QUIET, Bench
from bench.confirm import people_with_letters
from bench.load import filled
from bench.machine import wait_for_quiet
from bench.servers import service, sink
from bench.signup import form_request
from bench.table import Row
from bench.webhooks import workers
from bench.wire import Wire, get, text
from newsletter import access, catalog, clock
from newsletter.access import Scope
from newsletter.db import transaction
from newsletter.signups import Signup

EACH = 60
ASK_EVERY = 0.73  # seconds; no multiple of what a worker waits between two looks
DIE_EVERY = 1.0  # seconds; all of them over twice what a worker waits between two deletions
LOOK_EVERY = 0.05  # seconds
LATEST = 180.0  # seconds until all who never pressed must be gone
CHANGES = f"/api/v1/newsletters/{people.SLUG}/changes"


def measure(bench: Bench) -> list[Row]:
    """Of letters PRODUCT 6 promises the median; a deletion that is late once is late."""
    mailed, deleted, fed = to_relay(bench), to_deletion(bench), to_feed(bench)
    return [
        waited("from a sign-up's answer to its letter in the relay, median", mailed, statistics.median(mailed), 2),
        waited("from a deadline until the sign-up is deleted, longest", deleted, max(deleted), 60),
        waited("from a press's answer to the change in the feed, longest", fed, max(fed), None),
    ]


def waited(measured: str, seconds: Sequence[float], figure: float, bar: float | None) -> Row:
    told = f"{min(seconds):.2f} to {max(seconds):.2f} s"
    return Row(measured=measured, floor="", service=told, figure=figure, unit=" s", bar=bar, at_least=False)


def to_relay(bench: Bench) -> list[float]:
    """From each sign-up's answer until the relay has its letter; one at a time, so that they come in the same order."""
    url = bench.store.create(bench.empty)
    bench.store.settle(url)
    with ExitStack() as stack:
        relay = stack.enter_context(sink())
        server = stack.enter_context(service(url))
        stack.enter_context(workers(url, 1, relay.port))
        wait_for_quiet(QUIET, PATIENCE)
        answered = sign_up(server.port, form_request(server))
        time.sleep(5)
    bench.store.drop(url)
    assert len(relay.taken) == EACH, len(relay.taken)
    return [taken - at for taken, at in zip(relay.taken, answered, strict=True)]


def sign_up(port: int, pattern: bytes) -> list[float]:
    wire, answered = Wire(port), []
    for number in range(EACH):
        wire.timed(filled(pattern, number), b"303")
        answered.append(time.monotonic())
        time.sleep(ASK_EVERY)
    wire.close()
    return answered


def to_deletion(bench: Bench) -> list[float]:
    """From each deadline until the row is gone, while one worker runs."""
    url = bench.store.create(bench.empty)
    with people.inside(url):
        deadlines = dying()
        bench.store.settle(url)
        with workers(url, 1):
            gone = dict(going(deadlines))
    bench.store.drop(url)
    return [(gone[signup_id] - deadline).total_seconds() for signup_id, deadline in deadlines.items()]


def dying() -> Mapping[str, datetime]:
    """Sign-ups that were asked for nearly as long ago as a link lives, and when each is to be gone."""
    begin = clock.now() - catalog.current().newsletter(people.SLUG).link_validity + timedelta(seconds=10)
    for number in range(EACH):
        with time_machine.travel(begin + timedelta(seconds=number * DIE_EVERY)):
            people.ask([f"person{number}@example.org"])
    with transaction() as session:
        return {each.id: each.deadline for each in session.scalars(select(Signup))}


def going(deadlines: Mapping[str, datetime]) -> Iterator[tuple[str, datetime]]:
    """Each sign-up, and when it was first missed."""
    ends, left = clock.monotonic() + LATEST, set(deadlines)
    while left:
        assert clock.monotonic() < ends, f"{len(left)} sign-ups are still there"
        with transaction() as session:
            still = set(session.scalars(select(Signup.id)))
        seen = clock.now()
        yield from ((signup_id, seen) for signup_id in left - still)
        left &= still
        time.sleep(LOOK_EVERY)


def to_feed(bench: Bench) -> list[float]:
    """From each confirmation's answer until the answer whose page of changes has it."""
    url, requests = people_with_letters(bench, EACH)
    with people.inside(url):
        key = access.create("bench", [Scope.FEED_READ], [], None)
    with service(url) as server:
        wait_for_quiet(QUIET, PATIENCE)
        found = list(followed(server.port, requests, key))
    bench.store.drop(url)
    return found


def followed(port: int, requests: Sequence[bytes], key: str) -> Iterator[float]:
    wire, after = Wire(port), ""
    for request in requests:
        wire.timed(request, b"200")
        answered = time.monotonic()
        while not (items := changes(wire, after, key)):
            assert time.monotonic() - answered < PATIENCE, "the change does not come"
        yield time.monotonic() - answered
        after = f"?after={items[-1]['cursor']}"
    wire.close()


def changes(wire: Wire, after: str, key: str) -> list[Mapping[str, str]]:
    answer = wire.ask(get(f"{CHANGES}{after}", Authorization=f"Bearer {key}"))
    items: list[Mapping[str, str]] = json.loads(text(answer))["items"]
    return items
