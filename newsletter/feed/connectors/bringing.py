"""Bringing one contact to its desired state at a tool. Its answer to that is settled elsewhere."""

from collections.abc import Sequence

from newsletter import changes, clock
from newsletter.db import reader, transaction
from newsletter.feed import copies
from newsletter.feed.connectors import too_late
from newsletter.feed.connectors.task import Task
from newsletter.feed.connectors.tool import Failed, LeftThere, Refused, Tool
from newsletter.feed.copies import Held


class Bringing:
    """What one connector has its tool do, person by person. Raises what the tool does."""

    def __init__(self, name: str, tool: Tool, account: Sequence[str]) -> None:
        self.name, self.tool, self.account = name, tool, account
        self.strangers: set[str] = set()  # whom this worker has put off, by the tool's ids

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
        at = clock.now()
        with transaction() as session:
            others = copies.of_others(session, remote_id, self.account, task.contact_id)
            copies.add(session, [copies.new(other.connector, other.contact_id, at) for other in others])
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
