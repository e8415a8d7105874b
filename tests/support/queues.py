"""Candidates that stand in a queue for pools, and who gets a place, both ways round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from unittest.mock import patch

import pyarrow as pa

from adapters.backends.duckdb import DuckDBBackend
from engine.screening import rounds
from engine.screening.allocate import DUPLICATE, denies_column
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID, microseconds
from engine.screening.inputs import ROW
from engine.screening.screen import settle
from tests.oracle.states import ABSENT, UNKNOWN, Fact
from tests.support.columns import facts_table, vocabulary_of
from tests.support.rulebooks import ruleset_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Waiting:
    """One candidate: `draws` maps pools to the key it draws on, None for none, and its limit.

    A key or a limit may be ABSENT or UNKNOWN, and so may `rank`, by which they queue.
    """

    name: str
    rank: Fact
    draws: Mapping[str, tuple[Fact, Fact]]
    offer: str = "O1"


Denials = dict[str, frozenset[str]]
"""The pools that denied each candidate, by name."""


def _pool(name: str) -> str:
    return f"""
  - id: pool.{name}
    title: A pool
    applies: candidate.draws-{name}
    per: candidate.key_{name}
    limit: candidate.limit_{name}
    order: candidate.rank asc
    moment: FMOT
    pain: wait
    reason: {{en: "No room"}}
""".replace(f"draws-{name}", f"draws_{name}")


def by_rounds(pools: Sequence[str], queue: Sequence[Waiting], few: int = 0) -> tuple[Denials, int]:
    """What the engine grants, and in how many rounds; it walks through the last `few` draws."""
    types = {"candidate.rank": "integer"}
    for name in pools:
        types |= {
            f"candidate.draws_{name}": "boolean",
            f"candidate.key_{name}": "string",
            f"candidate.limit_{name}": "integer",
        }
    built_in = dict.fromkeys(
        [f"candidate.{n}" for n in ("candidate_id", "customer_id", "offer_id", "channel")], "string"
    )
    vocabulary = vocabulary_of(types)
    rules = "pools:" + "".join(_pool(name) for name in pools)
    ruleset = ruleset_of(rules, vocabulary=vocabulary)
    table = facts_table({**types, **built_in}, [_facts(pools, one) for one in queue])
    table = table.append_column(INVALID, pa.nulls(len(queue), pa.string()))
    backend = DuckDBBackend()
    try:
        facts = backend.load("facts", table)
        compiler = Compiler(facts, backend.dialect, microseconds(NOW), microseconds(NOW))
        with patch.object(rounds, "FEW", few):
            verdicts, allocation = settle(
                ruleset, facts, compiler, date(2026, 3, 2), vocabulary, backend
            )
        rows = backend.rows(verdicts)
    finally:
        backend.close()
    names = {DUPLICATE: denies_column(DUPLICATE)}
    names |= {name: denies_column(f"pool.{name}") for name in pools}
    denials = {
        queue[row[ROW] - 1].name: frozenset(n for n, column in names.items() if row[column])
        for row in rows
    }
    for row in rows:
        assert row["allowed"] is not any(row[column] for column in names.values())
    return denials, allocation.rounds


def _facts(pools: Sequence[str], one: Waiting) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "candidate.rank": one.rank,
        "candidate.candidate_id": one.name,
        "candidate.customer_id": "K1" if one.offer != "O1" else one.name,
        "candidate.offer_id": one.offer,
        "candidate.channel": "call",
    }
    for name in pools:
        key, limit = one.draws.get(name, (ABSENT, ABSENT))
        facts[f"candidate.draws_{name}"] = name in one.draws
        facts[f"candidate.key_{name}"] = key
        facts[f"candidate.limit_{name}"] = limit
    return facts


def one_by_one(queue: Sequence[Waiting]) -> Denials:
    """The greedy answer: in the queue's order, everyone whose pools all have room takes a place."""

    def place(one: Waiting) -> tuple[bool, int, str]:
        known = isinstance(one.rank, int)
        return not known, int(one.rank) if isinstance(one.rank, int) else 0, one.name

    room: dict[tuple[str, Fact], int] = {}
    wishes: dict[str, dict[str, tuple[Fact, Fact]]] = {}
    for one in queue:
        identity = "K1" if one.offer != "O1" else one.name
        wishes[one.name] = {**one.draws, DUPLICATE: (f"{identity} {one.offer}", 1)}
        for pool, (key, limit) in wishes[one.name].items():
            if isinstance(limit, int) and not isinstance(key, type(ABSENT)):
                room[pool, key] = max(0, min(limit, room.get((pool, key), limit)))
    taken: Counter[tuple[str, Fact]] = Counter()
    denials: Denials = {}
    for one in sorted(queue, key=place):
        wish = wishes[one.name]
        denying = {
            pool
            for pool, (key, limit) in wish.items()
            if key in (ABSENT, UNKNOWN)
            or not isinstance(limit, int)
            or taken[pool, key] >= room[pool, key]
        }
        denials[one.name] = frozenset(denying)
        if not denying:
            taken.update((pool, key) for pool, (key, _) in wish.items())
    return denials
