"""The rounds in which a queue is granted room.

A round: among the pending, whoever stands within the room left in all its pools, even if
everyone ahead were granted, is granted; whoever finds one of its pools used up is denied. A
grant never takes room from someone ahead (who ranks better within the same room), so what a
round settles is settled for good, and the first of the pending is settled in every round.

Some rounds settle nearly everyone. Where each candidate waits for the one ahead, a round settles
but one, so whoever is left after MOST_ROUNDS is walked through one by one; and so are the last FEW,
for whom that takes less time than a round does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import groupby
from operator import itemgetter

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from engine.ports import Backend

MOST_ROUNDS = 16
FEW = 50_000


def settle_rounds(pending: ir.Table, backend: Backend) -> tuple[ir.Table, int]:
    """The granted draws (`place`, `pool`, `key`) among the pending, and how many rounds it took.

    `pending` has a row per draw: `place` in the queue, `pool`, `key`, and the `room` of that key.
    """
    granted: list[ir.Table] = []
    rounds = 0
    while (left := backend.rows(pending.aggregate(n=pending.count()))[0]["n"]) > FEW:
        if rounds == MOST_ROUNDS:
            break
        rounds += 1
        rank = ibis.row_number().over(
            ibis.window(group_by=[pending["pool"], pending["key"]], order_by=pending["place"])
        )
        ranked = pending.mutate(within=rank < pending["room"], full=pending["room"] <= 0)
        fate = ranked.group_by("place").aggregate(
            granted=ranked["within"].all(), denied=ranked["full"].any()
        )
        fate = backend.keep("fate", fate)
        winners = pending.semi_join(fate.filter(fate["granted"]), "place")
        winners = backend.keep(f"granted {rounds}", winners.select("place", "pool", "key"))
        granted.append(winners)
        used = winners.group_by(["pool", "key"]).aggregate(used=winners.count())
        open_ = fate.filter(~fate["granted"] & ~fate["denied"])
        rest = pending.semi_join(open_, "place")
        following = rest.left_join(used, ["pool", "key"]).select(
            rest["place"],
            rest["pool"],
            rest["key"],
            room=rest["room"] - used["used"].fill_null(0),
        )
        pending = backend.keep(f"pending {rounds % 2 + 1}", following)
    if left or not granted:
        granted.append(_walk(pending, backend))
    return reduce(lambda a, b: a.union(b), granted), rounds


def _walk(pending: ir.Table, backend: Backend) -> ir.Table:
    """The granted draws among the pending, candidate by candidate."""
    room: dict[tuple[int, str], int] = {}
    places: list[int] = []
    draws: list[tuple[int, str]] = []
    for place, wanted in _draws_by_place(pending, backend):
        for draw, left in wanted:
            room.setdefault(draw, left)
        if all(room[draw] > 0 for draw, _ in wanted):
            for draw, _ in wanted:
                room[draw] -= 1
                places.append(place)
                draws.append(draw)
    walked = {
        "place": pa.array(places, pa.int64()),
        "pool": pa.array([pool for pool, _ in draws], pa.int32()),
        "key": pa.array([key for _, key in draws], pa.string()),
    }
    return backend.load("granted one by one", pa.table(walked))


def _draws_by_place(
    pending: ir.Table, backend: Backend
) -> Iterator[tuple[int, list[tuple[tuple[int, str], int]]]]:
    """Candidate by candidate in the queue's order: its draws, each with the room left."""

    def rows() -> Iterator[tuple[int, int, str, int]]:
        columns = ("place", "pool", "key", "room")
        for batch in backend.stream(pending.select(*columns).order_by("place")):
            yield from zip(*(batch.column(c).to_pylist() for c in columns), strict=True)

    for place, wanted in groupby(rows(), key=itemgetter(0)):
        yield place, [((pool, key), left) for _, pool, key, left in wanted]
