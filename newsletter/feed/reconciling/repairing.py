"""A comparison with a connector's tool, what it found, and mending it.

What is to be mended becomes due, and the workers tell the tool as they always do: whoever has left through the tool
they find out, and end here.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from newsletter import clock
from newsletter.db import transaction
from newsletter.feed import copies
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.connectors.tool import Tool
from newsletter.feed.copies import Held
from newsletter.feed.reconciling.comparing import Difference, DifferenceKind, compare
from newsletter.feed.reconciling.export import entries
from newsletter.feed.reconciling.scratch import Scratch

Counts = dict[DifferenceKind, int]
Tell = Callable[[Difference], None]


def reconcile(tool: Tool, connector: str, newsletter: str, tell: Tell) -> Counts:
    """Compare, tell of every difference, and note the drift; how many of each kind."""
    began = clock.now()
    with Scratch.of(tool.roster()) as theirs:
        counts = counted(compare(theirs, newsletter, connector, began), tell)
    note_drift(connector, counts)
    return counts


def reconcile_file(file: Path, newsletter: str, tell: Tell) -> Counts:
    """The same with any tool's export. When it was made is not known: who has changed since shows as different."""
    with Scratch.of(entries(file)) as theirs:
        return counted(compare(theirs, newsletter, None, clock.now()), tell)


def counted(differences: Iterable[Difference], tell: Tell) -> Counts:
    counts = dict.fromkeys(DifferenceKind, 0)
    for difference in differences:
        counts[difference.kind] += 1
        tell(difference)
    return counts


def note_drift(connector: str, counts: Counts) -> None:
    with transaction() as session:
        state = session.get(ConnectorState, connector, with_for_update=True)
        if state:
            state.drift, state.drift_at = sum(counts.values()), clock.now()


def repair(connector: str, differences: Sequence[Difference]) -> None:
    """Have the workers mend these."""
    with transaction() as session:
        copies.add(session, [row_of(connector, one) for one in differences])


def row_of(connector: str, one: Difference) -> dict[str, Any]:
    """Somebody of ours; or one whom the tool mails, and whom we do not know as somebody who may be."""
    at = clock.now()
    if one.kind is not DifferenceKind.EXTRA and one.contact_id:
        return copies.new(connector, one.contact_id, at)
    name = "-" + hashlib.sha256(str(one.remote_id).encode()).hexdigest()[:23]
    return copies.new(connector, name, at, remote_id=one.remote_id, held=Held.MAILED, stray=True, urgent=True)
