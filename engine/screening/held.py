"""Which reasons hold for which rows, and which of them comes first.

Read from batches that have the columns that reasons name by `flag` and `outcome`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from engine.language.ruleset import Outcome
from engine.screening.reasons import Reason

_UNKNOWN = "unknown"
_NUMBER = pa.int32()


def held(reason: Reason, batch: pa.RecordBatch) -> pa.BooleanArray:
    """Where the reason holds; never null."""
    flag = batch.column(reason.flag)
    if not pa.types.is_boolean(flag.type):
        return flag.is_valid()
    return flag.fill_null(False)


def in_doubt(reason: Reason, column: Callable[[str], pa.Array]) -> pa.BooleanArray | None:
    """Where it holds for what is unknown; None if it never does. `column` has columns by name."""
    if reason.outcome is None:
        return None
    return pc.not_equal(column(reason.outcome), Outcome.FAILED.value).fill_null(True)


def causes_of(reasons: Sequence[Reason]) -> list[tuple[str, Reason]]:
    """Every cause there can be, as its word and its reason, in the order of `firsts`' numbers."""
    return [(word, reason) for reason in reasons for word in (reason.cause, _UNKNOWN)]


def firsts(reasons: Sequence[Reason], batch: pa.RecordBatch) -> tuple[pa.Array, pa.Array]:
    """For each row the number of its first cause in `causes_of`, null where no reason holds; and how
    many reasons hold.
    """
    number = pa.nulls(batch.num_rows, _NUMBER)
    count = pa.repeat(pa.scalar(0, _NUMBER), batch.num_rows)
    for place, reason in reversed(list(enumerate(reasons))):
        holds, doubt = held(reason, batch), in_doubt(reason, batch.column)
        mine, doubted = (pa.scalar(2 * place + more, _NUMBER) for more in (0, 1))
        number = pc.if_else(
            holds, mine if doubt is None else pc.if_else(doubt, doubted, mine), number
        )
        count = pc.add(count, holds.cast(_NUMBER))
    return number, count


def outcomes(reason: Reason, doubt: pa.BooleanArray | None) -> pa.Array | str:
    """The word for why it holds, where it does: a column, or the one that it always has."""
    return reason.cause if doubt is None else pc.if_else(doubt, _UNKNOWN, reason.cause)
