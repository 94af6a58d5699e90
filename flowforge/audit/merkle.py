"""Merkle trees as in RFC 9162: a leaf's hash is SHA-256(0x00 || leaf), a node's SHA-256(0x01 || left || right).

Nothing here reads or writes anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()

Span = tuple[int, int]  # leaves from the first position up to, not including, the second

_sha256 = hashlib.sha256


def leaf_hash(leaf: bytes) -> bytes:
    return _sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right).digest()


class CompactRange:
    """A tree that grows at its right end, held as the hashes of the complete subtrees that it consists of: one for each bit of its size.

    >>> tree = CompactRange()
    >>> completed = [tree.append(leaf_hash(letter)) for letter in (b"a", b"b", b"c")]
    >>> tree.root() == node_hash(node_hash(leaf_hash(b"a"), leaf_hash(b"b")), leaf_hash(b"c"))
    True
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves consists of {size.bit_count()} complete ones, not of {len(self.hashes)}")

    def append(self, leaf: bytes, keep: Sequence[int] = ()) -> list[tuple[int, int, bytes]]:
        """Add a leaf's hash. Gives the complete subtrees that it completed, of the levels in `keep`: (level, position, hash)."""
        self.size += 1
        return self._fold(leaf, 0, keep)

    def append_subtree(self, level: int, subtree: bytes) -> None:
        """Add 2^level leaves at once; the size so far must be a multiple of that."""
        if self.size & ((1 << level) - 1):
            raise ValueError(f"a subtree of 2^{level} leaves does not begin at {self.size}")
        self.size += 1 << level
        self._fold(subtree, level, ())

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self.hashes:
            return EMPTY
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def _fold(self, found: bytes, level: int, keep: Sequence[int]) -> list[tuple[int, int, bytes]]:
        """Join what is complete: as often as the size has zeros at its end."""
        completed = [(level, (self.size >> level) - 1, found)] if level in keep else []
        while not self.size >> level & 1:
            found = _sha256(b"\x01" + self.hashes.pop() + found).digest()
            level += 1
            if level in keep:
                completed.append((level, (self.size >> level) - 1, found))
        self.hashes.append(found)
        return completed


def inclusion_spans(position: int, size: int) -> list[Span]:
    """The subtrees whose hashes prove that the leaf at `position` is in the tree of `size`, from the leaf upwards."""
    if not 0 <= position < size:
        raise ValueError(f"a tree of {size} leaves has none at {position}")
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if position < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((begin, middle))
            begin = middle
    return path[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """The subtrees whose hashes prove that the tree of `second` leaves begins with the tree of `first`."""
    if not 0 < first <= second:
        raise ValueError(f"a tree of {second} leaves does not begin with one of {first}")
    begin, end, path, whole = 0, second, [], True
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append((begin, end))
    return path[::-1]


def root_of_inclusion(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's hash and its path lead to (RFC 9162, 2.1.3.2); None for a path of another length."""
    if not 0 <= position < size:
        return None
    at, last, found = position, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the tree with the second root begins with the tree with the first (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    steps = list(path) if first & (first - 1) else [first_root, *path]
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(count: int) -> int:
    """The largest power of two below `count`: how many leaves stand on the left."""
    return 1 << (count - 1).bit_length() - 1
