"""One run of the bench: how long, how often, on which database; and the rule by which sides take turns."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bench import load, people
from bench.load import Load, Target, Turns
from bench.machine import Cores, wait_for_quiet
from bench.servers import Server, Store

PEOPLE = {"few": 10_000, "many": 1_000_000}
QUIET = 0.35  # cores that others may use while something is measured
PATIENCE = 30.0  # seconds to wait for others before each measurement
T = TypeVar("T")


@dataclass(kw_only=True)
class Bench:
    store: Store
    rounds: int
    seconds: float
    made: dict[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> str:
        """A database with the example's catalogue and nobody in it: copied, never used itself."""
        return self.once("empty", lambda: people.set_up(self.store))

    def full(self, size: str) -> str:
        """A database with few or many subscribers."""
        return self.once(size, lambda: self.filled(PEOPLE[size]))

    def filled(self, count: int) -> str:
        url = self.store.create(self.empty)
        say(f"making {count:,} subscribers")
        people.fill(url, count)
        self.store.settle(url)
        return url

    def once(self, name: str, make: Callable[[], str]) -> str:
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def in_turn(self, targets: Mapping[str, Target], servers: Mapping[str, Server]) -> dict[str, Load]:
        """Load servers that are all up, one at a time, in turn."""
        wait_for_quiet(QUIET, PATIENCE)
        cores = Cores({**{name: [server.pid] for name, server in servers.items()}, "database": self.store.pids})
        loads = load.run(targets, Turns(rounds=self.rounds, seconds=self.seconds, warm=self.seconds))
        for name, found in loads.items():
            say(f"{name}: {found}")
        say(f"cores: {cores.used()}")
        return loads

    def alternate(self, sides: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
        """A B A B: only what was measured in turn may be compared."""
        found: dict[str, list[T]] = {name: [] for name in sides}
        for number in range(rounds):
            for name, side in sides.items():
                wait_for_quiet(QUIET, PATIENCE)
                found[name].append(side())
                say(f"round {number + 1}, {name}: {found[name][-1]}")
        return found


def say(what: str) -> None:
    """Progress, apart from the result."""
    print(what, file=sys.stderr, flush=True)
