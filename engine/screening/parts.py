"""Batches of the blocked that are small enough to be written at once.

What is written of a batch is far larger than it: each reason repeats the texts of its rule and the
facts that it looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import pyarrow as pa

from engine.language.ruleset import Texts
from engine.screening.held import held
from engine.screening.reasons import Reason
from engine.screening.seen import shown_column, written_column
from engine.screening.sentences import placeholders

MOST = 2**26
"""Bytes. A column of text holds 2 GiB at most, and what is written is in several for a while."""
# Names, state and date of a fact; and what else a reason says in its two forms.
_PER_FACT, _PER_REASON = 200, 400


def parts(
    reasons: Sequence[Reason], batch: pa.RecordBatch, language: str
) -> Iterator[pa.RecordBatch]:
    """The rows of a batch of `seen` in their order, in batches of which about MOST is written, or in
    single rows.
    """
    if batch.num_rows > 1 and size(reasons, batch, language) > MOST:
        half = batch.num_rows // 2
        yield from parts(reasons, batch.slice(0, half), language)
        yield from parts(reasons, batch.slice(half), language)
    else:
        yield batch


def size(reasons: Sequence[Reason], batch: pa.RecordBatch, language: str) -> int:
    """About how many bytes are written of the batch's rows, in the reasons that hold."""

    @cache
    def each(name: str) -> float:
        column = batch.column(name)
        filled: int = len(column) - column.null_count
        taken: int = column.nbytes
        return taken / max(1, filled)

    total = 0.0
    for reason in reasons:
        rows = held(reason, batch).true_count
        if rows:
            facts = sum(_PER_FACT + 2 * each(written_column(name)) for name in reason.recorded)
            said = placeholders(reason.sentence.get(language, ""))
            sentence = sum(each(shown_column(name)) for name in said)
            total += rows * (_fixed(reason, language) + facts + sentence)
    return int(total)


def _fixed(reason: Reason, language: str) -> int:
    def length(texts: Texts) -> int:
        return len(texts.get(language, ""))

    conditions = sum(len(condition.text) for condition in reason.conditions)
    given = sum(len(given.words) for given in reason.given)
    texts = len(reason.title) + length(reason.sentence) + length(reason.remedy)
    return _PER_REASON + texts + conditions + 2 * given
