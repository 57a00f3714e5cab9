"""Once a day every chain that grew becomes a leaf, and the root over all leaves leaves the house.

A page of people at a time, each in a transaction of its own: what a run that died has added is covered by the next
anchor, whoever makes it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, insert, select
from sqlalchemy.orm import Session, aliased

from newsletter import clock
from newsletter.consent.anchor import Anchor, AnchorLeaf, AnchorNode
from newsletter.consent.anchor_letter import announce
from newsletter.consent.evidence import Evidence
from newsletter.consent.tree import WIDTH, Tree, root_of
from newsletter.db import lock, reader, transaction

PAGE = 1000  # people looked at in one transaction
LOCK = "anchors"
AHEAD = timedelta(days=1)
"""Further than this no clock of ours is ahead of another for long."""
Head = Row[*tuple[Any, ...]]
"""Whose chain, how long it is, its last hash, and the position of its leaf, if it has one."""


class Anchoring:
    """The worker's part, a page at a time, so that letters never wait for it."""

    def __init__(self) -> None:
        self.after: str | None = None

    def step(self) -> int:
        """How many people were looked at; fewer than a page when the day's anchor is made, or was already."""
        if self.after is None and not is_due(clock.now()):
            return 0
        looked_at, self.after = add_leaves(self.after or "")
        if looked_at < PAGE:
            self.after = None
            close()
        return looked_at


def newest_anchor(session: Session) -> Anchor | None:
    return session.scalar(select(Anchor).order_by(Anchor.number.desc()).limit(1))


def is_due(at: datetime) -> bool:
    """Once each day (UTC), by whichever worker comes first."""
    with reader() as session:
        return is_outdated(newest_anchor(session), at)


def is_outdated(last: Anchor | None, at: datetime) -> bool:
    """Whether the newest anchor is not of this day: of one before, or of one that only a clock far ahead has seen."""
    return last is None or last.at.date() < at.date() or last.at > at + AHEAD


def add_leaves(after: str) -> tuple[int, str]:
    """Leaves for the chains of the next page of people, as far as they have grown; how many people, and the last."""
    with transaction() as session:
        lock(session, LOCK)
        heads = heads_after(session, after)
        append(session, [head for head in heads if head.position is None])
        return len(heads), heads[-1].subscriber_id if heads else after


def heads_after(session: Session, after: str) -> Sequence[Head]:
    ends = (
        select(Evidence.subscriber_id, func.max(Evidence.seq).label("seq"))
        .where(Evidence.subscriber_id > after)
        .group_by(Evidence.subscriber_id)
        .order_by(Evidence.subscriber_id)
        .limit(PAGE)
        .subquery()
    )
    head, leaf = aliased(Evidence), aliased(AnchorLeaf)
    return session.execute(
        select(head.subscriber_id, head.seq, head.hash, leaf.position)
        .join(ends, and_(head.subscriber_id == ends.c.subscriber_id, head.seq == ends.c.seq))
        .outerjoin(leaf, and_(leaf.subscriber_id == head.subscriber_id, leaf.seq == head.seq))
        .order_by(head.subscriber_id)
    ).all()


def size_of(session: Session) -> int:
    """How many leaves there are: their positions have no gap."""
    last = session.scalar(select(func.max(AnchorLeaf.position)))
    return 0 if last is None else last + 1


def append(session: Session, heads: Sequence[Head]) -> None:
    if not heads:
        return
    first = size_of(session)
    rows = [
        {"position": position, "subscriber_id": head.subscriber_id, "seq": head.seq, "head": head.hash}
        for position, head in enumerate(heads, first)
    ]
    session.execute(insert(AnchorLeaf), rows)
    keep_nodes(session, 0, first, first + len(rows))


def keep_nodes(session: Session, level: int, first: int, size: int) -> None:
    """A node for each tile of the level that has just become full, and so on upwards."""
    full = range(first // WIDTH, size // WIDTH)
    if full:
        tree = Tree(session, size)
        hashes = [root_of(tree.read(level, tile)).hex() for tile in full]
        nodes = [
            {"level": level + 1, "number": tile, "hash": hashed} for tile, hashed in zip(full, hashes, strict=True)
        ]
        session.execute(insert(AnchorNode), nodes)
        keep_nodes(session, level + 1, full.start, full.stop)


def close() -> None:
    """The anchor over all leaves, unless another worker was faster. A trigger notes it for the journal's file."""
    with transaction() as session:
        lock(session, LOCK)
        last, at, size = newest_anchor(session), clock.now(), size_of(session)
        if size and is_outdated(last, at):
            root = Tree(session, size).root().hex()
            anchor = Anchor(number=last.number + 1 if last else 1, size=size, root=root, at=at)
            session.add(anchor)
            announce(session, anchor)
