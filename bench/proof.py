"""One person's proof among a million: how long until it is there, in every format (PRODUCT 6: under a second)."""

import statistics
from collections.abc import Callable

from sqlalchemy import text

from bench import people
from bench.bench import PATIENCE, PEOPLE, QUIET, Bench, say
from bench.machine import wait_for_quiet
from bench.servers import sink
from bench.table import Row
from newsletter import clock, proof
from newsletter.commands.duties import anchor_all
from newsletter.db import db, is_postgresql, reader, transaction
from newsletter.proof import Proof
from newsletter.subscriptions import Subscriber

ONE = "proven@example.org"
EACH = 20
SECONDS = 1.0
OTHERS = """
INSERT INTO evidence (subscriber_id, seq, act, at, newsletter, contact_id, facts, commitments, previous, hash)
WITH RECURSIVE people(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM people WHERE n < :people)
SELECT 'z' || CAST(1000000000 + n AS text), seq, act, at, newsletter, contact_id, facts, commitments, previous, hash
FROM people, evidence WHERE subscriber_id = :one
"""


def measure(bench: Bench) -> list[Row]:
    url = bench.store.create(bench.full("many"))
    with sink() as relay, people.inside(url, relay.port):
        people.confirm(asked())
        copy_evidence(PEOPLE["many"])
        db.session.remove()
        began = clock.monotonic()
        anchor_all()
        say(f"the day's anchor: {clock.monotonic() - began:.0f} s")
        wait_for_quiet(QUIET, PATIENCE)
        rows = [row(name, timed(printer)) for name, printer in proof.PRINTERS.items()]
        db.engine.dispose()
    bench.store.drop(url)
    return rows


def asked() -> list[str]:
    signup_ids = people.ask([ONE])
    people.deliver_all()
    return signup_ids


def copy_evidence(others: int) -> None:
    """The records of as many others; what they say does not matter here."""
    with transaction() as session:
        if is_postgresql():
            session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text(OTHERS), {"people": others, "one": one()})


def one() -> str:
    with reader() as session:
        found = Subscriber.by_address(session, ONE)
        assert found is not None
        return found.id


def timed(printer: Callable[[Proof], bytes]) -> float:
    """From the question to the bytes; the first time, which loads what the format needs, is not counted."""
    times = []
    for _ in range(EACH + 1):
        began = clock.monotonic()
        with reader() as session:
            assert printer(proof.prove(session, one()))
        times.append(clock.monotonic() - began)
    return statistics.median(times[1:])


def row(media_type: str, seconds: float) -> Row:
    return Row(
        measured=f"one proof among {PEOPLE['many']:,}, {media_type}, s",
        floor="",
        service=f"{seconds:.3f}",
        figure=seconds / SECONDS,
        bar=1.0,
        at_least=False,
    )
