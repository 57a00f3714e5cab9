"""All contacts as NDJSON and as CSV: rows a second, and how much larger the worker that streams them gets."""

import http.client
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench import people
from bench.bench import PEOPLE, Bench, say
from bench.floor import store as floor
from bench.machine import peak
from bench.servers import Server, floor_server, service
from bench.table import Row, ratio_of_rounds
from newsletter import access
from newsletter.access import Scope

PATH = f"/api/v1/newsletters/{people.SLUG}/contacts"
BUFFER = 1 << 20  # bytes
ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One export, read to its end."""

    rows: int
    seconds: float
    first: float  # seconds until the first byte
    mib: float
    grown: float  # MiB, of the worker that is largest

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


def measure(bench: Bench) -> list[Row]:
    theirs, ours = floor_people(bench), bench.full("many")
    with people.inside(ours):
        key = access.create("bench", [Scope.FEED_READ], [], None)
    sides = {
        "floor, export": lambda: one(theirs, floor_server, "/export", ""),
        "service, export": lambda: one(ours, service, f"{PATH}.ndjson", key),
        "floor, COPY": lambda: one(theirs, floor_server, "/export.csv", ""),
        "service, CSV": lambda: one(ours, service, f"{PATH}.csv", key),
    }
    bare, full, bare_csv, full_csv = bench.alternate(sides, min(bench.rounds, ROUNDS)).values()
    bench.store.drop(theirs)
    return [
        ratio_of_rounds("NDJSON of a million, rows a second", *rates(bare, full), bar=0.6),
        ratio_of_rounds("CSV of a million, rows a second", *rates(bare_csv, full_csv), bar=0.5),
        growth("NDJSON of a million, the worker grows by", bare, full),
        growth("CSV of a million, the worker grows by", bare_csv, full_csv),
    ]


def growth(measured: str, bare: list[Stream], full: list[Stream]) -> Row:
    most = max(run.grown for run in full)
    return Row(
        measured=measured,
        floor=f"{max(run.grown for run in bare):.1f} MiB",
        service=f"{most:.1f} MiB",
        figure=most,
        unit=" MiB",
        bar=20,
        at_least=False,
    )


def rates(bare: list[Stream], full: list[Stream]) -> tuple[list[float], list[float]]:
    return [run.rate for run in bare], [run.rate for run in full]


def floor_people(bench: Bench) -> str:
    say("filling the floor")
    url = bench.store.create()
    floor.set_up(url, PEOPLE["many"], "confirmed")
    bench.store.settle(url)
    return url


def one(url: str, serve: Callable[[str, int], AbstractContextManager[Server]], path: str, key: str) -> Stream:
    """From a server with one worker, fresh, so that its greatest size is this stream's doing."""
    with serve(url, 1) as server:
        before = peak(server.pid)
        rows, seconds, first, size = read(server.port, path, key)
        stream = Stream(rows=rows, seconds=seconds, first=first, mib=size / 2**20, grown=peak(server.pid) - before)
    assert rows >= PEOPLE["many"], stream
    return stream


def read(port: int, path: str, key: str) -> tuple[int, float, float, int]:
    """Rows, seconds, seconds until the first byte, bytes. Every byte is read, none is kept."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    buffer, rows, size, began = bytearray(BUFFER), 0, 0, time.perf_counter()
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    first = 0.0
    while got := answer.readinto(buffer):
        first = first or time.perf_counter() - began
        rows += buffer.count(b"\n", 0, got)
        size += got
    return rows, time.perf_counter() - began, first, size
