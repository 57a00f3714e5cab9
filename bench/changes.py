"""Does a page of changes cost the same wherever in the log it begins? One after the other, in turn."""

import statistics
from collections.abc import Mapping

from sqlalchemy import text

from bench import people
from bench.bench import PATIENCE, PEOPLE, QUIET, Bench
from bench.machine import wait_for_quiet
from bench.servers import service
from bench.table import Row
from bench.wire import Wire, get
from newsletter import access
from newsletter.access import Scope
from newsletter.db import db, is_postgresql, transaction

PATH = f"/api/v1/newsletters/{people.SLUG}/changes"
LIMIT = 1000  # changes on a page
EACH = 40
WARM = 5  # pages that are not counted
ONE_EACH = """
INSERT INTO changes (newsletter, contact_id, kind, at, version)
SELECT newsletter, id, 'confirmed', confirmed_at, version FROM subscriptions ORDER BY id
"""
AT = "SELECT tx, id FROM changes WHERE newsletter = :newsletter ORDER BY tx, id LIMIT 1 OFFSET :behind"


def measure(bench: Bench) -> list[Row]:
    medians = {name: statistics.median(found) * 1000 for name, found in timed(bench).items()}
    row = Row(
        measured=f"a page of {LIMIT:,} among {PEOPLE['many']:,} changes, ms",
        floor="",
        service=", ".join(f"{name} {median:.1f}" for name, median in medians.items()),
        figure=max(medians.values()) / min(medians.values()),
        bar=1.2,
        at_least=False,
    )
    return [row]


def timed(bench: Bench) -> dict[str, list[float]]:
    url = bench.store.create(bench.full("many"))
    with people.inside(url):
        pages = pages_of(access.create("bench", [Scope.FEED_READ], [], None))
        db.engine.dispose()
    bench.store.settle(url)
    times: dict[str, list[float]] = {name: [] for name in pages}
    with service(url, workers=1) as server:
        wire = Wire(server.port)
        wait_for_quiet(QUIET, PATIENCE)
        for _ in range(WARM + EACH):
            for name, page in pages.items():
                times[name].append(wire.timed(page, b"200"))
        wire.close()
    bench.store.drop(url)
    return {name: found[WARM:] for name, found in times.items()}


def pages_of(key: str) -> Mapping[str, bytes]:
    """The requests for a page at the beginning, in the middle and at the end of a long log."""
    with transaction() as session:
        if is_postgresql():
            session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text(ONE_EACH))
    behind = {"at the beginning": 0, "in the middle": PEOPLE["many"] // 2, "at the end": PEOPLE["many"] - LIMIT - 1}
    with transaction() as session:
        found = {
            name: session.execute(text(AT), {"newsletter": people.SLUG, "behind": many}).one()
            for name, many in behind.items()
        }
    return {
        name: get(f"{PATH}?after={tx}-{row}&limit={LIMIT}", Authorization=f"Bearer {key}")
        for name, (tx, row) in found.items()
    }
