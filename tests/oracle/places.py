"""Room in pools, granted one candidate after the other, in the order of the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cmp_to_key, lru_cache
from typing import Any, TypeAlias

from tests.oracle.gather import Candidate
from tests.oracle.rulebook import Pool, Rulebook
from tests.oracle.states import Fact, Mark, conjunction

DUPLICATE = "duplicate"
_Key: TypeAlias = tuple[str, tuple[Fact, ...]]


@dataclass
class _Wishes:
    """What one candidate draws on: `keys` of pools it can queue for, `hopeless` pools it can't."""

    keys: list[_Key] = field(default_factory=list)
    hopeless: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Places:
    """Pools granted to a candidate, and the pools that denied it; the latter empty: it may go."""

    granted: list[str]
    denied: list[str]


def allocate(book: Rulebook, queueing: list[Candidate]) -> dict[int, Places]:
    """By row number. `queueing` are all candidates that nothing else stops, in any order."""
    room: dict[_Key, int] = {}
    wishes = {c.row: _wishes(book, c.facts, room, len(queueing)) for c in queueing}
    taken: Counter[_Key] = Counter()
    places: dict[int, Places] = {}
    for candidate in _queue(book, queueing):
        wish = wishes[candidate.row]
        full = [key[0] for key in wish.keys if taken[key] >= room[key]]
        denied = [*wish.hopeless, *full]
        if not denied:
            taken.update(wish.keys)
        granted = [] if denied else [pool for pool, _ in wish.keys if pool != DUPLICATE]
        places[candidate.row] = Places(sorted(granted), sorted(denied))
    return places


def _wishes(book: Rulebook, facts: Mapping[str, Fact], room: dict[_Key, int], most: int) -> _Wishes:
    """What a candidate with these facts draws on; narrows `room` to the limits it sees.

    `most` is how many queue: room for more than that makes no difference.
    """
    wish = _Wishes()
    for pool in book.pools:
        if conjunction([c.holds(facts) for c in pool.applies]) is False:
            continue
        key = tuple(facts[name] for name in pool.per)
        limit = _limit(pool, facts, most)
        if limit is None or any(isinstance(part, Mark) for part in key):
            wish.hopeless.append(pool.id)
            continue
        wish.keys.append((pool.id, key))
        room[pool.id, key] = min(limit, room.get((pool.id, key), limit))
    same = tuple(facts[f"candidate.{n}"] for n in ("customer_id", "offer_id", "channel"))
    wish.keys.append((DUPLICATE, same))
    room[DUPLICATE, same] = 1
    return wish


def _limit(pool: Pool, facts: Mapping[str, Fact], most: int) -> int | None:
    units = pool.limit.value(facts)
    if not isinstance(units, int):
        return None
    if units <= 0:
        # Nothing to give away: not even the risk that was accepted lets anyone be offered it.
        return 0
    if units >= most or pool.take_up is None or pool.risk is None:
        return min(units, most)
    return contacts_for(units, pool.take_up, pool.risk)


@lru_cache(maxsize=10_000)
def contacts_for(units: int, take_up: float, risk: float) -> int:
    """The largest n with P(Binomial(n, take_up) > units) ≤ risk, in 60-digit decimals.

    >>> contacts_for(0, 0.3, 0.5), contacts_for(1, 0.3, 0.5), contacts_for(5, 1.0, 0.01)
    (1, 5, 5)
    """
    with localcontext(prec=60):
        p, accepted = Decimal(str(take_up)), Decimal(str(risk))
        # P(exactly `units` of n say yes); the next contact makes one too many with chance p times it.
        exactly, over, n = p**units, Decimal(0), units
        while (over := over + p * exactly) <= accepted:
            n += 1
            exactly = exactly * n / (n - units) * (1 - p)
        return n


def _queue(book: Rulebook, queueing: list[Candidate]) -> list[Candidate]:
    def before(one: Candidate, other: Candidate) -> int:
        for by, descending in book.order:
            a: Any = by.value(one.facts)
            b: Any = by.value(other.facts)
            if a is None or b is None:
                ahead = (a is None) - (b is None)
            else:
                ahead = (a > b) - (a < b)
                ahead = -ahead if descending else ahead
            if ahead:
                return ahead
        return (one.candidate_id > other.candidate_id) - (one.candidate_id < other.candidate_id)

    return sorted(queueing, key=cmp_to_key(before))
