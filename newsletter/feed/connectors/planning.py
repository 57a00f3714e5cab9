"""A dry run: what a tool would be told, without telling it."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import changes
from newsletter.changes import Cursor
from newsletter.db import reader
from newsletter.errors import ConnectorListless
from newsletter.feed import copies
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.connectors.declared import Declared
from newsletter.feed.connectors.task import tasks_of
from newsletter.feed.copies import Copy, Held
from newsletter.feed.selection import Selection
from newsletter.subscriptions import Subscription

PAGE = 1000  # contacts, or changes, read at once
WORDS = {Held.MAILED: "hold", Held.LEFT: "leave", Held.NOTHING: "erase"}


def planned(one: Declared) -> Iterator[str]:
    """What is due, what unread changes will make due, and what is left of the first fill."""
    if one.drops_files:
        raise ConnectorListless
    with reader() as session:
        state = session.get(ConnectorState, one.name)
        if state:
            yield from due(session, one.name)
            yield from unread(session, state)
        if state is None or state.filled_to is not None:
            yield from unfilled(session, one.newsletter, state.filled_to or "" if state else "")


def due(session: Session, connector: str) -> Iterator[str]:
    wanted = select(Copy).where(Copy.connector == connector, Copy.due_at.is_not(None), Copy.dead.is_(None))
    last = ""
    while part := session.scalars(wanted.where(Copy.contact_id > last).order_by(Copy.contact_id).limit(PAGE)).all():
        yield from lines(session, part)
        last = part[-1].contact_id


def unread(session: Session, state: ConnectorState) -> Iterator[str]:
    cursor = Cursor.parse(state.cursor)
    while found := changes.after(session.connection(), state.newsletter, cursor, PAGE):
        yield from lines(session, [Copy(**row) for row in copies.rows_of(state.name, found)])
        cursor = Cursor.of(found[-1])


def lines(session: Session, found: Sequence[Copy]) -> Iterator[str]:
    return (f"{WORDS[task.wants]}  {task.contact_id}" for task in tasks_of(session, found))


def unfilled(session: Session, newsletter: str, reached: str) -> Iterator[str]:
    selection = Selection(newsletter=newsletter)
    while part := session.scalars(selection.page(reached, PAGE, Subscription.id)).all():
        yield from (f"hold  {contact_id}" for contact_id in part)
        reached = part[-1]
