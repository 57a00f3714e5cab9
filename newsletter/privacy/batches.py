"""Forgetting a little at a time: no transaction holds much, and letters never wait behind a mass of old rows."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.clock import BEGINNING
from newsletter.columns import Instant
from newsletter.db import Base, among_rows, insert_once, transaction

BATCH = 500
"""Rows or people at a time. A step that dealt with fewer has nothing left to do for now."""
OVERLAP = timedelta(days=60)
"""How far back a rule looks once more: what is written late tells of an earlier time."""


class Progress(Base):
    """How far a rule has come that goes by the order of time: what is older it has dealt with.

    It goes back, too, when the clock by which it was set was ahead.
    """

    __tablename__ = "progress"

    rule: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(Instant)


def delete_batch(model: type[Base], condition: ColumnElement[bool]) -> int:
    """Delete some of the rows of which this is true; how many. What another worker is deleting is passed over."""
    key = inspect(model).primary_key
    with transaction() as session:
        due = select(*key).where(condition).limit(BATCH).with_for_update(skip_locked=True)
        gone = [tuple(row) for row in session.execute(due)]
        session.execute(delete(model).where(among_rows(key, gone)))
        return len(gone)


def take_up(session: Session, rule: str) -> Progress | None:
    """The rule's progress, held until this transaction ends; None while another worker holds it."""
    insert_once(session, Progress, {"rule": rule, "until": BEGINNING})
    mine = select(Progress).where(Progress.rule == rule).with_for_update(skip_locked=True)
    return session.scalar(mine)


def begin_anew(session: Session) -> None:
    """Have every rule look at everything once more: somebody whom it had to pass over is its business again."""
    session.execute(delete(Progress))
