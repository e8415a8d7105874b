"""Columns of text put together in Arrow, and as JSON.

A part is a text, the same in every row, or a column with one for each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# What a JSON string can't hold as it is (RFC 8259, section 7).
_ESCAPED = r'[\x00-\x1f"\\]'


def spliced(rows: int, *parts: Any) -> pa.Array:
    """The parts one after the other, null where one of them is.

    >>> spliced(2, "a", pa.array(["b", None]), "c").to_pylist()
    ['abc', None]
    """
    if all(isinstance(part, str) for part in parts):
        return pa.repeat("".join(parts), rows)
    return pc.binary_join_element_wise(*map(_part, parts), _part(""))


def listed(rows: int, parts: Sequence[Any], mark: str) -> pa.Array:
    """The parts with a mark between them; what is null is left out, and leaves no mark.

    >>> listed(3, [pa.array(["a", None, None]), pa.array(["b", "c", None])], ", ").to_pylist()
    ['a, b', 'c', '']
    """
    # Arrow would leave out, not only the texts, but a row that has none: so each begins with one.
    first = pa.repeat(_part(""), rows)
    joined = pc.binary_join_element_wise(
        first, *map(_part, parts), _part(mark), null_handling="skip"
    )
    return pc.utf8_slice_codeunits(joined, len(mark)) if mark else joined


def _part(part: Any) -> Any:
    return _scalar(part) if isinstance(part, str) else part


# Arrow takes as long to wrap a text as to put it behind a hundred others.
@lru_cache(maxsize=4096)
def _scalar(text: str | None) -> pa.Scalar:
    return pa.scalar(text, pa.string())


def where(holds: pa.BooleanArray, text: str) -> pa.Array:
    """The text where a column is true, null elsewhere."""
    return pc.if_else(holds, _scalar(text), _scalar(None))


def word(words: Sequence[str | None], codes: pa.Array) -> pa.Array:
    """The word at the place that each code tells, from 0; null for a null.

    >>> word(["no", None, "yes"], pa.array([2, 1, None])).to_pylist()
    ['yes', None, None]
    """
    return _words(tuple(words)).take(codes)


@lru_cache(maxsize=1024)
def _words(words: tuple[str | None, ...]) -> pa.Array:
    return pa.array(words, pa.string())


def json_text(text: str) -> str:
    """A text as a JSON string.

    >>> json_text("è")
    '"è"'
    """
    return json.dumps(text, ensure_ascii=False)


def json_texts(texts: pa.Array) -> pa.Array:
    r"""Texts as JSON strings, null where they are.

    >>> json_texts(pa.array(["è", '"', None])).to_pylist()
    ['"è"', '"\\""', None]
    """
    quoted = spliced(len(texts), '"', texts, '"')
    escaped = pc.match_substring_regex(texts, _ESCAPED).fill_null(False)
    if not escaped.true_count:
        return quoted
    replaced = [json_text(text) for text in texts.filter(escaped).to_pylist()]
    return pc.replace_with_mask(quoted, escaped, pa.array(replaced, pa.string()))
