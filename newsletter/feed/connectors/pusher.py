"""Keeping a tool's list equal to ours: reading the changes, and bringing each contact to its desired state.

What is told is always how things stand now, so any telling may be repeated, and many changes of one contact are one
telling. One worker at a time holds a connector, so nothing overtakes anything; its lease is renewed while it works.
"""

from collections.abc import Sequence

from sqlalchemy import update

from newsletter import changes, clock, guard, logs, signups
from newsletter.changes import Cursor
from newsletter.consent import Visit
from newsletter.db import reader, snapshot, transaction
from newsletter.feed import copies
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.connectors import too_late
from newsletter.feed.connectors.filling import Filling
from newsletter.feed.connectors.listening import Listening
from newsletter.feed.connectors.task import Task, tasks_of
from newsletter.feed.connectors.tool import Denied, Failed, LeftThere, Misconfigured, Refused, Tool, ToolError, Trouble
from newsletter.feed.copies import Copy, Dead, Held
from newsletter.subscriptions import Cause, Channel

READ = 1000  # changes at once
BATCH = 50  # contacts told before the changes are looked at again, for withdrawals among them
ROUND = 5.0  # seconds after which they are looked at in any case
SUSPICIOUS = 3  # requests that fail in a row are the tool's trouble rather than three persons'

log = logs.get("connectors")


