"""python -m bench [NAME...] [--sqlite] [--rounds N] [--seconds N]

Measures this service beside the bare floor, in turn, and prints one table. docs/reference/benchmarks.md says what is
measured, and how.
"""

import argparse

from bench import answers, changes, confirm, delays, export, growth, letters, proof, signup, verify, webhooks
from bench.bench import Bench
from bench.servers import postgres_store, sqlite_store
from bench.table import table

MEASURES = {
    "signup": signup.measure,
    "memory": signup.measure,
    "confirm": confirm.measure,
    "letters": letters.measure,
    "answers": answers.measure,
    "growth": growth.measure,
    "export": export.measure,
    "changes": changes.measure,
    "webhooks": webhooks.measure,
    "delays": delays.measure,
    "proof": proof.measure,
    "verify": verify.measure,
}


def main() -> None:
    asked = arguments()
    with sqlite_store() if asked.sqlite else postgres_store() as store:
        bench = Bench(store=store, rounds=asked.rounds, seconds=asked.seconds)
        chosen = dict.fromkeys(MEASURES[name] for name in asked.names or MEASURES)
        rows = [row for measure in chosen for row in measure(bench)]
    print(table(rows))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure this service beside the bare floor.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"some of {', '.join(MEASURES)}; all when none is named"
    )
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--rounds", type=int, default=8, help="in which the sides take turns")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(MEASURES)
    if unknown:
        parser.error(f"there is no measure called {', '.join(sorted(unknown))}")
    return asked


if __name__ == "__main__":
    main()
