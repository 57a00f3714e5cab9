"""How the connectors stand, for `flask feed status` and `/metrics`: lag, what was given up, drift (E8, E15)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter import changes, clock
from newsletter.changes import Cursor
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.copies import Copy, Dead


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One connector."""

    state: ConnectorState
    due: int
    refused: int
    exhausted: int
    oldest: datetime | None
    oldest_withdrawal: datetime | None

    @property
    def is_filling(self) -> bool:
        return self.state.filled_to is not None

    @property
    def withdrawals(self) -> tuple[int, float]:
        """How many have got there, and the seconds that they took together."""
        return self.state.withdrawn, self.state.withdrawn_ms / 1000


def standings(session: Session) -> list[Standing]:
    return [standing(session, state) for state in session.scalars(select(ConnectorState).order_by(ConnectorState.name))]


def standing(session: Session, state: ConnectorState) -> Standing:
    """`oldest` is the oldest change that the tool has not been told, whether it was read already or not."""
    mine = [Copy.connector == state.name, Copy.due_at.is_not(None)]
    alive = [*mine, Copy.dead.is_(None)]
    due, oldest = session.execute(select(func.count(), func.min(Copy.since)).where(*alive)).one()
    urgent = session.scalar(select(func.min(Copy.since)).where(*alive, Copy.urgent))
    dead = select(Copy.dead, func.count()).where(*mine, Copy.dead.is_not(None)).group_by(Copy.dead)
    given_up = {row[0]: row[1] for row in session.execute(dead)}
    known = [at for at in (oldest, untold_since(session, state)) if at]
    return Standing(
        state=state,
        due=due,
        refused=given_up.get(Dead.REFUSED, 0),
        exhausted=given_up.get(Dead.EXHAUSTED, 0),
        oldest=min(known, default=None),
        oldest_withdrawal=urgent,
    )


def untold_since(session: Session, state: ConnectorState) -> datetime | None:
    """Since when there is something that has not been read; of files, since when the next one is overdue."""
    if state.next_at:
        return state.next_at if state.next_at < clock.now() else None
    return session.scalar(changes.oldest_behind(state.newsletter, Cursor.parse(state.cursor)))
