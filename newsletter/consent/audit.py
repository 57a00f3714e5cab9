"""Does the evidence still hold what was anchored? Every leaf is looked at once, in constant memory.

A chain or a tail that is gone shows by its leaf; a leaf that is gone or changed shows by the root of every anchor from
its day on. What retention removed is known by `removed_chains`. The roots that count, and the removals, lie outside,
in the journal: what the database says of them is only compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, and_, distinct, func, select
from sqlalchemy.orm import Session

from newsletter.as_it_stands import MOST, as_it_stands, as_they_stand
from newsletter.consent.anchor import AnchorLeaf
from newsletter.consent.elsewhere import Elsewhere, Outside, all_anchors, disagreements, outside_of, unlike
from newsletter.consent.evidence import Evidence
from newsletter.consent.inclusion import inclusion
from newsletter.consent.removal import RemovedChain
from newsletter.consent.told_removals import ToldRemovals
from newsletter.consent.tree import Growing, leaf_hash
from newsletter.consent.verification import Fault
from newsletter.consent.written import Written
from newsletter.journal import Entry

PAGE = 2000  # leaves read at a time
Leaf = Row[*tuple[Any, ...]]


@dataclass(kw_only=True)
class Audit:
    """What is found on the way: faults in sentences, and how many chains a rule of retention accounts for."""

    anchors: Sequence[Written]
    outside: Mapping[int, Outside]
    removals: ToldRemovals | None
    lost: Sequence[Outside] = ()
    faults: list[str] = field(default_factory=list)
    removed: int = 0
    tree: Growing = field(default_factory=Growing)

    def leaf(self, row: Leaf) -> None:
        if row.position != self.tree.size:
            self.faults.append(f"leaf {self.tree.size} of the anchors is missing")
            self.tree.size = row.position
        self.tree.add(leaf_hash(row.subscriber_id, row.seq, row.head))
        sentence = fault(row) or self.unexplained(row)
        if sentence:
            self.faults.append(f"{row.subscriber_id} record {row.seq}: {sentence}")

    def unexplained(self, row: Leaf) -> str | None:
        """What the database alone says that a rule of retention removed."""
        if row.hash is not None or self.removals is None:
            return None
        is_told = self.removals.has(row.subscriber_id, row.records, row.removed_head)
        return None if is_told else "was anchored, and the journal does not tell of its removal"

    def pass_by(self) -> None:
        """Compare the anchors that end here."""
        for anchor in self.anchors:
            if anchor.size == self.tree.size:
                self.compare(anchor, self.tree.root().hex())

    def compare(self, anchor: Written, root: str) -> None:
        told = self.outside.get(anchor.number)
        if root != (told.root if told else anchor.root):
            self.faults.append(f"anchor {anchor.number} of {anchor.at:%Y-%m-%d} does not hold: its leaves were changed")


def audit(session: Session, elsewhere: Elsewhere) -> Audit:
    """All anchors, and every leaf below them."""
    anchors = all_anchors(session)
    outside, lost = outside_of(elsewhere.entries)
    found = Audit(anchors=anchors, outside=outside, lost=lost, removals=elsewhere.removals)
    ends = {anchor.size for anchor in anchors}
    for row in leaves(session):
        found.leaf(row)
        if found.tree.size in ends:
            found.pass_by()
    found.faults += [*missing(found), *disagreements(anchors, elsewhere.roots)]
    found.faults += unlike(anchors, outside, elsewhere.written)
    found.removed = session.scalar(REMOVED) or 0
    return found


def leaves(session: Session) -> Iterator[Leaf]:
    """In their order, each with the record that it is about, and what retention says of its chain.

    SQLite can hold a position that is no number. It comes after all that are, and is none.
    """
    position, last = AnchorLeaf.position, -1
    while page := session.execute(joined().where(position > last, position <= MOST).limit(PAGE)).all():
        yield from page
        last = page[-1].position


def joined() -> Select[*tuple[Any, ...]]:
    leaf = AnchorLeaf
    told = as_it_stands(Evidence.hash), as_it_stands(RemovedChain.records), RemovedChain.head.label("removed_head")
    return (
        select(*as_they_stand(leaf), *told)
        .outerjoin(Evidence, and_(Evidence.subscriber_id == leaf.subscriber_id, Evidence.seq == leaf.seq))
        .outerjoin(RemovedChain, RemovedChain.subscriber_id == leaf.subscriber_id)
        .order_by(leaf.position)
    )


REMOVED = select(func.count(distinct(AnchorLeaf.subscriber_id))).join(
    RemovedChain, RemovedChain.subscriber_id == AnchorLeaf.subscriber_id
)


def fault(row: Leaf) -> str | None:
    """What has become of the record that was anchored, unless it is there, or a rule of retention removed it."""
    if row.hash is None:
        return fault_of_removal(row)
    if row.hash != row.head:
        return "is not the one that was anchored"
    return None if row.records is None else "is there, and its chain is told to have been removed"


def fault_of_removal(row: Leaf) -> str | None:
    """Whoever may tell of removals can tell of one that was none; the record that ended the chain was anchored, too."""
    if (row.records or 0) < row.seq:
        return "was anchored, and is missing"
    is_other = row.records == row.seq and row.removed_head != row.head
    return "was removed as another than was anchored" if is_other else None


def missing(found: Audit) -> Iterator[str]:
    """Anchors that end behind the last leaf."""
    for anchor in found.anchors:
        if anchor.size > found.tree.size:
            yield f"anchor {anchor.number} of {anchor.at:%Y-%m-%d} does not hold: its last leaves are missing"


def anchor_faults(session: Session, subscriber_id: str, entries: Sequence[Entry]) -> Iterator[Fault]:
    """What the anchors say against one chain: records of it that are gone or others, or a leaf that leads nowhere."""
    yield from leaf_faults(session, subscriber_id)
    found = inclusion(session, subscriber_id)
    told = outside_of(entries)[0].get(found.number) if found else None
    if found and not (found.holds and (told is None or told.is_copy_of(found))):
        sentence = f"anchor {found.number} of {found.at:%Y-%m-%d} does not hold for it"
        yield Fault(subscriber_id=subscriber_id, seq=found.seq, sentence=sentence)


def leaf_faults(session: Session, subscriber_id: str) -> Iterator[Fault]:
    """Each record that was anchored and is not there as it was, though the chain may hold by itself."""
    for row in session.execute(joined().where(AnchorLeaf.subscriber_id == subscriber_id)):
        sentence = fault(row)
        if sentence:
            yield Fault(subscriber_id=subscriber_id, seq=row.seq, sentence=sentence)
