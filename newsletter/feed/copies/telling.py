"""Of whom a tool has to be told, and of whom next."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter import clock
from newsletter.changes import WITHDRAWALS, ChangeKind
from newsletter.db import insert, transaction
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.copies.copy import Copy, Held, new


def mark(session: Session, connector: str, found: Sequence[Row[Any]]) -> None:
    """Note for each contact of these changes that the tool has to be told; however many, one telling will do."""
    add(session, rows_of(connector, found))
    if moved := [change.contact_id for change in found if change.previous_match]:
        mine = Copy.connector == connector, Copy.contact_id.in_(moved), Copy.held == Held.MAILED
        session.execute(update(Copy).where(*mine, Copy.remote_id.is_not(None)).values(held=Held.MOVING))


def rows_of(connector: str, found: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    at = clock.now()
    for change in found:
        row = rows.setdefault(change.contact_id, new(connector, change.contact_id, at, since=change.at))
        row["urgent"] = row["urgent"] or change.kind in WITHDRAWALS
        row["erased"] = row["erased"] or change.kind == ChangeKind.ERASED
    return list(rows.values())


def make_due(session: Session, connector: str, contact_ids: Iterable[str], **values: Any) -> None:
    """Have the tool told of these: `add` them, with these values."""
    at = clock.now()
    add(session, [new(connector, contact_id, at, **values) for contact_id in contact_ids])


def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that are due. Those that are there are only due (again), and urgent or erased where the new ones are.

    In one order, whoever adds them: so that nobody waits in a circle.
    """
    if not rows:
        return
    new_rows = insert(Copy)
    told = new_rows.excluded
    due = {
        "marks": Copy.marks + 1,
        "urgent": or_(Copy.urgent, told.urgent),
        "erased": or_(Copy.erased, told.erased),
        "since": func.coalesce(Copy.since, told.since),
        "due_at": told.due_at,
        "attempts": 0,
        "dead": None,
        "answer": None,
    }
    conflict = new_rows.on_conflict_do_update(index_elements=["connector", "contact_id"], set_=due)
    session.execute(conflict, [dict(row) for row in sorted(rows, key=itemgetter("connector", "contact_id"))])


def next_due(session: Session, connector: str, at: datetime, limit: int) -> Sequence[Copy]:
    """Withdrawals first, then whoever has waited longest."""
    due = select(Copy).where(Copy.connector == connector, Copy.due_at <= at, Copy.dead.is_(None))
    return session.scalars(due.order_by(Copy.urgent.desc(), Copy.due_at, Copy.contact_id).limit(limit)).all()


def dead_copies(session: Session, connector: str) -> Iterator[Copy]:
    """What is not tried again by itself, oldest first."""
    dead = select(Copy).where(Copy.connector == connector, Copy.due_at.is_not(None), Copy.dead.is_not(None))
    yield from session.scalars(dead.order_by(Copy.since, Copy.contact_id))


def retry_copies(connector: str, contact_ids: Sequence[str]) -> int:
    """Make these due now, or all that are due some time; how many. Of files it is the next one.

    Copies before their connector, as workers lock them: so that nobody waits in a circle.
    """
    waiting = update(Copy).where(Copy.connector == connector, Copy.due_at.is_not(None))
    if contact_ids:
        waiting = waiting.where(Copy.contact_id.in_(contact_ids))
    now = waiting.values(due_at=clock.now(), dead=None, attempts=0).returning(Copy.contact_id)
    with transaction() as session:
        due = session.execute(now).all()
        state = session.get(ConnectorState, connector, with_for_update=True)
        if state:
            state.due_at, state.next_at = None, state.next_at and min(state.next_at, clock.now())
        return len(due)
