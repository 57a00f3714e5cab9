"""One connector's turns: who may work on it, when, and what becomes of it when its tool does not do as it should.

Whoever holds a connector's lease works on it. A worker that lives renews its leases; one that was killed loses them
within a minute, and another one goes on.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import update

from newsletter import catalog, changes, clock, db, journal, logs
from newsletter.db import reader, snapshot, transaction
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.connectors.calling import Ending
from newsletter.feed.connectors.tool import Misconfigured, ToolError, Trouble

LEASE = timedelta(seconds=40)
CHECK_EVERY = timedelta(hours=6)  # how often the tool's lists and fields are looked at again
SHORTEST_WAIT, LONGEST_WAIT = 5.0, 300.0  # seconds, for a tool in trouble
MISCONFIGURED_WAIT = 300.0  # seconds until a tool that was wrongly set up is tried again

log = logs.get("connectors")


class Round(Protocol):
    """What one connector does when it is its turn."""

    def check(self) -> None:
        """Whether the tool is as it must be."""

    def step(self) -> int:
        """Do some of what is due; how much that was."""


@dataclass(kw_only=True)
class Runner:
    """One connector in one worker."""

    name: str
    kind: str
    newsletter: str
    round: Round
    worker: str = field(default_factory=lambda: secrets.token_hex(8))

    def turn(self) -> int:
        """Do some of what is due, if this worker may; how much. Nothing while a restore might bring people back."""
        if journal.is_restored():
            return 0
        at = clock.now()
        state = self.state() or self.begin()
        if not self.may_work(state, at):
            return 0
        try:
            if state.misconfigured or state.checked_at is None or abs(at - state.checked_at) > CHECK_EVERY:
                self.check(at)
            handled = self.round.step()
        except Ending:
            return 0
        except Misconfigured as error:
            return self.stand_still(error)
        except ToolError as error:
            return self.wait(error)
        if state.troubles:
            self.recover()
        return handled

    def state(self) -> ConnectorState | None:
        with reader() as session:
            return session.get(ConnectorState, self.name)

    def begin(self) -> ConnectorState:
        """A connector that is new begins with everybody who is there now, and goes on with the changes from here."""
        with snapshot() as connection:
            cursor = str(changes.latest(connection, self.newsletter))
        with transaction() as session:
            db.insert_once(session, ConnectorState, fresh(self, cursor))
            return db.detached(session, session.get_one(ConnectorState, self.name))

    def may_work(self, state: ConnectorState, at: datetime) -> bool:
        if state.due_at and state.due_at > at or not state.free_for(self.worker, at):
            return False
        if state.leased_by == self.worker and state.leased_until and state.leased_until > at:
            return True
        with transaction() as session:
            state = ConnectorState.locked(session, self.name)
            if not state.free_for(self.worker, at):
                return False
            state.leased_by, state.leased_until = self.worker, at + LEASE
        return True

    def renew(self) -> None:
        """One request, or one import, may take longer than a lease lasts."""
        with transaction() as session:
            mine = update(ConnectorState).where(
                ConnectorState.name == self.name, ConnectorState.leased_by == self.worker
            )
            session.execute(mine.values(leased_until=clock.now() + LEASE))

    def check(self, at: datetime) -> None:
        if self.newsletter not in catalog.slugs():
            raise Misconfigured(f"the catalogue has no newsletter {self.newsletter}")
        self.round.check()
        with transaction() as session:
            state = ConnectorState.locked(session, self.name)
            state.checked_at, state.misconfigured, state.answer = at, False, None

    def wait(self, error: ToolError) -> int:
        """The tool is away or busy, or fails at what is nobody's matter. Everything waits, for longer each time."""
        with transaction() as session:
            state = ConnectorState.locked(session, self.name)
            state.troubles, state.retried, state.answer = state.troubles + 1, state.retried + 1, str(error)
            asked = error.retry_after if isinstance(error, Trouble) else None
            wait = asked or min(SHORTEST_WAIT * 2 ** min(state.troubles - 1, 10), LONGEST_WAIT)
            state.due_at = clock.now() + timedelta(seconds=wait)
        log.warning("tool in trouble", connector=self.name, answer=str(error))
        return 0

    def stand_still(self, error: Misconfigured) -> int:
        """Only the operator can mend this; once they have, it goes on by itself."""
        with transaction() as session:
            state = ConnectorState.locked(session, self.name)
            state.misconfigured, state.answer = True, str(error)
            state.due_at = clock.now() + timedelta(seconds=MISCONFIGURED_WAIT)
        log.error("connector misconfigured", connector=self.name, answer=str(error))
        return 0

    def recover(self) -> None:
        with transaction() as session:
            state = ConnectorState.locked(session, self.name)
            state.troubles, state.due_at, state.answer = 0, None, None

    def release(self) -> None:
        """Let another worker go on at once."""
        with transaction() as session:
            state = session.get(ConnectorState, self.name, with_for_update=True)
            if state and state.leased_by == self.worker:
                state.leased_by = state.leased_until = None


def fresh(runner: Runner, cursor: str) -> dict[str, object]:
    numbers = dict.fromkeys(("troubles", "done", "retried", "refused", "withdrawn", "withdrawn_ms"), 0)
    named = {"name": runner.name, "kind": runner.kind, "newsletter": runner.newsletter}
    return {**named, "cursor": cursor, "filled_to": "", "misconfigured": False, **numbers}
