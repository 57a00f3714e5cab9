"""The load: keep-alive connections that each post, wait for the answer, and post again, in a process of their own."""

import multiprocessing
import selectors
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from bench.wire import Wire

CONNECTIONS = 32


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom to load with what. A single request is a pattern: {n} and {ip} in it are never the same twice."""

    port: int
    requests: Sequence[bytes]
    expected: bytes


@dataclass(frozen=True, kw_only=True)
class Turns:
    """So many rounds in which each target is loaded for so many seconds, after some for warming up."""

    rounds: int
    seconds: float
    warm: float


@dataclass(kw_only=True)
class Load:
    """What came of one target's turns."""

    rates: list[float] = field(default_factory=list)  # answers a second, a figure for each round
    times: list[float] = field(default_factory=list)  # seconds, of every answer
    wrong: Counter[str] = field(default_factory=Counter)
    cores: float = 0.0  # what the driver itself needed: it must not be what is measured

    def quantile(self, hundredth: int) -> float:
        """In milliseconds."""
        return statistics.quantiles(self.times, n=100)[hundredth - 1] * 1000

    def __str__(self) -> str:
        rounds = " ".join(f"{rate:.0f}" for rate in self.rates)
        return f"{rounds}/s, p99 {self.quantile(99):.0f} ms, wrong {dict(self.wrong)}, driver {self.cores:.2f} cores"


def run(targets: Mapping[str, Target], turns: Turns) -> dict[str, Load]:
    """Load all targets in turn, from a fresh process: nothing of the bench's own life slows the driver down."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(alternate, targets, turns).result()


def alternate(targets: Mapping[str, Target], turns: Turns) -> dict[str, Load]:
    """A B A B, in turns so short that whatever slows the machine down meets all alike."""
    drivers = {name: Driver(target) for name, target in targets.items()}
    for driver in drivers.values():
        driver.take_turn(turns.warm)
        driver.load = Load()
    for _ in range(turns.rounds):
        for driver in drivers.values():
            driver.take_turn(turns.seconds)
    return {name: driver.load for name, driver in drivers.items()}


class Driver:
    """All connections to one target, served from one loop."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.requests = endless(target.requests)
        self.load = Load()
        self.sent: dict[Wire, float] = {}
        self.selector = selectors.DefaultSelector()
        self.ends = 0.0

    def take_turn(self, seconds: float) -> None:
        """Connect, load, hear what is still to come, hang up."""
        self.ends = time.perf_counter() + seconds
        for _ in range(CONNECTIONS):
            self.begin(Wire(self.target.port))
        before, cpu, began = len(self.load.times), time.process_time(), time.perf_counter()
        while self.sent:
            for key, _ in self.selector.select(1):
                self.hear(key.data)
        took = time.perf_counter() - began
        self.load.rates.append((len(self.load.times) - before) / took)
        self.load.cores = max(self.load.cores, (time.process_time() - cpu) / took)

    def begin(self, wire: Wire) -> None:
        self.selector.register(wire.socket, selectors.EVENT_READ, wire)
        self.ask(wire)

    def ask(self, wire: Wire) -> None:
        """The next request, or none when the turn is over."""
        self.sent[wire] = time.perf_counter()
        if self.sent[wire] < self.ends:
            wire.send(next(self.requests))
        else:
            self.end(wire)

    def hear(self, wire: Wire) -> None:
        try:
            answer = wire.receive()
        except ConnectionError:
            self.load.wrong["lost"] += 1
            self.end(wire)
            self.begin(Wire(self.target.port))
            return
        if answer is not None:
            self.note(answer, time.perf_counter() - self.sent[wire])
            self.ask(wire)

    def note(self, answer: bytes, took: float) -> None:
        """Only what was answered as it should be counts."""
        if answer[9:12] == self.target.expected:
            self.load.times.append(took)
        else:
            self.load.wrong[answer[9:12].decode()] += 1

    def end(self, wire: Wire) -> None:
        del self.sent[wire]
        self.selector.unregister(wire.socket)
        wire.close()


def endless(requests: Sequence[bytes]) -> Iterator[bytes]:
    """Each request once; of a single one, so many variants that nothing in it comes twice."""
    if len(requests) > 1:
        yield from requests
        raise RuntimeError(f"{len(requests)} requests were not enough")
    for n in range(2**24):
        yield filled(requests[0], n)


def filled(pattern: bytes, n: int) -> bytes:
    """The n-th request of a pattern."""
    return pattern.replace(b"{n}", b"%08d" % n).replace(b"{ip}", address(n))


def address(n: int) -> bytes:
    """One of 16 million addresses: everybody in a crowd has their own."""
    return b"10.%d.%d.%d" % (n >> 16 & 255, n >> 8 & 255, n & 255)
