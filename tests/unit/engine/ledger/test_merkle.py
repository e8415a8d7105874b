from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash

LEAVES = st.lists(st.binary(max_size=3).map(leaf_hash), max_size=70)

# The inputs and roots with which Certificate Transparency logs are tested.
KNOWN_INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """The recursive definition of RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_every_transparency_log_computes(size: int) -> None:
    tree = Frontier()
    tree.extend([leaf_hash(data) for data in KNOWN_INPUTS[:size]])
    assert tree.root().hex() == KNOWN_ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@settings(deadline=None)
@given(st.lists(LEAVES, max_size=6))
def test_a_tree_grown_in_any_steps_has_the_root_the_definition_gives(
    steps: list[list[bytes]],
) -> None:
    tree = Frontier()
    leaves: list[bytes] = []
    for step in steps:
        tree.extend(iter(step))
        leaves += step
        assert (tree.size, tree.root()) == (len(leaves), naive_root(leaves))


@settings(deadline=None)
@given(LEAVES, LEAVES)
def test_a_frontier_put_away_as_text_goes_on_as_if_it_had_never_stopped(
    before: list[bytes], after: list[bytes]
) -> None:
    tree = Frontier()
    tree.extend(before)
    again = Frontier.from_text(tree.size, tree.to_text())
    again.extend(after)
    assert again.root() == naive_root(before + after)


@settings(deadline=None)
@given(LEAVES)
def test_a_frontier_is_as_small_as_the_bits_of_its_size(leaves: list[bytes]) -> None:
    tree = Frontier()
    tree.extend(leaves)
    assert len(tree.subtrees) == len(leaves).bit_count()


@pytest.mark.parametrize(
    ("size", "text"), [(1, ""), (0, "00" * 32), (1, "00" * 31), (1, "zz" * 32)]
)
def test_a_frontier_that_does_not_fit_its_size_is_refused(size: int, text: str) -> None:
    with pytest.raises(ValueError, match=r"subtree|hexadecimal"):
        Frontier.from_text(size, text)
