"""Typed values and columns → the text that config.yaml's types are read from.

Numbers are plain decimals (fractions as Python writes them, whole ones without any), dates and
moments ISO 8601, booleans `true` and `false`, bytes hexadecimal, structures JSON. What has no value
stays null.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pac

_NOTHING = type(None)
# From here on floating point skips whole numbers; that of single precision.
_EXACT, _EXACT_SINGLE = 2.0**53, 2.0**24
_DOUBLE = 64


class NoList(ValueError):
    """A value that is wanted as a list of texts is none; its words are for people."""

    def __init__(
        self, words: str = "a cell of a list holds lists, or names with values, and no plain texts"
    ) -> None:
        super().__init__(words)


class HoldsSeparator(NoList):
    """An element of a list holds what elements are put together with, so it would become two."""

    def __init__(self, separator: str) -> None:
        super().__init__(
            f"an element of a list holds the `separator` {separator!r}; choose a sign that none holds"
        )


def text_column(values: Sequence[Any], separator: str | None = None) -> pa.Array:
    """Values of Python as text; lists are joined with `separator`, and JSON without one.

    Raises NoList.
    """
    kinds = set(map(type, values))
    # Most columns are of one type, and Arrow is quick with these.
    if kinds <= {str, _NOTHING}:
        return pa.array(values, pa.string())
    if kinds <= {int, _NOTHING}:
        try:
            return pa.array(values, pa.int64()).cast(pa.string())
        except OverflowError:
            pass
    return pa.array([_text(v, separator) for v in values], pa.string())


def as_text(column: pa.ChunkedArray, separator: str | None = None) -> pa.ChunkedArray | pa.Array:
    """A typed column of Arrow as text; moments of a time zone are told in UTC.

    Raises NoList.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.cast(kind.value_type), separator)
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        # Each distinct value once: they are far fewer.
        coded = column.combine_chunks().dictionary_encode()
        if pa.types.is_floating(kind) and kind.bit_width < _DOUBLE:
            return _singles(coded.dictionary.cast(pa.float32())).take(coded.indices)
        return text_column(coded.dictionary.to_pylist()).take(coded.indices)
    if pa.types.is_date64(kind):
        return column.cast(pa.date32()).cast(pa.string())
    if pa.types.is_nested(kind):
        return text_column(column.to_pylist(), separator)
    return column.cast(pa.string())


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    # Stored in UTC, whatever the zone; finer than a microsecond is no part of a fact.
    plain = column.cast(pa.timestamp(column.type.unit)).cast(pa.timestamp("us"), safe=False)
    # A fraction stands only where there is one, as in Python's isoformat.
    text = pac.replace_substring(plain.cast(pa.string()), ".000000", "")
    # A tenth of the time that strftime takes.
    text = pac.replace_substring(text, " ", "T", max_replacements=1)
    return text if column.type.tz is None else pac.binary_join_element_wise(text, "+00:00", "")


def _singles(values: pa.Array) -> pa.Array:
    """Floating point of single precision, with the shortest digits that mean it."""
    short = [None if text is None else float(text) for text in values.cast(pa.string()).to_pylist()]
    return pa.array(
        [None if v is None else _fraction(v, _EXACT_SINGLE) for v in short], pa.string()
    )


def _text(value: Any, separator: str | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float):
        return _fraction(value)
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, Decimal):
        return _exact(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (list, tuple, dict)) and separator is not None:
        return _joined(value, separator)
    if isinstance(value, (list, tuple, dict)):
        return _json(value)
    return str(value)


def _exact(value: Decimal) -> str:
    """All its digits; a whole number has no fraction, as in `_fraction`.

    >>> _exact(Decimal("393331234567.00")), _exact(Decimal("1.50")), _exact(Decimal("1E+3"))
    ('393331234567', '1.50', '1000')
    """
    digits = format(value, "f")
    whole, _, part = digits.partition(".")
    return digits if part.strip("0") else whole


def _fraction(value: float, exact: float = _EXACT) -> str:
    """Floating point; a whole number is the same text, and so the same key, as in any other type.

    One whose last digits may be lost has an exponent: as an id it would be somebody else's.

    >>> _fraction(393331234567.0), _fraction(0.1), _fraction(1e16), _fraction(2.0**53)
    ('393331234567', '0.1', '1e+16', '9.007199254740992e+15')
    """
    if not value.is_integer():
        return repr(value)
    if abs(value) < exact:
        return str(int(value))
    text = repr(value)
    return text if "e" in text else f"{value:.15e}"


def _json(value: Any) -> str:
    """As `json.dumps`, with dates as they are told elsewhere, and exact numbers digit by digit.

    So PostgreSQL writes them: 1.50 is not 1.5, and 1.00 not 1.
    """
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, dict):
        members = (f"{_json(str(name))}: {_json(part)}" for name, part in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, Decimal):
        return format(value, "f")
    if value is None or isinstance(value, (bool, int, float)):
        return "null" if value is None else str(_text(value, None))
    return json.dumps(_text(value, None), ensure_ascii=False)


def _joined(elements: Sequence[Any] | Mapping[Any, Any], separator: str) -> str:
    """The elements one after the other; those without a value are none."""
    if isinstance(elements, Mapping) or any(isinstance(e, (list, tuple, dict)) for e in elements):
        # As JSON it would be a list of its brackets, in which nothing is found that is in it.
        raise NoList
    texts = [_text(element, None) for element in elements]
    if any(text is not None and separator in text for text in texts):
        raise HoldsSeparator(separator)
    return separator.join(text for text in texts if text is not None)
