"""Evidence as it stands in the database, readable whatever somebody has made of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Dialect, Row, String, TypeDecorator, select, type_coerce
from sqlalchemy.orm import Session

from newsletter.consent.evidence import Evidence, EvidenceValue
from newsletter.db import Instant, Json

Written = Row[*tuple[Any, ...]]
"""A row of either table, by the names of its columns."""


@dataclass(frozen=True, kw_only=True)
class Chains:
    """The evidence of some people, read at once as plain rows: a hundred in the time that one would take."""

    people: Sequence[str]
    records: Mapping[str, Sequence[Written]]
    values: Mapping[str, Mapping[int, Mapping[str, Written]]]

    @classmethod
    def read(cls, session: Session, subscriber_ids: Sequence[str]) -> Self:
        records, values = records_of(session, subscriber_ids), values_of(session, subscriber_ids)
        return cls(people=subscriber_ids, records=records, values=values)

    def value(self, record: Written, name: str) -> str | None:
        """What this record's value is; None where it has none, or none any more."""
        found = self.values.get(record.subscriber_id, {}).get(record.seq, {}).get(name)
        return found.value if found else None


class AsItStands(Json):
    """JSON; what somebody altered so that it is none any more is read as text, so that its record is not lost."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        try:
            return super().process_result_value(value, dialect)
        except ValueError:
            return value


class InstantAsItStands(TypeDecorator[Any]):
    """The same for what is no instant any more, which SQLite can hold."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else value
            return Instant().process_result_value(found, dialect)
        except (AttributeError, ValueError):
            return value


def records_of(session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, list[Written]]:
    table = Evidence.__table__.c
    columns = [as_it_stands(column) for column in table]
    wanted = select(*columns).where(table.subscriber_id.in_(subscriber_ids)).order_by(table.subscriber_id, table.seq)
    found: dict[str, list[Written]] = defaultdict(list)
    for row in session.execute(wanted):
        found[row.subscriber_id].append(row)
    return found


def as_it_stands(column: ColumnElement[Any]) -> ColumnElement[Any]:
    for kind, tolerant in ((Json, AsItStands), (Instant, InstantAsItStands)):
        if isinstance(column.type, kind):
            return type_coerce(column, tolerant).label(str(column.key))
    return column


def values_of(session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, dict[int, dict[str, Written]]]:
    table = EvidenceValue.__table__.c
    found: dict[str, dict[int, dict[str, Written]]] = defaultdict(lambda: defaultdict(dict))
    columns = [as_it_stands(column) for column in table]
    for row in session.execute(select(*columns).where(table.subscriber_id.in_(subscriber_ids))):
        found[row.subscriber_id][row.seq][row.field] = row
    return found
