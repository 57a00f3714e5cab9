"""The Merkle tree of the anchors: what RFC 6962 says, for any number of leaves."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.consent import tree
from newsletter.consent.tree import EMPTY, Growing, holds, leaf_hash, node_hash, root_of

LEAVES = [leaf_hash("somebody", number, "head") for number in range(70)]


def path_of(leaves: list[bytes], position: int) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962 2.1.1, as it stands there."""
    if len(leaves) == 1:
        return []
    half = tree.split(len(leaves))
    if position < half:
        return [*path_of(leaves[:half], position), root_of(leaves[half:])]
    return [*path_of(leaves[half:], position - half), root_of(leaves[:half])]


def test_leaves_and_nodes_are_hashed_apart() -> None:
    """So that no node can pass for a leaf (RFC 6962 2.1)."""
    left, right = LEAVES[:2]

    assert root_of([]) == EMPTY == hashlib.sha256(b"").digest()
    assert node_hash(left, right) == hashlib.sha256(b"\x01" + left + right).digest()
    assert root_of([left, right]) == node_hash(left, right)
    assert root_of(LEAVES[:3]) == node_hash(node_hash(left, right), LEAVES[2])


def test_a_leaf_is_no_root_of_a_tree_that_has_more() -> None:
    assert holds(LEAVES[0], 0, 1, [], LEAVES[0])
    assert not holds(LEAVES[0], 0, 2, [], LEAVES[0])


@pytest.mark.parametrize("size", range(1, 70))
def test_leaves_that_come_one_by_one_make_the_same_root(size: int) -> None:
    growing = Growing()
    for leaf in LEAVES[:size]:
        growing.add(leaf)

    assert growing.root() == root_of(LEAVES[:size])


@given(st.integers(1, 70), st.data())
@settings(max_examples=200)
def test_a_path_leads_its_own_leaf_to_the_root_and_no_other(size: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, size - 1))
    path, root = path_of(LEAVES[:size], position), root_of(LEAVES[:size])

    assert holds(LEAVES[position], position, size, path, root)
    assert not holds(leaf_hash("eve", 1, "head"), position, size, path, root)
    assert not holds(LEAVES[position], position, size, [*path, EMPTY], root)
    if path:
        assert not holds(LEAVES[position], position, size, path[:-1], root)
        assert not holds(LEAVES[position], position, size, [EMPTY, *path[1:]], root)
