"""Does a subscriber's evidence still say what it said when it was written?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.consent.dating import Anchors, dating_faults
from newsletter.consent.evidence import START, commitment, record_hash
from newsletter.consent.removal import takes
from newsletter.consent.texts import Texts, as_table
from newsletter.consent.written import Chains, Written

NO_EVIDENCE = "there is no evidence at all"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with one subscriber's chain."""

    subscriber_id: str
    seq: int
    sentence: str

    def __str__(self) -> str:
        return f"record {self.seq}: {self.sentence}"


def verify_all(session: Session, chains: Chains, anchors: Anchors) -> Iterator[Fault]:
    """Every fault of these chains: records altered, removed, reordered, dated back; values or texts that do not fit."""
    texts = Texts.named_in(session, (record.facts for chain in chains.records.values() for record in chain))
    for subscriber_id in chains.people:
        mine = chains.records.get(subscriber_id, [])
        found = faults(mine, chains.values.get(subscriber_id, {}), texts) if mine else iter([(0, NO_EVIDENCE)])
        yield from (Fault(subscriber_id=subscriber_id, seq=seq, sentence=sentence) for seq, sentence in found)
    for subscriber_id, seq, sentence in dating_faults(session, chains, anchors):
        yield Fault(subscriber_id=subscriber_id, seq=seq, sentence=sentence)


def faults(
    records: Sequence[Written], values: Mapping[int, Mapping[str, Written]], texts: Texts
) -> Iterator[tuple[int, str]]:
    previous, expected = START, 1
    for record in records:
        if record.seq != expected:
            yield expected, f"record {expected} is missing"
        if record.previous != previous:
            yield record.seq, "does not follow from the record before it"
        if not is_as_hashed(record):
            yield record.seq, "was altered"
        yield from value_faults(record, values.get(record.seq, {}))
        yield from ((record.seq, sentence) for sentence in texts.faults(record.facts))
        previous, expected = record.hash, record.seq + 1
    for seq in sorted(values.keys() - {record.seq for record in records}):
        yield seq, "is missing, and values of it are there"


def is_as_hashed(record: Written) -> bool:
    return bool(record_hash(dict(record._mapping)) == record.hash)


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
    elif not takes(value.removed_rule, value.field):
        yield "was emptied by a rule that never takes it"
    if value.salt is not None:
        yield "was emptied, and its salt is there"


def fits(value: Written, expected: str) -> bool:
    """Whether the record committed to this value; no salt of ours is anything but hexadecimal."""
    try:
        return commitment(value.salt, value.field, value.value) == expected
    except (TypeError, ValueError):
        return False
