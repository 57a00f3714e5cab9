"""That one person's chain is under an anchor: its leaf, and the path from there to the root (RFC 6962 2.1.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.as_it_stands import as_they_stand
from newsletter.consent.anchor import Anchor, AnchorLeaf
from newsletter.consent.tree import Tree, holds, leaf_hash
from newsletter.consent.written import Written


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """Who has the anchor from elsewhere can check with this alone that the chain stood so on that day."""

    number: int
    at: datetime
    size: int
    root: str
    position: int
    subscriber_id: str
    seq: int
    head: str
    path: Sequence[str]

    @property
    def holds(self) -> bool:
        leaf = leaf_hash(self.subscriber_id, self.seq, self.head)
        try:
            path, root = [bytes.fromhex(hashed) for hashed in self.path], bytes.fromhex(self.root)
        except ValueError:  # somebody altered it
            return False
        return holds(leaf, self.position, self.size, path, root)


def inclusion(session: Session, subscriber_id: str) -> Inclusion | None:
    """Of the chain's newest leaf, in the first anchor that covers it; None until there is one."""
    mine = select(*as_they_stand(AnchorLeaf)).where(AnchorLeaf.subscriber_id == subscriber_id)
    for leaf in session.execute(mine.order_by(AnchorLeaf.seq.desc())):
        covering = select(*as_they_stand(Anchor)).where(Anchor.size > leaf.position).order_by(Anchor.number)
        anchor = session.execute(covering.limit(1)).first()
        if anchor:
            return included(session, leaf, anchor)
    return None


def included(session: Session, leaf: Written, anchor: Written) -> Inclusion:
    """Without a path, and so not holding, where leaves are missing on the way, or hashes are none."""
    try:
        path = Tree(session, anchor.size).path(leaf.position)
    except (LookupError, TypeError, ValueError):
        path = []
    return Inclusion(
        number=anchor.number,
        at=anchor.at,
        size=anchor.size,
        root=anchor.root,
        position=leaf.position,
        subscriber_id=leaf.subscriber_id,
        seq=leaf.seq,
        head=leaf.head,
        path=[hashed.hex() for hashed in path],
    )
