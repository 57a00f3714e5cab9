"""Evidence as it stands in the database, readable whatever somebody has made of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from newsletter.as_it_stands import as_they_stand
from newsletter.consent.evidence import Evidence, EvidenceValue

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
