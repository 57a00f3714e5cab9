"""Letters a second of one worker, from the first in the relay to the last: claimed, decided, written, sent, settled."""

from bench import people, servers
from bench.bench import Bench
from bench.servers import Sink, environment, sink
from bench.table import Row, ratio_of_rounds

LETTERS = 2000


def measure(bench: Bench) -> list[Row]:
    """The floor only builds and sends; the worker also reads, decides, counts and writes down what the relay said.

    Once more, to a relay that reads on before it answers, as nearly every one does (RFC 2920): smtplib, and so
    Flask-Mail, waits for each answer all the same.
    """
    waiting = asked(bench)
    sides = {
        "floor, letters": flask_mail,
        "service, letters": lambda: worker(bench, waiting),
        "service, letters, PIPELINING": lambda: worker(bench, waiting, "PIPELINING"),
    }
    bare, full, pipelined = bench.alternate(sides, max(1, bench.rounds // 2)).values()
    bench.store.drop(waiting)
    return [
        ratio_of_rounds("letters a second, one worker", bare, full, 1.5),
        ratio_of_rounds("the same, to a relay that offers PIPELINING", bare, pipelined, None),
    ]


def asked(bench: Bench) -> str:
    """A database in which so many people wait for their letters."""
    url = bench.store.create(bench.empty)
    with people.inside(url):
        people.ask([f"person{n}@example.org" for n in range(LETTERS)])
    bench.store.settle(url)
    return url


def flask_mail() -> float:
    with sink() as relay:
        servers.run("bench.floor.mail", str(relay.port), str(LETTERS), **servers.described_libraries())
    return taken(relay)


def worker(bench: Bench, waiting: str, *extensions: str) -> float:
    url = bench.store.create(waiting)
    with sink(*extensions) as relay:
        servers.run("flask", "worker", "--once", **environment(url, relay.port))
    bench.store.drop(url)
    return taken(relay)


def taken(relay: Sink) -> float:
    """Letters a second, by the relay's own clock."""
    assert len(relay.taken) == LETTERS, len(relay.taken)
    return relay.rate
