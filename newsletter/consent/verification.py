"""Does a subscriber's evidence still say what it said when it was written?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Row, String, TypeDecorator, select, type_coerce
from sqlalchemy.orm import Session

from newsletter.consent.evidence import START, Evidence, EvidenceValue, commitment, record_hash
from newsletter.consent.texts import Texts, as_table
from newsletter.db import Instant, Json

NO_EVIDENCE = "there is no evidence at all"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with one subscriber's chain."""

    subscriber_id: str
    seq: int
    sentence: str

    def __str__(self) -> str:
        return f"record {self.seq}: {self.sentence}"


def verify_all(session: Session, subscriber_ids: Sequence[str]) -> Iterator[Fault]:
    """Every fault of these chains: altered, removed or reordered records, values and texts that do not fit, no chain.

    Many are read at once, as plain rows: of a million people a hundred are looked at in the time that one would take.
    """
    records, values = records_of(session, subscriber_ids), values_of(session, subscriber_ids)
    texts = Texts.named_in(session, (record.facts for chain in records.values() for record in chain))
    for subscriber_id in subscriber_ids:
        mine = records.get(subscriber_id, [])
        found = faults(mine, values.get(subscriber_id, {}), texts) if mine else iter([(0, NO_EVIDENCE)])
        yield from (Fault(subscriber_id=subscriber_id, seq=seq, sentence=sentence) for seq, sentence in found)


Written = Row[*tuple[Any, ...]]
"""A row of either table, by the names of its columns."""


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


def faults(
    records: Sequence[Written], values: Mapping[int, Mapping[str, Written]], texts: Texts
) -> Iterator[tuple[int, str]]:
    previous, expected = START, 1
    for record in records:
        if record.seq != expected:
            yield expected, f"record {expected} is missing"
        if record.previous != previous:
            yield record.seq, "does not follow from the record before it"
        if not isinstance(record.at, datetime) or record_hash(as_written(record)) != record.hash:
            yield record.seq, "was altered"
        yield from value_faults(record, values.get(record.seq, {}))
        yield from ((record.seq, sentence) for sentence in texts.faults(record.facts))
        previous, expected = record.hash, record.seq + 1
    for seq in sorted(values.keys() - {record.seq for record in records}):
        yield seq, "is missing, and values of it are there"


def as_written(record: Written) -> dict[str, Any]:
    return dict(record._mapping)


def value_faults(record: Written, values: Mapping[str, Written]) -> Iterator[tuple[int, str]]:
    commitments = as_table(record.commitments)
    for name, expected in commitments.items():
        value = values.get(name)
        if value is None:
            yield record.seq, f"its {name} is gone without a rule that removed it"
        elif value.value is None:
            yield from ((record.seq, f"its {name} {sentence}") for sentence in removal_faults(value))
        elif value.removed_rule is not None or not fits(value, expected):
            yield record.seq, f"its {name} was altered"
    for name in values.keys() - commitments.keys():
        yield record.seq, f"a {name} was added to it"


def removal_faults(value: Written) -> Iterator[str]:
    """A rule that removes a value says so with the day, and leaves no salt to find out by guessing what it was."""
    if value.removed_rule is None or value.removed_at is None:
        yield "was emptied without a rule"
    if value.salt is not None:
        yield "was emptied, and its salt is there"


def fits(value: Written, expected: str) -> bool:
    """Whether the record committed to this value; no salt of ours is anything but hexadecimal."""
    try:
        return commitment(value.salt, value.field, value.value) == expected
    except (TypeError, ValueError):
        return False
