"""`flask evidence verify --all` over a million records: in the memory that ten thousand take."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from bench import people
from bench.bench import PATIENCE, PEOPLE, QUIET, Bench, say
from bench.machine import peak, wait_for_quiet
from bench.servers import ROOT, environment, sink
from bench.table import Row
from newsletter import clock
from newsletter.consent import Evidence, EvidenceValue, Written
from newsletter.consent.evidence import START, commitment, record_hash
from newsletter.db import is_postgresql, transaction
from newsletter.subscriptions import Subscriber, Subscription

AT_ONCE = 2000  # chains
GROWTH = 20.0  # MiB
LOOK = 0.1  # seconds between two looks at the process
VALUES = """
INSERT INTO evidence_values (subscriber_id, seq, field, salt, value)
SELECT subscribers.id, seq, field, salt, CASE field WHEN 'address' THEN address ELSE value END
FROM subscribers, evidence_values WHERE subscriber_id = :model AND subscribers.id <> :model
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the command."""

    seconds: float
    peak: float  # MiB that it had at most


def measure(bench: Bench) -> list[Row]:
    few, many = (verified(bench, records) for records in PEOPLE.values())
    return [
        Row(
            measured=f"{PEOPLE['many']:,} records verified, records a second",
            floor="",
            service=f"in {many.seconds:.0f} s",
            figure=PEOPLE["many"] / many.seconds,
        ),
        Row(
            measured=f"verifying {PEOPLE['many']:,} records against {PEOPLE['few']:,}, MiB more",
            floor=f"{few.peak:.1f}",
            service=f"{many.peak:.1f}",
            figure=many.peak - few.peak,
            bar=GROWTH,
            at_least=False,
        ),
    ]


def verified(bench: Bench, records: int) -> Run:
    url = bench.store.create(bench.empty)
    say(f"making chains of {records:,} records")
    with sink() as relay, people.inside(url, relay.port):
        signup_ids = people.ask([people.MODEL])
        people.deliver_all()
        people.confirm(signup_ids)
        with transaction() as session:
            multiply(session, records)
    bench.store.settle(url)
    wait_for_quiet(QUIET, PATIENCE)
    run = verify(url)
    bench.store.drop(url)
    return run


def multiply(session: Session, records: int) -> None:
    """Others with the same evidence, each chain whole by itself, and each in the list by it."""
    if is_postgresql():
        session.execute(text("SET LOCAL statement_timeout = 0"))
    model = session.scalars(select(Subscriber)).one()
    [contact] = Subscription.all_living(session, model.id)
    chain = [dict(row._mapping) for row in session.execute(select(Evidence.__table__).order_by(Evidence.seq))]
    marks = {model.id: "id", contact.id: "id", people.MODEL: "address"}
    for entity in (model, contact):
        people.copy(session, entity, marks, records // len(chain) - 1)
    salt = session.get_one(EvidenceValue, (model.id, 1, "address")).salt or ""
    whose = (Subscriber.address, Subscription.id.label("contact_id"), Subscription.subscriber_id)
    others = session.execute(select(*whose).join(Subscription.subscriber).where(Subscriber.id != model.id)).all()
    for start in range(0, len(others), AT_ONCE):
        some = others[start : start + AT_ONCE]
        session.execute(insert(Evidence), [record for one in some for record in rehashed(chain, one, salt)])
    session.execute(text(VALUES), {"model": model.id})


def rehashed(chain: Sequence[Mapping[str, Any]], whose: Written, salt: str) -> Iterator[dict[str, Any]]:
    """The chain of another person; the first record commits to their address."""
    first, previous = {"address": commitment(salt, "address", whose.address)}, START
    for record in chain:
        own = {**record, "subscriber_id": whose.subscriber_id, "contact_id": whose.contact_id, "previous": previous}
        own["commitments"] = {**record["commitments"], **(first if record["seq"] == 1 else {})}
        own["hash"] = previous = record_hash(own)
        yield own


def verify(url: str) -> Run:
    began = clock.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "evidence", "verify", "--all"],
        env={**os.environ, **environment(url)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    most = 0.0
    while process.poll() is None:
        most = max(most, peak(process.pid))
        time.sleep(LOOK)
    assert process.returncode == 0, "what was verified is not whole"
    return Run(seconds=clock.monotonic() - began, peak=most)
