"""Where one candidate stood in the queue for room, and where it would have stood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from engine.ports import Backend, Dialect
from engine.screening.allocate import DUPLICATE, Allocation, allocate, denies_column
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column
from engine.screening.screen import Screening


def queued(screening: Screening, row: int, backend: Backend) -> dict[str, Any] | None:
    """The candidate's turn, None if something else blocks it so that it had none.

    Keys: `place` in the queue (from 1), `granted`, and `pools` {id: {denies, counted, room,
    granted, last_granted}} for the pools it draws on: the room of its key, how many were granted
    it, and the place of the last who was. Where a `per` or its limit is not known it is not
    `counted`: it has no place, whatever room there is.
    """
    allocation = screening.allocation
    found = backend.rows(allocation.queue.filter(allocation.queue[ROW] == row))
    return _turn(screening, allocation, found[0], backend) if found else None


def would_queue(screening: Screening, row: int, backend: Backend) -> dict[str, Any]:
    """What `queued` would say if no rule and no decision blocked this candidate, all else equal."""
    judged = screening.verdicts
    mine = judged[ROW] == row
    ids = [*(r.id for r in screening.ruleset.rules), *(d.id for d in screening.ruleset.decisions)]
    blocks = [c for c in map(blocks_column, ids) if c in judged.columns]
    cleared = judged.mutate(**{column: judged[column] & ~mine for column in blocks})
    allocation = allocate(
        screening.ruleset,
        screening.facts,
        cleared,
        screening.explainer.compiler,
        screening.inputs.vocabulary,
        _Beside(backend),
    )
    again = replace(screening, allocation=allocation)
    turn = queued(again, row, backend)
    if turn is None:
        raise AssertionError("a candidate that nothing blocks stands in the queue")
    return turn


@dataclass(frozen=True)
class _Beside:
    """A backend that keeps its tables beside those of the screening, which stay as they are."""

    backend: Backend

    @property
    def dialect(self) -> Dialect:
        return self.backend.dialect

    def load(self, name: str, table: pa.Table) -> ir.Table:
        return self.backend.load(f"if {name}", table)

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        return self.backend.keep(f"if {name}", expression)

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        return self.backend.rows(expression)

    def stream(self, expression: ir.Table) -> pa.RecordBatchReader:
        return self.backend.stream(expression)


def _turn(
    screening: Screening, allocation: Allocation, mine: dict[str, Any], backend: Backend
) -> dict[str, Any]:
    names = {0: DUPLICATE, **{i: p.id for i, p in enumerate(screening.ruleset.pools, 1)}}
    draws, queue, rooms = allocation.draws, allocation.queue, allocation.rooms
    drawn = draws.filter(draws["place"] == mine["place"])
    own = drawn.select("pool", "key")
    counted = drawn.select("pool", counted=drawn["key"].notnull() & drawn["own_limit"].notnull())
    others = draws.join(own, ["pool", "key"]).select(draws["place"], draws["pool"])
    won = others.semi_join(queue.filter(queue["won"]), "place")
    last = {r["pool"]: r["last"] for r in backend.rows(_last(won))}
    here = rooms.join(own, ["pool", "key"]).select(rooms["pool"], rooms["room"], rooms["granted"])
    room = {r["pool"]: r for r in backend.rows(here)}
    nothing = {"room": None, "granted": None}
    return {
        "place": mine["place"],
        "granted": mine["won"],
        "pools": {
            names[number]: {
                "denies": mine[denies_column(names[number])],
                "counted": known,
                "room": room.get(number, nothing)["room"],
                "granted": room.get(number, nothing)["granted"],
                "last_granted": last.get(number),
            }
            for number, known in sorted((r["pool"], r["counted"]) for r in backend.rows(counted))
        },
    }


def _last(won: Any) -> Any:
    return won.group_by("pool").aggregate(last=won["place"].max())
