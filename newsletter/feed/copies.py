"""What the tools hold: one row per connector and contact.

A copy's row outlives its contact here: the tool's own id in it is the only way to have a person erased there who has
been erased here already. It goes when the tool has done it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Index, Row, func, or_, select, text, true, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.changes import WITHDRAWALS, Kind
from newsletter.db import Base, Id, Instant, insert, transaction
from newsletter.feed.connector_state import ConnectorState
from newsletter.subscriptions import Subscription

RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=6)
WAITS_THAT_GROW = 10
GIVEN_UP = timedelta(days=3)
IS_DUE = text("due_at IS NOT NULL")


class Held(StrEnum):
    """What the tool holds of a contact, as far as we know."""

    NOTHING = "nothing"
    UNSURE = "unsure"  # a first push has left, and its answer is not known
    MAILED = "mailed"  # it is on the tool's list
    MOVING = "moving"  # so is it, under the old address and perhaps under the new one already
    LEFT = "left"  # the tool knows the person, and does not mail them


MAILED = (Held.MAILED, Held.MOVING)
"""The tool mails them."""


class Dead(StrEnum):
    """Why a copy is not tried again by itself. A later change of the contact is."""

    REFUSED = "refused"  # the tool will not have this person
    EXHAUSTED = "exhausted"  # it failed for three days


class Copy(Base):
    """One contact in one tool. `due_at` says that the tool has still to be told something."""

    __tablename__ = "copies"
    __table_args__ = (
        Index("ix_copies_due", "connector", "urgent", "due_at", postgresql_where=IS_DUE, sqlite_where=IS_DUE),
        Index("ix_copies_remote_id", "remote_id"),
    )

    connector: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str] = mapped_column(Id, primary_key=True)
    remote_id: Mapped[str | None]
    held: Mapped[str]
    erased: Mapped[bool]
    stray: Mapped[bool]  # nobody's contact: somebody whom the tool mails, and we do not know
    marks: Mapped[int]  # rises with every change, so that one during a push is not lost
    urgent: Mapped[bool]
    since: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int]
    dead: Mapped[str | None]
    answer: Mapped[str | None]

    def settle(self) -> None:
        """The tool has been told all that there is to tell."""
        self.due_at = self.since = self.dead = self.answer = None
        self.urgent, self.attempts = False, 0

    def wait(self, at: datetime, answer: str) -> None:
        self.attempts, self.answer = self.attempts + 1, answer
        self.due_at = at + min(RETRY * 2 ** min(self.attempts - 1, 20), LONGEST_RETRY)

    def failed_for_long(self, at: datetime, tool_worked_at: datetime | None) -> bool:
        """It has failed for days while the tool did as it was told for others, and often: no worker may have run."""
        if self.since is None or tool_worked_at is None or self.attempts < WAITS_THAT_GROW:
            return False
        return at - self.since > GIVEN_UP and tool_worked_at > self.since


def new(connector: str, contact_id: str, at: datetime, **values: Any) -> dict[str, Any]:
    """A row of somebody whom this tool has still to be told of."""
    return {
        "connector": connector,
        "contact_id": contact_id,
        "remote_id": None,
        "held": Held.NOTHING,
        "erased": False,
        "stray": False,
        "marks": 1,
        "urgent": False,
        "since": at,
        "due_at": at,
        "attempts": 0,
        "dead": None,
        "answer": None,
        **values,
    }


def locked(session: Session, connector: str, contact_id: str) -> Copy:
    return session.get_one(Copy, (connector, contact_id), with_for_update=True, populate_existing=True)


def mark(session: Session, connector: str, found: Sequence[Row[Any]], at: datetime) -> None:
    """Note for each contact of these changes that the tool has to be told; however many, one telling will do."""
    add(session, rows_of(connector, found, at))
    if moved := [change.contact_id for change in found if change.previous_match]:
        mine = Copy.connector == connector, Copy.contact_id.in_(moved), Copy.held == Held.MAILED
        moving = update(Copy).where(*mine, Copy.remote_id.is_not(None)).values(held=Held.MOVING)
        session.execute(moving.execution_options(synchronize_session=False))


def rows_of(connector: str, found: Iterable[Row[Any]], at: datetime) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for change in found:
        row = rows.setdefault(change.contact_id, new(connector, change.contact_id, at, since=change.at))
        row["urgent"] = row["urgent"] or change.kind in WITHDRAWALS
        row["erased"] = row["erased"] or change.kind == Kind.ERASED
    return list(rows.values())


def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that are due; of those that are there, only say that they are due (again).

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


def add_unsure(session: Session, connector: str, contact_ids: Sequence[str], at: datetime) -> set[str]:
    """Those of these contacts who may now be sent in a batch: all but whom the tool has been told of already."""
    unsure = {"held": Held.UNSURE, "since": None, "due_at": None}
    rows = [new(connector, contact_id, at, **unsure) for contact_id in contact_ids]
    session.execute(insert(Copy).on_conflict_do_nothing(), rows)
    return set(session.scalars(select(Copy.contact_id).where(*batch(connector, contact_ids))))


def sent(session: Session, connector: str, contact_ids: Iterable[str]) -> set[str]:
    """The tool has taken these in a batch, under ids unsaid. Those of them whom nobody has told of meanwhile."""
    mailed = update(Copy).where(*batch(connector, sorted(contact_ids))).values(held=Held.MAILED)
    done = mailed.returning(Copy.contact_id).execution_options(synchronize_session=False)
    return set(session.scalars(done))


def batch(connector: str, contact_ids: Sequence[str]) -> list[ColumnElement[bool]]:
    """Those of a batch who are still as `add_unsure` left them; ids come in their order, so their ends will do."""
    first, last = min(contact_ids, default=""), max(contact_ids, default="")
    between = Copy.contact_id >= first, Copy.contact_id <= last
    return [Copy.connector == connector, *between, Copy.held == Held.UNSURE, Copy.due_at.is_(None)]


def next_due(session: Session, connector: str, at: datetime, limit: int) -> Sequence[Copy]:
    """Withdrawals first, then whoever has waited longest."""
    due = select(Copy).where(Copy.connector == connector, Copy.due_at <= at, Copy.dead.is_(None))
    return session.scalars(due.order_by(Copy.urgent.desc(), Copy.due_at, Copy.contact_id).limit(limit)).all()


def mailed_as(session: Session, remote_id: str, account: Iterable[str], besides: str) -> set[str]:
    """The connectors of this account through which the same person of the tool is mailed as another contact of ours."""
    others = select(Copy.connector).where(
        Copy.remote_id == remote_id,
        Copy.connector.in_(list(account)),
        Copy.contact_id != besides,
        Copy.held.in_(MAILED),
        Copy.erased.is_not(true()),
        Copy.stray.is_not(true()),
    )
    return set(session.scalars(others))


def of_others(session: Session, remote_id: str, account: Iterable[str], contact_id: str) -> Sequence[Copy]:
    """Copies by which this account mails another person of ours as the same person of the tool."""
    mine = select(Subscription.subscriber_id).where(Subscription.id == contact_id).scalar_subquery()
    of_another = (
        select(Copy)
        .join(Subscription, Subscription.id == Copy.contact_id)
        .where(
            Copy.remote_id == remote_id,
            Copy.connector.in_(list(account)),
            Copy.held.in_(MAILED),
            Copy.erased.is_not(true()),
            Subscription.subscriber_id != mine,
        )
    )
    return session.scalars(of_another).all()


def mailed(session: Session, connector: str) -> int:
    """How many the tool mails."""
    held = Copy.connector == connector, Copy.held.in_(MAILED)
    return session.scalar(select(func.count()).select_from(Copy).where(*held)) or 0


def left_as(session: Session, remote_id: str, connector: str) -> bool:
    """Whether this connector has put off the same person of the tool before."""
    before = select(Copy.contact_id).where(
        Copy.remote_id == remote_id, Copy.connector == connector, Copy.held == Held.LEFT
    )
    return session.scalar(before.limit(1)) is not None


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
        due = session.execute(now.execution_options(synchronize_session=False)).all()
        state = session.get(ConnectorState, connector, with_for_update=True)
        if state:
            state.due_at, state.next_at = None, state.next_at and min(state.next_at, clock.now())
        return len(due)
