"""What computed sources have in common: their digest, their account of failures, their texts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def digest_of(kind: str, settings: Any, **versions: str) -> str:
    """SHA-256 (hex) of what computed answers depend on besides the keys."""
    parts = {"kind": kind, "settings": settings, "versions": versions}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def account(problems: pa.Array) -> tuple[int, str]:
    """How many keys were told, and a sentence on those that were not, "" if there are none.

    >>> account(pa.array(["no-zone", None, "no-zone"], pa.string()))
    (1, '2 of 3 keys got no answer: 2 no-zone')
    """
    counts = Counter(problems.drop_null().to_pylist())
    untold = counts.total()
    if not untold:
        return len(problems), ""
    classes = ", ".join(f"{n} {problem}" for problem, n in sorted(counts.items()))
    return len(problems) - untold, f"{untold} of {len(problems)} keys got no answer: {classes}"


def as_text(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Texts, booleans (`true`, `false`), whole numbers as the engine reads them."""
    return column if pa.types.is_string(column.type) else pc.cast(column, pa.string())


def texts_of(keys: pa.Table, name: str) -> list[str | None]:
    """The texts of a key without blanks around them; None where there is none, or no such key."""
    if name not in keys.column_names:
        return [None] * keys.num_rows
    return [None if t is None else t.strip() or None for t in keys[name].to_pylist()]
