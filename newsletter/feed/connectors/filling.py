"""The first fill: everybody who may be mailed, in the order of their ids, in batches where the tool takes batches.

It stands beside the changes, which are read from where it began: whoever leaves meanwhile is told all the same. A
batch may be sent twice. Its answer names nobody's own id, so these are gathered from the tool's list at the end;
whomever it does not show as they should be is told one by one.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import ColumnElement, Row, exists, select, update

from newsletter import clock
from newsletter.db import reader, transaction
from newsletter.feed import copies
from newsletter.feed.connector_state import ConnectorState
from newsletter.feed.connectors import too_late
from newsletter.feed.connectors.tool import BulkTool, Entry, Failed, Person, Tool, ToolError
from newsletter.feed.copies import Copy, Held
from newsletter.feed.selection import Selection
from newsletter.subscriptions import Completion, Subscription

PAGE = 1000  # contacts at once to a tool that takes them one by one
WORTH_A_BATCH = 500  # contacts; fewer are told one by one
GATHERED = 1000  # entries of the tool's list at once


class Filling:
    """One connector's first fill. What it has reached is in the database; only the walk at its end begins anew."""

    def __init__(self, name: str, newsletter: str, tool: Tool) -> None:
        self.name, self.newsletter, self.tool = name, newsletter, tool
        self.bulk = tool if isinstance(tool, BulkTool) and tool.at_once else None
        self.walk: Iterator[Entry] | None = None

    def step(self) -> int:
        """The next part of it; how many contacts that were, 0 once it is over."""
        with reader() as session:
            reached = session.get_one(ConnectorState, self.name).filled_to
        if reached is None:
            return 0
        page = self.page(reached)
        if not page:
            return self.gather()
        if self.bulk and len(page) >= min(WORTH_A_BATCH, self.bulk.at_once):
            self.send(self.bulk, page)
        else:
            self.enqueue(page)
        return len(page)

    def page(self, reached: str) -> Sequence[Row[str, str]]:
        limit = self.bulk.at_once if self.bulk else PAGE
        selection = Selection(newsletter=self.newsletter)
        with reader() as session:
            return session.execute(selection.page(reached, limit, Subscription.id, Subscription.contact)).all()

    def enqueue(self, page: Sequence[Row[str, str]]) -> None:
        with transaction() as session:
            copies.make_due(session, self.name, [row.id for row in page])
            ConnectorState.locked(session, self.name).filled_to = page[-1].id

    def send(self, tool: BulkTool, page: Sequence[Row[str, str]]) -> None:
        """As one batch. That the tool may know them is written down before it does."""
        with transaction() as session:
            fresh = copies.add_unsure(session, self.name, [row.id for row in page])
        completion = Completion.now()
        contacts = [json.loads(completion.text(row.contact)) for row in page if row.id in fresh]
        try:
            tool.fill([Person(contact=contact, held_back=False) for contact in contacts])
        except Failed:
            self.enqueue(page)
            return
        with transaction() as session:
            too_late.look_again(session, self.name, fresh - copies.sent(session, self.name, fresh))
            ConnectorState.locked(session, self.name).filled_to = page[-1].id

    def gather(self) -> int:
        """Some more of the ids by which the tool knows those whom it was sent in batches."""
        if self.walk is None:
            self.walk = self.tool.roster() if self.has_nameless() else iter(())
        try:
            entries = list(islice(self.walk, GATHERED))
        except ToolError:
            self.walk = None
            raise
        self.take_ids(entries)
        if not entries:
            self.finish()
        return len(entries) or 1

    def has_nameless(self) -> bool:
        with reader() as session:
            return session.scalar(select(Copy.contact_id).where(*self.nameless()).limit(1)) is not None

    def nameless(self) -> list[ColumnElement[bool]]:
        return [Copy.connector == self.name, Copy.held == Held.MAILED, Copy.remote_id.is_(None)]

    def take_ids(self, entries: Sequence[Entry]) -> None:
        """Whom the tool has not taken as they were sent is left nameless here, and so told one by one.

        It may have known them, and left them as they were in an older version.
        """
        with transaction() as session:
            for entry in entries:
                if entry.contact_id and entry.is_mailed and entry.version:
                    as_sent = exists().where(Subscription.id == Copy.contact_id, Subscription.version <= entry.version)
                    mine = update(Copy).where(*self.nameless(), Copy.contact_id == entry.contact_id, as_sent)
                    session.execute(mine.values(remote_id=entry.remote_id))

    def finish(self) -> None:
        with transaction() as session:
            left = update(Copy).where(*self.nameless(), Copy.due_at.is_(None))
            at = clock.now()
            session.execute(left.values(due_at=at, since=at))
            ConnectorState.locked(session, self.name).filled_to = None
        self.walk = None
