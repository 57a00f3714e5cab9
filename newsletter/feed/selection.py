"""Which contacts of a newsletter are meant: the same choice for the list, the streams, and what tools are to hold."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from newsletter.columns import canonical
from newsletter.db import Column
from newsletter.subscriptions import Status, Subscription


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Contacts of one newsletter; without a status, only those who may be mailed (PRODUCT 5.2)."""

    newsletter: str
    status: Status = Status.SUBSCRIBED
    topic: str | None = None
    consent: str | None = None
    changed_since: datetime | None = None

    @property
    def mark(self) -> str:
        """Names this choice in a cursor, which goes on with no other."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()[:16]

    def page(self, last_id: str, limit: int, *what: Column) -> Select[Any]:
        """This of some of them, in the order of their ids, behind the last one."""
        left = select(*what).where(*self.conditions(), Subscription.id > last_id)
        return left.order_by(Subscription.id).limit(limit)

    def count(self, connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(Subscription).where(*self.conditions())).scalar_one()

    def conditions(self) -> list[ColumnElement[bool]]:
        found = [Subscription.newsletter == self.newsletter, Subscription.status == self.status]
        if self.topic is not None:
            found.append(lists(Subscription.topics, self.topic))
        if self.consent is not None:
            found.append(lists(Subscription.granted, self.consent))
        if self.changed_since is not None:
            found.append(Subscription.changed_at >= self.changed_since)
        return found


def lists(column: InstrumentedAttribute[list[str]], name: str) -> ColumnElement[bool]:
    """Whether a list kept as canonical JSON holds this name: a look at its text, the same on every database."""
    return type_coerce(column, Text).contains(canonical(name), autoescape=True)
