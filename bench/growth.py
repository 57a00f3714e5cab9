"""What a signup costs among many subscribers and among few: one connection, one after the other, in turn."""

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

from bench.bench import PATIENCE, PEOPLE, QUIET, Bench
from bench.load import address
from bench.machine import wait_for_quiet
from bench.servers import service
from bench.signup import PATH, form_of
from bench.table import Row
from bench.wire import Wire, post

EACH = 1500
WARM = 100  # signups that are not counted


def measure(bench: Bench) -> list[Row]:
    times = timed(bench)
    few, many = (statistics.median(times[size]) * 1000 for size in PEOPLE)
    row = Row(
        measured=f"a signup among {PEOPLE['many']:,} subscribers, ms",
        floor=f"among {PEOPLE['few']:,}: {few:.2f}",
        service=f"{many:.2f}",
        figure=many / few,
        bar=1.1,
        at_least=False,
    )
    return [row]


def timed(bench: Bench) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {size: [] for size in PEOPLE}
    urls = {size: bench.full(size) for size in PEOPLE}
    with ExitStack() as stack:
        servers = {size: stack.enter_context(service(url, workers=1)) for size, url in urls.items()}
        wires = {size: Wire(server.port) for size, server in servers.items()}
        posts = {size: signups(form_of(server)) for size, server in servers.items()}
        wait_for_quiet(QUIET, PATIENCE)
        for _ in range(WARM + EACH):
            for size, wire in wires.items():
                times[size].append(wire.timed(next(posts[size]), b"303"))
    return {size: found[WARM:] for size, found in times.items()}


def signups(form: str) -> Iterator[bytes]:
    """Somebody new each time."""
    for n in count():
        yield post(PATH, f"email=new{n}@example.org&{form}", X_Forwarded_For=address(n).decode())
