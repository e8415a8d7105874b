"""`personal` and `leaf` of many moments at once, in columns.

`engine.ledger.moment` says what they are, and computes them row by row for those who verify; tests
hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from engine.ledger.canonical import prefixed
from engine.ledger.moment import ENTRY_VERSION, PERSONAL, PERSONAL_VERSION, PLAIN


def with_hashes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with `personal` and `leaf` added; it has every other column of BULK_COLUMNS, as text."""
    for name, head, columns in (
        ("personal", prefixed([PERSONAL_VERSION]), ("salt", *PERSONAL)),
        ("leaf", "\0" + prefixed([ENTRY_VERSION]), (*PLAIN, "personal")),
    ):
        entries = _entries(head, (batch.column(column) for column in columns))
        batch = batch.append_column(name, pa.array(_digests(entries), pa.string()))
    return batch


def _entries(head: str, columns: Iterable[pa.Array]) -> pa.Array:
    """`prefixed` of the columns' texts, behind a head."""
    parts = [
        pc.binary_join_element_wise(pc.binary_length(c).cast(pa.string()), c, ":").fill_null("-")
        for c in columns
    ]
    return pc.binary_join_element_wise(head, *parts, "")


def _digests(texts: pa.Array) -> list[str]:
    """SHA-256 of each text's bytes, in hex; hashed where they lie, as copies cost as much again.

    Texts are of Arrow's `string`, none is null, and some have bytes.
    """
    _, offsets, data = texts.buffers()
    # Each begins where a number of 32 bits says, and ends where the next begins.
    starts = memoryview(offsets).cast("i")[texts.offset :][: len(texts) + 1]
    lying = memoryview(data)
    return [sha256(lying[start:end]).hexdigest() for start, end in pairwise(starts)]
