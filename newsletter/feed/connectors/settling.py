"""What a tool has made of one contact: remembered, tried again later, given up, or the end of a subscription."""

from newsletter import clock, guard, logs, signups
from newsletter.consent import Visit
from newsletter.db import reader, transaction
from newsletter.feed import copies
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.connectors import too_late
from newsletter.feed.connectors.task import Task
from newsletter.feed.connectors.tool import Denied, Failed, LeftThere, Misconfigured, Refused, ToolError, Trouble
from newsletter.feed.copies import Copy, Dead, Held
from newsletter.subscriptions import Cause, Channel

SUSPICIOUS = 3  # requests that fail in a row are the tool's trouble rather than three persons'

log = logs.get("connectors")


class Settling:
    """One connector's account of what was done, and of who waits."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failed_in_a_row = 0

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
