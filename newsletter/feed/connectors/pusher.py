"""Keeping a tool's list equal to ours: reading the changes, and bringing each contact to its desired state.

What is told is always how things stand now, so any telling may be repeated, and many changes of one contact are one
telling. One worker at a time holds a connector, so nothing overtakes anything; its lease is renewed while it works.
"""

from collections.abc import Sequence

from sqlalchemy import update

from newsletter import changes, clock
from newsletter.changes import Cursor
from newsletter.db import reader, snapshot, transaction
from newsletter.feed import copies
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.connectors.bringing import Bringing
from newsletter.feed.connectors.filling import Filling
from newsletter.feed.connectors.listening import Listening
from newsletter.feed.connectors.settling import Settling
from newsletter.feed.connectors.task import Task, tasks_of
from newsletter.feed.connectors.tool import Denied, Failed, LeftThere, Refused, Tool
from newsletter.feed.copies import Copy, Held

READ = 1000  # changes at once
BATCH = 50  # contacts told before the changes are looked at again, for withdrawals among them
ROUND = 5.0  # seconds after which they are looked at in any case


class Pusher:
    """One connector's way to a tool that holds people one by one."""

    def __init__(self, name: str, newsletter: str, tool: Tool, account: Sequence[str]) -> None:
        self.name, self.newsletter, self.tool = name, newsletter, tool
        self.filling, self.listening = Filling(name, newsletter, tool), Listening(name, tool)
        self.bringing, self.settling = Bringing(name, tool, account), Settling(name)

    def check(self) -> None:
        self.tool.check()

    def step(self) -> int:
        """Read what has changed, and tell the tool of some; how much was done. Raises Trouble and Misconfigured."""
        read = self.read_changes()
        tasks = self.tasks()
        began = clock.monotonic()
        for task in tasks:
            self.tell(task)
            if clock.monotonic() - began > ROUND:
                break
        if len(tasks) < BATCH:
            return read + len(tasks) + (self.filling.step() or self.listening.step())
        return read + len(tasks)

    def read_changes(self) -> int:
        with reader() as session:
            cursor = Cursor.parse(session.get_one(ConnectorState, self.name).cursor)
        with snapshot() as connection:
            found = changes.after(connection, self.newsletter, cursor, READ)
        if found:
            with transaction() as session:
                copies.mark(session, self.name, found)
                ConnectorState.locked(session, self.name).cursor = str(Cursor.of(found[-1]))
        return len(found)

    def tasks(self) -> list[Task]:
        """The next ones. Who is told of for the first time is noted as perhaps known there before anything leaves."""
        with transaction() as session:
            tasks = tasks_of(session, copies.next_due(session, self.name, clock.now(), BATCH))
            first = [task.contact_id for task in tasks if task.held == Held.NOTHING and task.wants is Held.MAILED]
            mine = update(Copy).where(Copy.connector == self.name, Copy.contact_id.in_(first))
            session.execute(mine.values(held=Held.UNSURE))
        return tasks

    def tell(self, task: Task) -> None:
        try:
            self.settling.settle(task, self.bringing.bring(task))
        except LeftThere as error:
            self.settling.end_here(task, error)
        except (Refused, Failed) as error:
            self.settling.postpone(task, error)
        except Denied as error:
            self.tool.check()
            self.settling.deny(task, error)
