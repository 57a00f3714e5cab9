"""Confirms a second: each press is a link of its own, with the nonce of the page behind it."""

from contextlib import ExitStack
from urllib.parse import quote

from bench import people
from bench.bench import Bench, say
from bench.floor import store as floor
from bench.load import Load, Target, address
from bench.servers import floor_server, service
from bench.signup import on_new
from bench.table import Row, ratio, ratio_of_rounds
from bench.wire import post

FASTEST = 4000  # confirms a second that there are enough links for


def measure(bench: Bench) -> list[Row]:
    count = int(FASTEST * bench.seconds * (bench.rounds + 1))
    say(f"making {count:,} signups whose letters have left")
    bare, full = loaded(bench, floor_people(bench, count), people_with_letters(bench, count)).values()
    return [
        ratio_of_rounds("confirms a second", bare.rates, full.rates, 1.0),
        ratio("confirm p99, ms", bare.quantile(99), full.quantile(99), None),
    ]


def loaded(bench: Bench, theirs: tuple[str, list[bytes]], ours: tuple[str, list[bytes]]) -> dict[str, Load]:
    with ExitStack() as stack:
        bare = stack.enter_context(on_new(bench, theirs[0], floor_server))
        full = stack.enter_context(on_new(bench, ours[0], service))
        targets = {
            "floor, confirm": Target(port=bare.port, requests=theirs[1], expected=b"200"),
            "service, confirm": Target(port=full.port, requests=ours[1], expected=b"200"),
        }
        return bench.in_turn(targets, {"floor": bare, "service": full})


def floor_people(bench: Bench, count: int) -> tuple[str, list[bytes]]:
    url = bench.store.create()
    floor.set_up(url, count)
    return url, [press(n, f"/confirm/{floor.tokens.dumps(n)}", "") for n in range(1, count + 1)]


def people_with_letters(bench: Bench, count: int) -> tuple[str, list[bytes]]:
    url, asked = people.with_letters(bench.store, count)
    with people.inside(url):
        pairs = list(people.presses(asked))
    return url, [press(n, f"/confirm/{token}", f"nonce={quote(nonce)}") for n, (token, nonce) in enumerate(pairs)]


def press(n: int, path: str, body: str) -> bytes:
    return post(path, body, X_Forwarded_For=address(n).decode())
