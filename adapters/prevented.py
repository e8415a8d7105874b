"""The blocked of a run, as the blocked list and the ledger take them."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from itertools import chain, islice

import pyarrow as pa
import pyarrow.compute as pc

from adapters.outputs.lists import BLOCKED
from adapters.screened import Screened
from engine.ledger.moment import BULK_COLUMNS
from engine.ledger.sealing import with_hashes
from engine.screening.explain import Explainer
from engine.screening.inputs import ROW

_PIECE = 50_000
"""How many rows are sorted at a time."""
_AHEAD = 2
"""How many batches are made at a time."""
_SALT = 32
"""Bytes."""
_MOMENTS = pa.schema([(name, pa.string()) for name in BULK_COLUMNS])


def prevented(screened: Screened, run_id: str, meanwhile: Executor) -> Iterator[pa.RecordBatch]:
    """All that is listed and recorded of the blocked, in the list's order; begun at once.

    Columns as `Explainer.written` has them, and those of BULK_COLUMNS. While a batch is used the next ones
    are made, in threads of `meanwhile`.
    """
    explainer = screened.screening.explainer
    seen = _in_order(explainer, screened)
    first = meanwhile.submit(next, seen, None)

    def made(batch: pa.RecordBatch) -> pa.RecordBatch:
        return _sealed(explainer.written(batch), run_id)

    def every() -> Iterator[pa.RecordBatch]:
        head = first.result()
        batches: Iterator[pa.RecordBatch] = chain([] if head is None else [head], seen)
        begun = deque(meanwhile.submit(made, batch) for batch in islice(batches, _AHEAD))
        while begun:
            ready = begun.popleft().result()
            # Before it is used, which takes as long as to make one.
            begun.extend(meanwhile.submit(made, batch) for batch in islice(batches, 1))
            yield ready

    return every()


def _sealed(written: pa.RecordBatch, run_id: str) -> pa.RecordBatch:
    """What was written, as the run's, with a salt of its own for each row and the hashes."""
    rows = written.num_rows
    drawn = secrets.token_hex(_SALT * rows)
    salts = [drawn[at : at + 2 * _SALT] for at in range(0, len(drawn), 2 * _SALT)]
    mine = written.append_column("run_id", pa.repeat(run_id, rows))
    return with_hashes(mine.append_column("salt", pa.array(salts, pa.string())))


def moments_of(
    blocked: Iterator[pa.RecordBatch],
    write: Callable[[pa.RecordBatch], None],
    meanwhile: Executor,
) -> pa.RecordBatchReader:
    """What the ledger is to keep of what `prevented` gives; as it is read, the blocked list is written
    beside it, by `write`.

    Both have the same rows, and to put these together is most of the work.
    """

    def moments() -> Iterator[pa.RecordBatch]:
        for batch in blocked:
            names = ["details" if name == "reasons" else name for name in BLOCKED]
            listed = batch.select(names).rename_columns(BLOCKED)
            writing = meanwhile.submit(write, listed)
            yield batch.select(BULK_COLUMNS)
            writing.result()

    return pa.RecordBatchReader.from_batches(_MOMENTS, moments())


def _in_order(explainer: Explainer, screened: Screened) -> Iterator[pa.RecordBatch]:
    """The rows that it writes from, in the list's order, batch by batch."""
    table = explainer.seen
    listed = screened.gathered.listed
    last = max([pc.max(listed.rows).as_py() or 0, *(row for row, _ in listed.misfits)])
    # Piece by piece, each sorted by itself: a sort holds it all.
    for start in range(1, last + 1, _PIECE):
        piece = table.filter(table[ROW].between(start, start + _PIECE - 1))
        # Sorted last of all: an order within an expression is nothing a backend must keep.
        for batch in screened.backend.stream(piece.order_by(ROW)):
            yield from explainer.parts(batch)
