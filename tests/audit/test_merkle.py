"""The tree against its definition in RFC 9162, written down once more as plainly as it can be."""

from __future__ import annotations

import pytest

from flowforge.audit.merkle import (
    EMPTY,
    CompactRange,
    consistency_spans,
    inclusion_spans,
    is_consistent,
    leaf_hash,
    node_hash,
    root_of_inclusion,
)

LEAVES = [leaf_hash(str(n).encode()) for n in range(70)]


def root(leaves):
    """Section 2.1.1, word for word."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(root(leaves[:k]), root(leaves[k:]))


def test_the_known_roots_of_certificate_transparency_come_out():
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = CompactRange()
    for text in inputs:
        tree.append(leaf_hash(bytes.fromhex(text)))

    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_a_growing_tree_has_the_root_of_the_definition_at_every_size():
    tree = CompactRange()
    assert tree.root() == EMPTY
    for size, leaf in enumerate(LEAVES, 1):
        tree.append(leaf)
        assert tree.root() == root(LEAVES[:size])
        assert CompactRange(tree.size, tree.hashes).root() == tree.root()


def test_complete_subtrees_come_out_as_they_are_completed():
    tree = CompactRange()
    found = [node for leaf in LEAVES for node in tree.append(leaf, (2, 4))]

    assert found == sorted(found, key=lambda node: ((node[1] + 1) << node[0], node[0]))
    assert {(level, position) for level, position, _ in found} == {(2, n) for n in range(17)} | {(4, n) for n in range(4)}
    for level, position, hash in found:
        assert hash == root(LEAVES[position << level : (position + 1) << level])


def test_a_tree_is_put_together_of_subtrees():
    tree = CompactRange()
    tree.append_subtree(6, root(LEAVES[:64]))
    tree.append_subtree(2, root(LEAVES[64:68]))
    for leaf in LEAVES[68:]:
        tree.append_subtree(0, leaf)

    assert tree.root() == root(LEAVES)
    with pytest.raises(ValueError, match="does not begin at 70"):
        tree.append_subtree(2, LEAVES[0])


def test_every_leaf_of_every_tree_is_proved_to_be_in_it_and_nowhere_else():
    for size in range(1, 34):
        whole = root(LEAVES[:size])
        for position in range(size):
            path = [root(LEAVES[begin:end]) for begin, end in inclusion_spans(position, size)]
            assert root_of_inclusion(LEAVES[position], position, size, path) == whole
            assert root_of_inclusion(LEAVES[position + 1], position, size, path) != whole
            if path:
                assert root_of_inclusion(LEAVES[position], position, size, path[:-1]) != whole
                assert root_of_inclusion(LEAVES[position], (position + 1) % size, size, path) != whole
            assert root_of_inclusion(LEAVES[position], position, size, [*path, LEAVES[0]]) is None


def test_every_tree_is_proved_to_begin_with_every_smaller_one_and_with_no_other():
    for second in range(1, 34):
        for first in range(1, second + 1):
            old, new = root(LEAVES[:first]), root(LEAVES[:second])
            path = [root(LEAVES[begin:end]) for begin, end in consistency_spans(first, second)]
            assert is_consistent(first, old, second, new, path)
            other = root([LEAVES[40], *LEAVES[1:first]])
            assert not is_consistent(first, other, second, new, path)
            assert not is_consistent(first, old, second, other if first != second else LEAVES[41], path)
            assert not is_consistent(first, old, second, new, [*path, LEAVES[0]])


@pytest.mark.parametrize(("position", "size"), [(0, 0), (3, 3), (-1, 2)])
def test_a_leaf_that_is_not_in_the_tree_has_no_proof(position, size):
    with pytest.raises(ValueError, match="has none at"):
        inclusion_spans(position, size)
    assert root_of_inclusion(LEAVES[0], position, size, []) is None
