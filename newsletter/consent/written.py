"""Evidence as it stands in the database, readable whatever somebody has made of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Dialect, Integer, Row, String, TypeDecorator, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.consent.evidence import Evidence, EvidenceValue
from newsletter.db import Base, Instant, Json

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


class JsonAsItStands(Json):
    """JSON; what somebody altered so that it is none any more is read as text, so that its record is not lost."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        try:
            return super().process_result_value(value, dialect)
        except ValueError:
            return str(value)


class InstantAsItStands(TypeDecorator[Any]):
    """The same for what is no instant any more, which SQLite can hold: it is read as one that cannot be ours."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else value
            return Instant().process_result_value(found, dialect)
        except (AttributeError, ValueError):
            return NEVER


class NumberAsItStands(TypeDecorator[Any]):
    """The same for numbers."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or isinstance(value, int) else MOST


class TextAsItStands(TypeDecorator[Any]):
    """The same for texts: bytes are spelt out."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return str(value) if isinstance(value, bytes) else value


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
MOST = 2**63 - 1  # above all that either database counts
KINDS = {Json: JsonAsItStands, Instant: InstantAsItStands, Integer: NumberAsItStands, String: TextAsItStands}


def as_they_stand(model: type[Base]) -> list[ColumnElement[Any]]:
    return [as_it_stands(column) for column in model.__table__.c]


def as_it_stands(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    kind = next(kind for known, kind in KINDS.items() if isinstance(column.type, known))
    return type_coerce(column, kind).label(str(column.key))


def records_of(session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, list[Written]]:
    table = Evidence.__table__.c
    mine = select(*as_they_stand(Evidence)).where(table.subscriber_id.in_(subscriber_ids))
    found: dict[str, list[Written]] = defaultdict(list)
    for row in session.execute(mine.order_by(table.subscriber_id, table.seq)):
        found[row.subscriber_id].append(row)
    return found


def values_of(session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, dict[int, dict[str, Written]]]:
    table = EvidenceValue.__table__.c
    found: dict[str, dict[int, dict[str, Written]]] = defaultdict(lambda: defaultdict(dict))
    mine = select(*as_they_stand(EvidenceValue)).where(table.subscriber_id.in_(subscriber_ids))
    for row in session.execute(mine):
        found[row.subscriber_id][row.seq][row.field] = row
    return found
