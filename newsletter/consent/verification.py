"""Does a subscriber's evidence still say what it said when it was written?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from newsletter.consent.evidence import START, Evidence, EvidenceValue, commitment, record_hash
from newsletter.consent.texts import Texts

NO_EVIDENCE = "there is no evidence at all"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with one subscriber's chain."""

    subscriber_id: str
    seq: int
    sentence: str

    def __str__(self) -> str:
        return f"record {self.seq}: {self.sentence}"


def verify(session: Session, subscriber_id: str) -> list[Fault]:
    """Every fault of one chain."""
    return list(verify_all(session, [subscriber_id]))


def verify_all(session: Session, subscriber_ids: Sequence[str]) -> Iterator[Fault]:
    """Every fault of these chains: altered, removed or reordered records, values and texts that do not fit, no chain.

    Many are read at once, as plain rows: of a million people a hundred are looked at in the time that one would take.
    """
    records, values = records_of(session, subscriber_ids), all_values_of(session, subscriber_ids)
    texts = Texts.named_in(session, (record.facts for chain in records.values() for record in chain))
    for subscriber_id in subscriber_ids:
        mine = records.get(subscriber_id, [])
        found = faults(mine, values.get(subscriber_id, {}), texts) if mine else iter([(0, NO_EVIDENCE)])
        yield from (Fault(subscriber_id=subscriber_id, seq=seq, sentence=sentence) for seq, sentence in found)


Written = Row[*tuple[Any, ...]]
"""A row of either table, by the names of its columns."""


def records_of(session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, list[Written]]:
    table = Evidence.__table__.c
    wanted = select(*table).where(table.subscriber_id.in_(subscriber_ids)).order_by(table.subscriber_id, table.seq)
    found: dict[str, list[Written]] = defaultdict(list)
    for row in session.execute(wanted):
        found[row.subscriber_id].append(row)
    return found


def all_values_of(session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, dict[int, dict[str, Written]]]:
    table = EvidenceValue.__table__.c
    found: dict[str, dict[int, dict[str, Written]]] = defaultdict(lambda: defaultdict(dict))
    for row in session.execute(select(*table).where(table.subscriber_id.in_(subscriber_ids))):
        found[row.subscriber_id][row.seq][row.field] = row
    return found


def chain_of(session: Session, subscriber_id: str) -> Sequence[Evidence]:
    return session.scalars(select(Evidence).where(Evidence.subscriber_id == subscriber_id).order_by(Evidence.seq)).all()


def values_of(session: Session, subscriber_id: str) -> Mapping[int, Mapping[str, EvidenceValue]]:
    found: dict[int, dict[str, EvidenceValue]] = defaultdict(dict)
    for value in session.scalars(select(EvidenceValue).where(EvidenceValue.subscriber_id == subscriber_id)):
        found[value.seq][value.field] = value
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
        if record_hash(as_written(record)) != record.hash:
            yield record.seq, "was altered"
        yield from value_faults(record, values.get(record.seq, {}))
        yield from ((record.seq, sentence) for sentence in texts.faults(record.facts))
        previous, expected = record.hash, record.seq + 1


def as_written(record: Written) -> dict[str, Any]:
    return dict(record._mapping)


def value_faults(record: Written, values: Mapping[str, Written]) -> Iterator[tuple[int, str]]:
    for name, expected in record.commitments.items():
        value = values.get(name)
        if value is None:
            yield record.seq, f"its {name} is gone without a rule that removed it"
        elif value.salt is None or value.value is None:
            if value.removed_rule is None:
                yield record.seq, f"its {name} was emptied without a rule"
        elif commitment(value.salt, name, value.value) != expected:
            yield record.seq, f"its {name} was altered"
    for name in values.keys() - record.commitments.keys():
        yield record.seq, f"a {name} was added to it"
