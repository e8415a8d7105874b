"""Quick draws: choosing from a sequence by index, with strategies that are made once.

A project takes some hundreds of draws; making a new strategy for each would cost more than all
the rest of an example.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


@lru_cache(maxsize=256)
def _index(n: int) -> st.SearchStrategy[int]:
    return st.integers(0, n - 1)


def pick(draw: st.DrawFn, choices: Sequence[T]) -> T:
    """One of `choices`; shrinks towards the first."""
    return choices[draw(_index(len(choices)))]


def dice(draw: st.DrawFn, sides: int) -> int:
    """A number from 0 to `sides` - 1; shrinks towards 0."""
    return draw(_index(sides))


def one_in(draw: st.DrawFn, n: int) -> bool:
    """True once in `n` times; shrinks towards False."""
    return draw(_index(n)) == n - 1


def some(draw: st.DrawFn, choices: Sequence[T], least: int, most: int) -> list[T]:
    """Between `least` and `most` different ones of `choices` (fewer where there are fewer)."""
    left = list(choices)
    wanted = min(least + dice(draw, most - least + 1), len(left))
    return [left.pop(dice(draw, len(left))) for _ in range(wanted)]
