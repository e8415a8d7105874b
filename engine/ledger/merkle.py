"""The Merkle tree over the whole ledger (RFC 9162, section 2.1), grown by its right edge only.

The root over millions of leaves can be carried on from the roots of its complete subtrees: one for
each bit set in the size, largest first. That list is the *frontier*; it is stored with every
checkpoint, so a run hashes its own leaves and reads none of those before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

LEAF = b"\x00"
NODE = b"\x01"
HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry; the prefix keeps a leaf from ever being taken for a node."""
    return hashlib.sha256(LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two neighbouring subtrees."""
    return hashlib.sha256(NODE + left + right).digest()


class Frontier:
    """A tree of `size` leaves, kept as the roots of its complete subtrees, largest first."""

    def __init__(self, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        """Raises ValueError when the subtrees are not those of a tree of this size."""
        if size < 0 or len(subtrees) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves does not have {len(subtrees)} subtrees")
        if any(len(node) != HASH_BYTES for node in subtrees):
            raise ValueError(f"a subtree's root has {HASH_BYTES} bytes")
        self.size = size
        self.subtrees = tuple(subtrees)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Appends leaf hashes, in order; costs one node hash for each leaf."""
        pending = list(leaves)
        added = len(pending)
        if not added:
            return
        heights = [h for h in range(self.size.bit_length()) if self.size >> h & 1]
        roots = dict(zip(reversed(heights), self.subtrees, strict=True))
        sha256 = hashlib.sha256
        height = 0
        kept: dict[int, bytes] = {}
        while pending or roots:
            left = roots.pop(height, None)
            # A root here means an odd number of subtrees of this height stood to the left,
            # so the first new one is its right-hand neighbour.
            if left is not None:
                pending.insert(0, left)
            if len(pending) % 2:
                kept[height] = pending.pop()
            pairs = iter(pending)
            pending = [sha256(NODE + a + b).digest() for a, b in zip(pairs, pairs, strict=True)]
            height += 1
        self.size += added
        self.subtrees = tuple(kept[h] for h in sorted(kept, reverse=True))

    def root(self) -> bytes:
        """The tree's root; of an empty tree, the hash of nothing."""
        if not self.subtrees:
            return EMPTY_ROOT
        root = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            root = node_hash(left, root)
        return root

    def to_text(self) -> str:
        """The subtrees' roots in hex, largest first, separated by spaces."""
        return " ".join(node.hex() for node in self.subtrees)

    @classmethod
    def from_text(cls, size: int, text: str) -> Frontier:
        """The frontier `to_text` wrote. Raises ValueError when it does not fit the size."""
        return cls(size, [bytes.fromhex(node) for node in text.split()])