class Pusher:
    """One connector's way to a tool that holds people one by one."""

    def __init__(self, name: str, newsletter: str, tool: Tool, account: Sequence[str]) -> None:
        self.name, self.newsletter, self.tool, self.account = name, newsletter, tool, account
        self.filling, self.listening = Filling(name, newsletter, tool), Listening(name, tool)
        self.failed_in_a_row = 0
        self.strangers: set[str] = set()  # whom this worker has put off, by the tool's ids

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
                copies.mark(session, self.name, found, clock.now())
                ConnectorState.locked(session, self.name).cursor = str(Cursor.of(found[-1]))
        return len(found)

    def tasks(self) -> list[Task]:
        """The next ones. Who is told of for the first time is noted as perhaps known there before anything leaves."""
        with transaction() as session:
            tasks = tasks_of(session, copies.next_due(session, self.name, clock.now(), BATCH))
            first = [task.contact_id for task in tasks if task.held == Held.NOTHING and task.wants is Held.MAILED]
            mine = update(Copy).where(Copy.connector == self.name, Copy.contact_id.in_(first))
            session.execute(mine.values(held=Held.UNSURE).execution_options(synchronize_session=False))
        return tasks

    def tell(self, task: Task) -> None:
        try:
            self.settle(task, self.bring(task))
        except LeftThere as error:
            self.end_here(task, error)
        except (Refused, Failed) as error:
            self.postpone(task, error)
        except Denied as error:
            self.tool.check()
            self.deny(task, error)

    def bring(self, task: Task) -> str | None:
        """Bring one contact to its desired state; the tool's own id of it, or none where it holds nothing."""
        if task.wants is Held.MAILED:
            return self.hold(task)
        if task.remote_id:
            self.reduce(task, task.remote_id)
        other = self.found(task)
        if other and other != task.remote_id:
            self.reduce(task, other)
        return other or task.remote_id

    def hold(self, task: Task) -> str:
        remote_id = self.held(task)
        if remote_id != task.remote_id and self.gives_way(task, remote_id):
            raise Failed("the tool has this address for another person, who has moved")
        return remote_id

    def held(self, task: Task) -> str:
        known = task.remote_id or self.found(task)
        if known and known != task.remote_id and self.gives_way(task, known):
            known = None
        try:
            return self.tool.hold(task.person(held_back=task.held == Held.LEFT), known)
        except Refused:
            self.take_off(task, known)
            raise
        except LeftThere as error:
            if not self.was_our_doing(task, error):
                raise
        return self.tool.hold(task.person(held_back=True), known)

    def gives_way(self, task: Task, remote_id: str) -> bool:
        """Have the tool told first of whoever else it knows by this id, or did until they moved; whether there is one.

        Two people must never be one there, or either would get what is meant for the other.
        """
        with transaction() as session:
            others = copies.of_others(session, remote_id, self.account, task.contact_id)
            for other in others:
                copies.add(session, [copies.new(other.connector, other.contact_id, clock.now())])
        if others and self.name not in {other.connector for other in others}:
            self.tool.leave(remote_id, forget=True)
        return bool(others)

    def take_off(self, task: Task, remote_id: str | None) -> None:
        """A tool that refuses somebody as they are now, with a new address say, must not mail them as they were."""
        if remote_id:
            self.reduce(task, remote_id)
            with transaction() as session:
                copy = copies.locked(session, self.name, task.contact_id)
                copy.remote_id, copy.held = remote_id, Held.LEFT

    def was_our_doing(self, task: Task, error: LeftThere) -> bool:
        """Whether they are off the tool's list only because we put off their earlier contact there: they have returned.

        Or because we put them off as a stranger, though they had confirmed here by then.
        """
        if task.held in copies.MAILED or error.remote_id is None:
            return False
        if error.remote_id in self.strangers:
            return True
        with reader() as session:
            return copies.left_as(session, error.remote_id, self.name)

    def found(self, task: Task) -> str | None:
        """As whom the tool may know them though we do not; of who is to be held, only whoever may have moved."""
        if task.held == Held.NOTHING or task.remote_id and task.held != Held.MOVING:
            return None
        with reader() as session:
            hashes = changes.hashes(session, task.contact_id)
        return self.tool.find(task.contact_id, hashes) if hashes or task.wants is not Held.MAILED else None

    def reduce(self, task: Task, remote_id: str) -> None:
        """Leave or erase, unless that would reach the same person's other contact, who is still to be mailed."""
        with reader() as session:
            others = copies.mailed_as(session, remote_id, self.account, besides=task.contact_id)
        if self.name in others:
            return
        if task.wants is Held.NOTHING and not others:
            self.tool.erase(remote_id)
        else:
            self.tool.leave(remote_id, forget=task.wants is Held.NOTHING)
            self.strangers |= {remote_id} if task.stray else set()
        with transaction() as session:
            too_late.put_back(session, self.name, remote_id, besides=task.contact_id)

    def settle(self, task: Task, remote_id: str | None) -> None:
        self.failed_in_a_row = 0
        with transaction() as session:
            copy = session.get(Copy, (self.name, task.contact_id), with_for_update=True, populate_existing=True)
            gone = task.wants is Held.NOTHING or task.stray
            if copy is None:
                too_late.erase_again(session, self.name, task, remote_id)
                return
            copy.remote_id = None if gone else remote_id
            copy.held = task.wants if copy.remote_id else Held.NOTHING
            if copy.marks == task.marks:
                copy.settle()
                if gone:
                    session.delete(copy)
            else:  # another worker may have told what is newer, while this one stood still
                copy.due_at = copy.due_at or clock.now()
            ConnectorState.locked(session, self.name).count_done(task.urgent_since, clock.now())
        log.info("tool told", connector=self.name, contact=task.contact_id, holds=task.wants.value)

    def remember(self, task: Task, error: ToolError) -> None:
        """The tool knows this person now, though it has not done all of what was asked."""
        if error.remote_id:
            with transaction() as session:
                copies.locked(session, self.name, task.contact_id).remote_id = error.remote_id

    def postpone(self, task: Task, error: Refused | Failed) -> None:
        """Only this person waits, or is given up, and everybody else goes on; unless several fail in a row."""
        self.failed_in_a_row = 0 if isinstance(error, Refused) else self.failed_in_a_row + 1
        self.remember(task, error)
        with transaction() as session:
            copy = copies.locked(session, self.name, task.contact_id)
            state = ConnectorState.locked(session, self.name)
            if isinstance(error, Refused):
                copy.dead, state.refused = Dead.REFUSED, state.refused + 1
            else:
                state.retried += 1
                copy.dead = Dead.EXHAUSTED if copy.failed_for_long(clock.now(), state.done_at) else None
            copy.wait(clock.now(), str(error))
        if self.failed_in_a_row >= SUSPICIOUS:
            raise Trouble(f"several requests failed in a row: {error}")

    def deny(self, task: Task, error: Denied) -> None:
        """Lists and fields are permitted, so it may be this person's matter; unless it has never worked for anybody."""
        with reader() as session:
            has_worked = session.get_one(ConnectorState, self.name).done_at is not None
        try:
            self.postpone(task, Failed(str(error)))
        except Trouble:
            raise error from None
        if not has_worked:
            raise error

    def end_here(self, task: Task, error: LeftThere) -> None:
        """Who has left through the tool has withdrawn (A6.6): it ends here, and the tool is told that it has."""
        self.remember(task, error)
        self.doubt()
        log.info("left through the tool", connector=self.name, contact=task.contact_id)
        note = {"reason": f"left through {self.name}"}
        signups.leave(task.contact_id, Cause(Channel.REPORT, Visit(ip=None, told_by=self.name), note))

    def doubt(self) -> None:
        """A tool that has lost its list must not empty ours. Raises Misconfigured when too many have left at once."""
        with transaction() as session:
            left = guard.tally(session, "left through a tool", self.name, guard.GONE_WITHIN, clock.now())
            mailed = copies.mailed(session, self.name)
        if left > guard.MOST_GONE and mailed < guard.least_left(left):
            raise Misconfigured(f"{left} have left through the tool within an hour, which looks like a fault of it")
