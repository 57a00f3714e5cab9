"""What a worker that stood still has told its tool too late: by then another one had told what is newer.

It is told once more.
"""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.feed import copies
from newsletter.feed.connectors.task import Task
from newsletter.feed.copies import STAYS, Copy, Held


def erase_again(session: Session, connector: str, task: Task, remote_id: str | None) -> None:
    """Another worker has had the person erased meanwhile."""
    if task.wants is Held.MAILED:
        held = {"remote_id": remote_id, "held": task.wants, "erased": True, "urgent": True}
        copies.make_due(session, connector, [task.contact_id], **held)


def look_again(session: Session, connector: str, contact_ids: Collection[str]) -> None:
    """A batch may have brought these back, of whom another worker has told the tool meanwhile."""
    if not contact_ids:
        return
    copies.make_due(session, connector, contact_ids, held=Held.UNSURE, urgent=True)
    gone = Copy.connector == connector, Copy.contact_id.in_(contact_ids), Copy.held == Held.NOTHING
    session.execute(update(Copy).where(*gone).values(held=Held.UNSURE))


def put_back(session: Session, connector: str, remote_id: str, besides: str) -> None:
    """The person has returned meanwhile, and been put on the list under the same id. That they left was our doing."""
    mine = Copy.connector == connector, Copy.remote_id == remote_id, Copy.contact_id != besides
    back = session.scalars(select(Copy.contact_id).where(*mine, *STAYS)).all()
    if not back:
        return
    copies.make_due(session, connector, back)
    off = Copy.connector == connector, Copy.contact_id.in_(back)
    session.execute(update(Copy).where(*off).values(held=Held.LEFT))
