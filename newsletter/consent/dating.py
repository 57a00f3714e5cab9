"""Was each record there when its date says so? Every anchor covers each chain as it stood on that day.

Who writes evidence today and dates it back makes a chain that holds, and a leaf that leads to a root, of a later anchor
than the one that would have covered it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter import clock
from newsletter.as_it_stands import as_they_stand
from newsletter.consent.anchor import Anchor, AnchorLeaf
from newsletter.consent.anchoring import AHEAD
from newsletter.consent.evidence import Act
from newsletter.consent.written import Chains, Written

WRITTEN_LATER = {Act.SIGNED_UP, Act.LETTER_SENT}
"""They are dated when they happened, and become evidence with the press of the button, or after it."""
Leaves = Sequence[tuple[int, int]]
"""Of one chain: how many records each leaf covers, and where it lies."""


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """All of them, in their order."""

    numbers: Sequence[int]
    sizes: Sequence[int]
    made: Sequence[datetime]
    """When each was there at the latest: one of a clock that was far ahead is older than those that came after it."""

    @classmethod
    def read(cls, session: Session) -> Self:
        rows = session.execute(select(*as_they_stand(Anchor)).order_by(Anchor.number)).all()
        now = clock.now()
        backwards = list(accumulate((min(row.at, now) for row in reversed(rows)), min))
        return cls(numbers=[row.number for row in rows], sizes=[row.size for row in rows], made=backwards[::-1])

    def missed(self, record: Written, leaves: Leaves) -> str | None:
        """What is wrong with this record's date, when an anchor should cover it, and the first to do so came later."""
        position = next((position for records, position in leaves if records >= record.seq), None)
        last = (len(self.sizes) if position is None else bisect_right(self.sizes, position)) - 1
        if last < 0 or self.made[last] <= record.at + AHEAD:
            return None
        return f"is dated {record.at:%Y-%m-%d}, and anchor {self.numbers[last]} of {self.made[last]:%Y-%m-%d} misses it"


def dating_faults(session: Session, chains: Chains, anchors: Anchors) -> Iterator[tuple[str, int, str]]:
    """Whose record, which, and what is wrong with its date."""
    leaves = leaves_of(session, chains.people)
    for subscriber_id, records in chains.records.items():
        for record in records:
            if record.act not in WRITTEN_LATER:
                sentence = anchors.missed(record, leaves.get(subscriber_id, ()))
                if sentence:
                    yield subscriber_id, record.seq, sentence


def leaves_of(session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, list[tuple[int, int]]]:
    leaf, found = AnchorLeaf, defaultdict[str, list[tuple[int, int]]](list)
    mine = select(*as_they_stand(leaf)).where(leaf.subscriber_id.in_(subscriber_ids))
    for row in session.execute(mine.order_by(leaf.subscriber_id, leaf.seq)):
        found[row.subscriber_id].append((row.seq, row.position))
    return found
