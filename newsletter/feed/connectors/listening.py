"""Who has left through the tool itself: asked now and then, where a tool can tell."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from newsletter import clock, logs
from newsletter.db import transaction
from newsletter.feed import copies
from newsletter.feed.connectors.tool import TellingTool, Tool, ToolError
from newsletter.feed.copies import Copy, Held

EVERY = timedelta(minutes=5)
OVERLAP = timedelta(hours=1)  # its clock may go otherwise than ours
AT_FIRST = timedelta(days=2)  # what a worker asks about that has just started
BATCH = 500  # people made due at once

log = logs.get("connectors")


class Listening:
    """One connector's ear. It only makes due whom it hears of: telling the tool of them shows what it is about."""

    def __init__(self, name: str, tool: Tool) -> None:
        self.name = name
        self.tool = tool if isinstance(tool, TellingTool) else None
        self.asked_at: datetime | None = None
        self.told_at: datetime | None = None

    def step(self) -> int:
        """Ask, when it is time; how many are due now. What a tool does not tell now it is asked for the next time."""
        at = clock.now()
        if self.asked_at and clock.is_far_ahead(self.asked_at):
            self.asked_at = self.told_at = None
        if self.tool is None or (self.asked_at and at - self.asked_at < EVERY):
            return 0
        self.asked_at = at
        try:
            left = self.tool.left(self.told_at - OVERLAP if self.told_at else at - AT_FIRST)
        except ToolError as error:
            log.warning("who has left through the tool is not known", connector=self.name, answer=str(error))
            return 0
        due = sum(self.make_due(left[n : n + BATCH]) for n in range(0, len(left), BATCH))
        self.told_at = at
        return due

    def make_due(self, remote_ids: Sequence[str]) -> int:
        """Of these whoever is mailed there as far as we know: whom we have put off ourselves is no news."""
        mailed = select(Copy.contact_id).where(
            Copy.connector == self.name, Copy.remote_id.in_(remote_ids), Copy.held == Held.MAILED, Copy.due_at.is_(None)
        )
        with transaction() as session:
            found = session.scalars(mailed).all()
            copies.make_due(session, self.name, found)
        return len(found)
