"""Room in pools, granted in one queue: exactly the sequential greedy answer, by set-based rounds.

The greedy answer: candidates come in the queue's order; each takes one unit of every pool it
draws on if all of them have room, and nothing otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from engine.language.ruleset import Order, Pool, Ruleset
from engine.language.vocabulary import Vocabulary
from engine.ports import Backend
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID, FactState, state_column
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column
from engine.screening.match import all_of
from engine.screening.relations import filtered, joined, selected
from engine.screening.rounds import settle_rounds
from engine.screening.take_up import contacts_for

DUPLICATE = "duplicate"
"""The built-in pool: one contact per customer, offer and channel."""
_APART = "apart"
_IDENTITY = ("candidate.customer_id", "candidate.offer_id", "candidate.channel")


@dataclass(frozen=True)
class Allocation:
    """What allocate settled: one row per candidate that queued, and the rooms as they ended.

    `queue`: `row`, `place` (from 1), and per pool `denies_column` (true where the pool had no
    room at the candidate's turn) and `draws_column`. A candidate is granted when no pool denies
    it. `rooms`: `pool` (the number of the pool in the rulebook, from 1; 0 is `duplicate`), `key`,
    `room`, `granted`. `draws`: `place`, `pool`, `key` and `own_limit` of everyone who draws;
    there is no place where one of the last two is null.
    """

    queue: ir.Table
    rooms: ir.Table
    draws: ir.Table
    rounds: int


def denies_column(pool_id: str) -> str:
    """True where the pool is a reason to block."""
    return f"denies:{pool_id}"


def draws_column(pool_id: str) -> str:
    """True where the candidate drew on the pool."""
    return f"draws:{pool_id}"


def unblocked(ruleset: Ruleset, judged: ir.Table) -> ir.BooleanValue:
    """Candidates that no rule and no decision blocks."""
    result = judged[INVALID].isnull()
    for name in [*(r.id for r in ruleset.rules), *(d.id for d in ruleset.decisions)]:
        if blocks_column(name) in judged.columns:
            result = result & ~judged[blocks_column(name)]
    return result


def allocate(
    ruleset: Ruleset,
    facts: ir.Table,
    judged: ir.Table,
    compiler: Compiler,
    vocabulary: Vocabulary,
    backend: Backend,
    apart: str | None = None,
) -> Allocation:
    """Grant room to the candidates of `judged` that nothing blocks so far.

    `facts` is the wide table, `judged` has the same rows with outcomes and blocks. `apart` names
    a text column that parts the rows into lists that share no room.
    """
    queue = _queue(ruleset, facts, judged, compiler, backend, apart)
    drawn = [
        _draws(pool, number, queue, compiler, vocabulary)
        for number, pool in enumerate(ruleset.pools, 1)
    ]
    drawn.append(_duplicates(queue, compiler))
    every = backend.keep("draws", reduce(lambda a, b: a.union(b), drawn))
    rooms = backend.keep("rooms", _rooms(ruleset.pools, every, backend))
    pending = every.join(rooms, ["pool", "key"]).select(
        every["place"], every["pool"], every["key"], rooms["room"]
    )
    homeless = every.filter(every["key"].isnull() | every["own_limit"].isnull()).select("place")
    pending = pending.filter(pending["place"].notin(homeless["place"]))
    granted, rounds = settle_rounds(backend.keep("pending 0", pending), backend)
    return _result(ruleset, queue, every, rooms, granted, rounds, backend)


def _queue(
    ruleset: Ruleset,
    facts: ir.Table,
    judged: ir.Table,
    compiler: Compiler,
    backend: Backend,
    apart: str | None,
) -> ir.Table:
    """Who queues, in which place, with the facts their draws need."""
    free = filtered(judged, unblocked(ruleset, judged))
    waiting = joined(facts, (free, lambda mine, theirs: [mine[ROW] == theirs[ROW]]), how="semi")
    here = replace(compiler, table=waiting)
    place = ibis.row_number().over(ibis.window(order_by=_sort_keys(ruleset.order, here)))
    needed = {*_IDENTITY, *(f for p in ruleset.pools for f in pool_facts(p))}
    columns: dict[str, Any] = {ROW: waiting[ROW], "place": place + 1}
    columns[_APART] = waiting[apart] if apart else ibis.literal("")
    for fact in sorted(needed):
        columns[fact] = waiting[fact]
        columns[state_column(fact)] = waiting[state_column(fact)]
    return backend.keep("queue", selected(waiting, columns))


def pool_facts(pool: Pool) -> tuple[str, ...]:
    """Names of the facts that decide whether a pool has room, sorted."""
    conditions = [*pool.applies, pool.limit, *(o.by for o in pool.order)]
    return tuple(sorted({*pool.per, *(f for c in conditions for f in c.facts)}))


def _sort_keys(orders: Sequence[Order], compiler: Compiler) -> list[Any]:
    """What the queue is sorted by, and by the candidate's id at last."""
    keys: dict[Any, Any] = {}
    for order in orders:
        value = compiler.value(order.by.tree)
        # What was sorted by before makes no difference; Ibis would leave out the first of the two.
        keys.setdefault(value.isnull().op(), value.isnull())
        keys.setdefault(value.op(), value.desc() if order.descending else value.asc())
    identity = compiler.table["candidate.candidate_id"]
    keys.setdefault(identity.op(), identity)
    return list(keys.values())


def _draws(
    pool: Pool, number: int, queue: ir.Table, compiler: Compiler, vocabulary: Vocabulary
) -> ir.Table:
    """One row per candidate that draws on the pool; `key` or `own_limit` null: no place."""
    here = replace(compiler, table=queue)
    applies = all_of(here, pool.applies)
    drawing = filtered(queue, ibis.coalesce(applies, ibis.literal(value=True)))
    here = replace(compiler, table=drawing)
    columns = {
        "place": drawing["place"],
        "pool": ibis.literal(number, type="int32"),
        "key": _key(pool.per, drawing, compiler, vocabulary),
        "own_limit": here.value(pool.limit.tree).cast("int64"),
    }
    return selected(drawing, columns)


def _duplicates(queue: ir.Table, compiler: Compiler) -> ir.Table:
    vocabulary = Vocabulary(())
    return queue.select(
        place=queue["place"],
        pool=ibis.literal(0, type="int32"),
        key=_key(_IDENTITY, queue, compiler, vocabulary),
        own_limit=ibis.literal(1, type="int64"),
    )


def _key(facts: Sequence[str], queue: ir.Table, compiler: Compiler, vocabulary: Vocabulary) -> Any:
    """One text for the values of all the facts, length-prefixed so that none can collide."""
    parts = [queue[_APART] + ":"]
    for fact in facts:
        text = compiler.dialect.json(queue[fact], vocabulary[fact].type, "UTC")
        value = ibis.cases(
            (queue[state_column(fact)] == int(FactState.VALUE), text), else_=ibis.null("string")
        )
        parts.append(value.length().cast("string") + ":" + value)
    return reduce(lambda a, b: a + b, parts)


def _rooms(pools: Sequence[Pool], every: ir.Table, backend: Backend) -> ir.Table:
    """The room of each pool and key: the smallest limit that anyone who draws on it knows."""
    known = every.filter(every["key"].notnull() & every["own_limit"].notnull())
    rooms = known.group_by(["pool", "key"]).aggregate(
        limit=known["own_limit"].min(), drawing=known.count()
    )
    by_limit = rooms.group_by(["pool", "limit"]).aggregate(drawing=rooms["drawing"].max())
    distinct = backend.rows(by_limit)
    room = [_room(pools, row["pool"], row["limit"], row["drawing"]) for row in distinct]
    table = backend.load(
        "limits",
        pa.table(
            {
                "pool": pa.array([r["pool"] for r in distinct], pa.int32()),
                "limit": pa.array([r["limit"] for r in distinct], pa.int64()),
                "room": pa.array(room, pa.int64()),
            }
        ),
    )
    return rooms.join(table, ["pool", "limit"]).select(rooms["pool"], rooms["key"], table["room"])


def _room(pools: Sequence[Pool], number: int, limit: int, drawing: int) -> int:
    """Room for a limit; more than all who draw on it makes no difference, and isn't computed."""
    pool = pools[number - 1] if number else None
    if pool is None or pool.take_up is None or pool.risk is None or limit >= drawing:
        return max(0, limit)
    return contacts_for(limit, pool.take_up, pool.risk)


def _result(
    ruleset: Ruleset,
    queue: ir.Table,
    every: ir.Table,
    rooms: ir.Table,
    granted: ir.Table,
    rounds: int,
    backend: Backend,
) -> Allocation:
    """Who was granted what, and for everyone else the pools that had no room at their turn."""
    granted = backend.keep("granted", granted)
    winners = granted.select("place").distinct().mutate(won=ibis.literal(value=True))
    drawn = every.left_join(rooms, ["pool", "key"])
    drawn = drawn.select(
        every["place"], every["pool"], every["key"], every["own_limit"], room=rooms["room"]
    )
    marked = drawn.left_join(winners, "place").select(
        drawn["place"],
        drawn["pool"],
        drawn["key"],
        drawn["own_limit"],
        drawn["room"],
        won=winners["won"].fill_null(False),
    )
    ahead = (
        marked["won"]
        .cast("int64")
        .sum()
        .over(
            ibis.window(
                group_by=[marked["pool"], marked["key"]],
                order_by=marked["place"],
                preceding=None,
                following=0,
            )
        )
    )
    turn = marked.mutate(ahead=ahead)
    no_place = turn["key"].isnull() | turn["own_limit"].isnull()
    turn = turn.mutate(
        denies=~turn["won"] & (no_place | (turn["ahead"] >= turn["room"]).fill_null(False))
    )
    flags: dict[str, Any] = {}
    names = {0: DUPLICATE, **{i: p.id for i, p in enumerate(ruleset.pools, 1)}}
    for number, name in names.items():
        mine = turn["pool"] == number
        flags[draws_column(name)] = mine.any()
        flags[denies_column(name)] = (mine & turn["denies"]).any()
    flags["won"] = turn["won"].any()
    settled = turn.group_by("place").aggregate(**flags)
    both = queue.join(settled, "place")
    columns = {ROW: queue[ROW], "place": queue["place"], **{n: settled[n] for n in flags}}
    kept = backend.keep("allocated", both.select(**columns))
    used = granted.group_by(["pool", "key"]).aggregate(granted=granted.count())
    ends = rooms.left_join(used, ["pool", "key"])
    ended = ends.select(
        rooms["pool"], rooms["key"], rooms["room"], granted=ends["granted"].fill_null(0)
    )
    return Allocation(kept, ended, every, rounds)
