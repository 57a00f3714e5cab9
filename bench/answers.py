"""Does the time of an answer tell whose address it is? One after the other, in turn, for every kind of address."""

import statistics
from collections.abc import Iterator
from datetime import timedelta

from bench import people
from bench.bench import PATIENCE, QUIET, Bench, say
from bench.load import address
from bench.machine import wait_for_quiet
from bench.servers import service, sink
from bench.signup import PATH, form_of
from bench.table import Row
from bench.wire import Wire, post
from newsletter import clock, guard
from newsletter.db import transaction

KINDS = ("new", "pending", "confirmed", "capped", "suppressed")
EACH = 600
WARM = 50  # rounds that are not counted
MONTH = timedelta(days=30)


def measure(bench: Bench) -> list[Row]:
    """The slowest kind's median against the fastest kind's: who measures from outside has no better figure."""
    times = timed(bench)
    medians = {kind: statistics.median(found) * 1000 for kind, found in times.items()}
    say(f"answers: {medians}")
    row = Row(
        measured="answer's time by kind of address, ms",
        floor="",
        service=", ".join(f"{kind} {median:.2f}" for kind, median in medians.items()),
        figure=max(medians.values()) / min(medians.values()),
        bar=1.1,
        at_least=False,
    )
    return [row]


def timed(bench: Bench) -> dict[str, list[float]]:
    url = bench.store.create(bench.empty)
    make_known(url)
    bench.store.settle(url)
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with service(url, workers=1) as server:
        form, wire = form_of(server), Wire(server.port)
        wait_for_quiet(QUIET, PATIENCE)
        for n, (kind, who) in enumerate(in_turn()):
            request = post(PATH, f"email={who}&{form}", X_Forwarded_For=address(n).decode())
            times[kind].append(wire.timed(request, b"303"))
    bench.store.drop(url)
    return {kind: found[WARM:] for kind, found in times.items()}


def in_turn() -> Iterator[tuple[str, str]]:
    """Each kind is the first of a round as often as any other."""
    for n in range(WARM + EACH):
        first = n % len(KINDS)
        for kind in (*KINDS[first:], *KINDS[:first]):
            yield kind, person(kind, n)


def person(kind: str, n: int) -> str:
    return f"{kind[:3]}{n:05}@example.org"


def everybody(kind: str) -> list[str]:
    return [person(kind, n) for n in range(WARM + EACH)]


def make_known(url: str) -> None:
    """Who is capped has just got a letter, so the next one would be held."""
    with sink() as relay, people.inside(url, relay.port):
        confirmed = people.ask(everybody("confirmed"))
        people.ask(everybody("capped"))
        people.deliver_all()
        people.confirm(confirmed)
        people.ask(everybody("pending"))
        at = clock.now()
        with transaction() as session:
            for who in everybody("suppressed"):
                guard.suppress(session, who, "not me", at=at, until=at + MONTH)
