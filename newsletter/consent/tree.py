"""A Merkle tree that only grows (RFC 6962 2.1), read without reading all of it.

Leaves and nodes are hashed under different prefixes, so that neither can pass for the other. Full subtrees of 256,
65,536 ... leaves are kept as nodes of levels 1, 2 ...: a root or a path is put together from a few hundred hashes,
however many leaves there are.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.columns import canonical
from newsletter.consent.anchor import AnchorLeaf, AnchorNode

WIDTH = 256
LEAF, NODE = b"\x00", b"\x01"
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(subscriber_id: str, seq: int, head: str) -> bytes:
    """Of one chain as it stood: whose, how many records, and the last one's hash, which covers all others."""
    return hashlib.sha256(LEAF + canonical([subscriber_id, seq, head]).encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Of these alone, as MTH in RFC 6962."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else EMPTY
    half = split(len(hashes))
    return node_hash(root_of(hashes[:half]), root_of(hashes[half:]))


def split(size: int) -> int:
    """The largest power of two below this."""
    return 1 << (size - 1).bit_length() - 1


class Tree:
    """The tree of the first `size` leaves, as the database has them. Raises LookupError where one is missing."""

    def __init__(self, session: Session, size: int) -> None:
        self.session, self.size = session, size
        self.tiles: dict[tuple[int, int], list[bytes]] = {}

    def root(self) -> bytes:
        return self.subtree(0, self.size) if self.size else EMPTY

    def path(self, position: int) -> list[bytes]:
        """What one leaf is hashed with on the way to the root, from the leaf up (RFC 6962 2.1.1)."""
        found: list[bytes] = []
        low, high = 0, self.size
        while high - low > 1:
            middle = low + split(high - low)
            if position < middle:
                found.append(self.subtree(middle, high))
                high = middle
            else:
                found.append(self.subtree(low, middle))
                low = middle
        return found[::-1]

    def subtree(self, low: int, high: int) -> bytes:
        size = high - low
        for level in range(MOST_LEVELS, -1, -1):
            if size == WIDTH**level:
                return self.kept(level, low // size)
        middle = low + split(size)
        return node_hash(self.subtree(low, middle), self.subtree(middle, high))

    def kept(self, level: int, number: int) -> bytes:
        """A leaf's hash, or a full subtree's, from the tile that holds it and its neighbours."""
        tile, index = divmod(number, WIDTH)
        if (level, tile) not in self.tiles:
            self.tiles[level, tile] = self.read(level, tile)
        return self.tiles[level, tile][index]

    def read(self, level: int, tile: int) -> list[bytes]:
        first = tile * WIDTH
        if level:
            node = AnchorNode
            kept = select(node.hash).where(node.level == level, node.number >= first, node.number < first + WIDTH)
            return [bytes.fromhex(found) for found in self.session.scalars(kept.order_by(node.number))]
        leaf = AnchorLeaf
        leaves = select(leaf.subscriber_id, leaf.seq, leaf.head).where(
            leaf.position >= first, leaf.position < first + WIDTH
        )
        return [leaf_hash(*row) for row in self.session.execute(leaves.order_by(leaf.position))]


MOST_LEVELS = 5
"""A million million leaves."""


@dataclass
class Growing:
    """The root of leaves that come one after another, in constant memory: a hash for each full subtree."""

    size: int = 0
    peaks: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, hashed: bytes) -> None:
        width = 1
        while self.peaks and self.peaks[-1][0] == width:
            hashed, width = node_hash(self.peaks.pop()[1], hashed), width * 2
        self.peaks.append((width, hashed))
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY
        hashed = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            hashed = node_hash(peak, hashed)
        return hashed


def holds(leaf: bytes, position: int, size: int, path: Iterable[bytes], root: bytes) -> bool:
    """Whether this leaf, at this position among so many, leads along the path to the root (RFC 9162 2.1.3.2)."""
    hashed, number, last = leaf, position, size - 1
    for sibling in path:
        if last == 0:
            return False
        if number % 2 or number == last:
            hashed = node_hash(sibling, hashed)
            while not number % 2 and number:
                number, last = number >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and hashed == root
