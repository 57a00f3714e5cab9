"""A connector that is declared no more: what is kept of it and of what its tool holds goes."""

from sqlalchemy import delete, select

from newsletter import clock
from newsletter.db import reader, transaction
from newsletter.errors import ConnectorServed, ConnectorUnknown
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.copies import Copy

BATCH = 5000  # copies in one transaction


def forget(name: str) -> int:
    """Forget it; how many people its tool held, as far as was known. Nobody tells that tool of them any more.

    Raises ConnectorUnknown, or ConnectorServed while a worker that still has it in its file would begin anew.
    """
    with reader() as session:
        state = session.get(ConnectorState, name)
    if state is None:
        raise ConnectorUnknown
    if state.leased_until and state.leased_until > clock.now():
        raise ConnectorServed
    held = 0
    while found := some_copies(name):
        held += found
    with transaction() as session:
        session.execute(delete(ConnectorState).where(ConnectorState.name == name))
    return held


def some_copies(name: str) -> int:
    with transaction() as session:
        some = session.scalars(select(Copy.contact_id).where(Copy.connector == name).limit(BATCH)).all()
        session.execute(delete(Copy).where(Copy.connector == name, Copy.contact_id.in_(some)))
        return len(some)
