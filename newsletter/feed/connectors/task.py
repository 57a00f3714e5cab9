"""What a tool is to be told of one contact."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.feed.connectors.tool import Person
from newsletter.feed.copies import Copy, Held
from newsletter.subscriptions import Completion, Status, Subscription


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one contact's copy needs, as it stood when it was looked at."""

    contact_id: str
    remote_id: str | None
    held: str
    erased: bool
    stray: bool
    marks: int
    urgent_since: datetime | None
    contact: str | None

    @classmethod
    def of(cls, copy: Copy, contact: str | None) -> Self:
        return cls(
            contact_id=copy.contact_id,
            remote_id=copy.remote_id,
            held=copy.held,
            erased=copy.erased,
            stray=copy.stray,
            marks=copy.marks,
            urgent_since=copy.since if copy.urgent else None,
            contact=contact,
        )

    @property
    def wants(self) -> Held:
        """What the tool should hold in the end. Somebody who is not here any more is erased there, too."""
        if self.stray:
            return Held.LEFT
        if self.erased or self.contact is None:
            return Held.NOTHING
        return Held.MAILED if json.loads(self.contact)["status"] == Status.SUBSCRIBED else Held.LEFT

    def person(self, *, held_back: bool) -> Person:
        return Person(contact=json.loads(Completion.now().text(self.contact or "")), held_back=held_back)


def tasks_of(session: Session, due: Sequence[Copy]) -> list[Task]:
    wanted = select(Subscription.id, Subscription.contact).where(Subscription.id.in_([one.contact_id for one in due]))
    known = {row.id: row.contact for row in session.execute(wanted)}
    return [Task.of(copy, known.get(copy.contact_id)) for copy in due]
