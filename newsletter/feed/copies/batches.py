"""Many copies told at once, by tools that can."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from newsletter import clock
from newsletter.db import insert
from newsletter.feed.copies.copy import Copy, Held, new


def add_unsure(session: Session, connector: str, contact_ids: Sequence[str]) -> set[str]:
    """Those of these contacts who may now be sent in a batch: all but whom the tool has been told of already."""
    unsure = {"held": Held.UNSURE, "since": None, "due_at": None}
    at = clock.now()
    rows = [new(connector, contact_id, at, **unsure) for contact_id in contact_ids]
    session.execute(insert(Copy).on_conflict_do_nothing(), rows)
    return set(session.scalars(select(Copy.contact_id).where(*batch(connector, contact_ids))))


def sent(session: Session, connector: str, contact_ids: Iterable[str]) -> set[str]:
    """The tool has taken these in a batch, under ids unsaid. Those of them whom nobody has told of meanwhile."""
    mailed = update(Copy).where(*batch(connector, sorted(contact_ids))).values(held=Held.MAILED)
    return set(session.scalars(mailed.returning(Copy.contact_id)))


def batch(connector: str, contact_ids: Sequence[str]) -> list[ColumnElement[bool]]:
    """Those of a batch who are still as `add_unsure` left them; ids come in their order, so their ends will do."""
    first, last = min(contact_ids, default=""), max(contact_ids, default="")
    between = Copy.contact_id >= first, Copy.contact_id <= last
    return [Copy.connector == connector, *between, Copy.held == Held.UNSURE, Copy.due_at.is_(None)]
