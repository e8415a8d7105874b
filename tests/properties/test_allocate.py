"""Room granted by rounds is room granted one by one, whatever the queue and its pools."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.screening.rounds import MOST_ROUNDS
from tests.oracle.states import ABSENT, UNKNOWN, Fact
from tests.support.queues import Waiting, by_rounds, one_by_one
from tests.support.strategies_draws import dice, pick

POOLS = ("a", "b", "c")
RANKS: tuple[Fact, ...] = (0, 1, 2, 3, 0, 1, 2, UNKNOWN, ABSENT)
KEYS: tuple[Fact, ...] = ("x", "x", "x", "y", "y", "z", "é", ABSENT, UNKNOWN)
LIMITS: tuple[Fact, ...] = (1, 1, 1, 2, 2, 3, 4, 0, -2, ABSENT, UNKNOWN)
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def queues(draw: st.DrawFn, most: int = 24) -> list[Waiting]:
    """Candidates with few ranks and keys, so that many meet; two of three share one limit."""
    usual: dict[str, Fact] = {pool: pick(draw, (1, 2, 3)) for pool in POOLS}
    queue = []
    for number in range(dice(draw, most) + 1):
        draws: dict[str, tuple[Fact, Fact]] = {}
        for pool in POOLS:
            if dice(draw, 3):
                odd = dice(draw, 12) == 11
                draws[pool] = (
                    pick(draw, KEYS if odd else KEYS[:6]),
                    pick(draw, LIMITS) if odd else usual[pool],
                )
        rank = pick(draw, RANKS)
        name = f"{pick(draw, ('C', 'c', 'é'))}{number}"
        queue.append(Waiting(name, rank, draws, pick(draw, ("O1", "O1", "O2", "O3"))))
    return queue


@settings(QUICK, max_examples=8)
@given(queues())
def test_rounds_grant_what_one_by_one_grants(queue: list[Waiting]) -> None:
    denials, _ = by_rounds(POOLS, queue)
    assert denials == one_by_one(queue)


@settings(QUICK, max_examples=8)
@given(queues(), st.integers(1, 40))
def test_walking_through_the_last_few_or_all_of_them_grants_the_same(
    queue: list[Waiting], few: int
) -> None:
    denials, _ = by_rounds(POOLS, queue, few)
    assert denials == one_by_one(queue)


@pytest.mark.soak
@settings(QUICK, max_examples=800)
@given(queues(60), st.sampled_from((0, 0, 10, 60, 10_000)))
def test_rounds_grant_what_one_by_one_grants_to_many_more(queue: list[Waiting], few: int) -> None:
    denials, _ = by_rounds(POOLS, queue, few)
    assert denials == one_by_one(queue)


def chain(length: int) -> list[Waiting]:
    """Everyone waits for the one ahead, through one pool or the other by turns."""
    return [
        Waiting(f"C{i:05}", i, {"a": (f"k{i // 2}", 1), "b": (f"k{(i + 1) // 2}", 1)})
        for i in range(length)
    ]


def test_a_long_chain_in_which_each_waits_for_the_one_ahead_ends_and_is_right() -> None:
    queue = chain(1000)
    denials, rounds = by_rounds(("a", "b"), queue)
    assert denials == one_by_one(queue)
    assert [bool(denials[one.name]) for one in queue[:6]] == [False, True] * 3
    assert rounds == MOST_ROUNDS


def test_who_is_walked_through_finds_the_room_that_the_rounds_left() -> None:
    # Beside the chain, a pool of thirty on which everyone draws: most run out of it late.
    queue = [
        Waiting(one.name, one.rank, {**one.draws, "c": ("all", 30)})
        for one in chain(200)
    ]  # fmt: skip
    denials, rounds = by_rounds(POOLS, queue)
    assert denials == one_by_one(queue)
    assert sum(not why for why in denials.values()) == 30
    assert rounds == MOST_ROUNDS


def test_an_empty_queue_grants_nothing() -> None:
    hopeless = [Waiting("C1", 0, {"a": (UNKNOWN, 3)}), Waiting("C2", 0, {"a": ("x", ABSENT)})]
    denials, _ = by_rounds(("a",), hopeless)
    assert denials == {"C1": frozenset({"a"}), "C2": frozenset({"a"})}
