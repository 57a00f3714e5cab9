"""Does a subscriber's evidence still say what it said when it was written?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.consent.evidence import START, Evidence, EvidenceValue, commitment, record_hash


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with one subscriber's chain."""

    subscriber_id: str
    seq: int
    sentence: str

    def __str__(self) -> str:
        return f"record {self.seq}: {self.sentence}"


def verify(session: Session, subscriber_id: str) -> list[Fault]:
    """Every fault of the chain: altered, removed or reordered records, and values that do not fit them."""
    records = chain_of(session, subscriber_id)
    values = values_of(session, subscriber_id)
    return [Fault(subscriber_id=subscriber_id, seq=seq, sentence=sentence) for seq, sentence in faults(records, values)]


def has_evidence(session: Session, subscriber_id: str) -> bool:
    return session.scalar(select(Evidence.seq).where(Evidence.subscriber_id == subscriber_id).limit(1)) is not None


def chain_of(session: Session, subscriber_id: str) -> Sequence[Evidence]:
    return session.scalars(select(Evidence).where(Evidence.subscriber_id == subscriber_id).order_by(Evidence.seq)).all()


def values_of(session: Session, subscriber_id: str) -> Mapping[int, Mapping[str, EvidenceValue]]:
    found: dict[int, dict[str, EvidenceValue]] = defaultdict(dict)
    for value in session.scalars(select(EvidenceValue).where(EvidenceValue.subscriber_id == subscriber_id)):
        found[value.seq][value.field] = value
    return found


def faults(records: Sequence[Evidence], values: Mapping[int, Mapping[str, EvidenceValue]]) -> Iterator[tuple[int, str]]:
    previous, expected = START, 1
    for record in records:
        if record.seq != expected:
            yield expected, f"record {expected} is missing"
        if record.previous != previous:
            yield record.seq, "does not follow from the record before it"
        if record_hash(as_written(record)) != record.hash:
            yield record.seq, "was altered"
        yield from value_faults(record, values.get(record.seq, {}))
        previous, expected = record.hash, record.seq + 1


def as_written(record: Evidence) -> dict[str, Any]:
    return {column.name: getattr(record, column.name) for column in Evidence.__table__.columns}


def value_faults(record: Evidence, values: Mapping[str, EvidenceValue]) -> Iterator[tuple[int, str]]:
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
