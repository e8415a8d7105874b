"""DuckDB's way of reading and showing cells.

DuckDB's own casts guess (`1.7` becomes 2, `yes` becomes true, `0x10` becomes 16), so every cell
is held against a strict pattern first and what does not fit is null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, cast

import ibis
import ibis.expr.types as ir

from engine.language.expression import CelType
from engine.language.functions import QUANTIFIERS
from engine.language.vocabulary import FactType
from engine.ports import Reading
from engine.screening.facts import IBIS_TYPES
from engine.screening.inputs import UNREADABLE

_TEXT, _WHOLE, _NUMBER, _STRINGS = "string", "int64", "float64", "array<string>"
_OFFSET = re.compile(r"(?:^|[^%])(?:%%)*%[zZ]")
"""A format whose cells have an offset or the name of a zone."""


def _builtin(name: str, arguments: tuple[str, ...], result: str) -> Callable[..., Any]:
    """A function or macro of DuckDB, callable on Ibis columns; the stub below is never run."""
    stubs: dict[int, Callable[..., Any]] = {
        1: lambda a: None,
        2: lambda a, b: None,
        3: lambda a, b, c: None,
        4: lambda a, b, c, d: None,
        5: lambda a, b, c, d, e: None,
    }
    stub = stubs[len(arguments)]
    stub.__name__ = name

    # Ibis makes a class of each, and of the sixty here a list needs some.
    @cache
    def made() -> Any:
        return ibis.udf.scalar.builtin(stub, name=name, signature=(arguments, result))

    def called(*given: Any) -> Any:
        return made()(*given)

    return called


_clean = _builtin("upfront_clean", (_TEXT,), _TEXT)
_integer = _builtin("upfront_integer", (_TEXT,), _WHOLE)
_number = _builtin("upfront_number", (_TEXT,), _NUMBER)
_number_with = _builtin("upfront_number_with", (_TEXT, _TEXT), _NUMBER)
_boolean = _builtin("upfront_boolean", (_TEXT,), "boolean")
_date = _builtin("upfront_date", (_TEXT, _TEXT), _WHOLE)
_date_as = _builtin("upfront_date_as", (_TEXT, _TEXT, _TEXT), _WHOLE)
_moment = _builtin("upfront_moment", (_TEXT, _TEXT), _WHOLE)
_moment_as = _builtin("upfront_moment_as", (_TEXT, _TEXT, _TEXT), _WHOLE)
_offset_as = _builtin("upfront_offset_as", (_TEXT, _TEXT), _WHOLE)
_strings = _builtin("upfront_strings", (_TEXT, _TEXT), _STRINGS)
_local = _builtin("upfront_local", (_WHOLE, _TEXT, _TEXT), _TEXT)
_iso = _builtin("upfront_iso", (_WHOLE,), _TEXT)
_json = _builtin("upfront_json", (_TEXT,), _TEXT)
_strings_json = _builtin("upfront_json", (_STRINGS,), _TEXT)
_finite = _builtin("upfront_finite", (_NUMBER,), _NUMBER)
_find = _builtin("regexp_matches", (_TEXT, _TEXT), "boolean")
_EXACT = {
    sign: _builtin(f"upfront_{name}", (_WHOLE, _WHOLE), _WHOLE)
    for sign, name in zip("+-*/%", ("plus", "minus", "times", "over", "modulo"), strict=True)
}

_STATES = {
    kind: _builtin("upfront_state", (column, _TEXT), "int8") for kind, column in IBIS_TYPES.items()
}

_CONVERSIONS: dict[tuple[str, CelType], Callable[..., Any]] = {
    ("int", CelType.DOUBLE): _builtin("upfront_int_of_number", (_NUMBER,), _WHOLE),
    ("int", CelType.STRING): _integer,
    ("int", CelType.TIMESTAMP): _builtin("upfront_int_of_moment", (_WHOLE,), _WHOLE),
    ("double", CelType.INT): lambda value: value.cast(_NUMBER),
    ("double", CelType.STRING): _number,
    ("string", CelType.INT): lambda value: value.cast(_TEXT),
    ("string", CelType.BOOL): lambda value: value.cast(_TEXT),
    ("string", CelType.TIMESTAMP): _builtin("upfront_text_of_moment", (_WHOLE,), _TEXT),
    ("string", CelType.DURATION): _builtin("upfront_text_of_span", (_WHOLE,), _TEXT),
    ("timestamp", CelType.STRING): _builtin("upfront_moment_of_text", (_TEXT,), _WHOLE),
}
_clock = _builtin("upfront_clock", (_WHOLE, _TEXT), "timestamp")
_clock_at = _builtin("upfront_clock_at", (_WHOLE, _WHOLE), "timestamp")
_PARTS = {
    "getFullYear": ("year", 0),
    "getMonth": ("month", 1),
    "getDate": ("day", 0),
    "getDayOfMonth": ("day", 1),
    "getDayOfWeek": ("dayofweek", 0),
    "getDayOfYear": ("dayofyear", 1),
    "getHours": ("hour", 0),
    "getMinutes": ("minute", 0),
    "getSeconds": ("second", 0),
    "getMilliseconds": ("millisecond", 0),
}
_READERS = {name: _builtin(name, ("timestamp",), _WHOLE) for name, _ in _PARTS.values()}
_QUANTIFIERS = {
    name: _builtin(f"upfront_{name}", ("array<boolean>",), "boolean") for name in QUANTIFIERS
}


def _unchecked(number: Any) -> Any:
    """A number before it was checked to be finite, if it was."""
    node = number.op()
    checked = getattr(node, "__func_name__", "") == "upfront_finite"
    return node.args[0].to_expr() if checked else number


def _ahead(zone: str) -> int:
    """Microseconds that the clocks of `UTC` or of an offset are ahead."""
    if zone == "UTC":
        return 0
    size = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return (-size if zone[0] == "-" else size) * 1_000_000


class DuckDBDialect:
    """Fulfils `engine.ports.Dialect`."""

    def clean(self, text: ir.StringColumn) -> ir.StringColumn:
        """Without spaces around; other white space is part of the text."""
        return cast("ir.StringColumn", _clean(text))

    def parse(self, text: ir.StringColumn, kind: FactType, how: Reading) -> ir.Column:
        """Cells as values of `kind`; null where blank, or where they are not exactly of it."""
        match kind:
            case FactType.STRING:
                value = text.nullif("").nullif(UNREADABLE)
            case FactType.INTEGER:
                value = _integer(text)
            case FactType.NUMBER if how.decimal != ".":
                # A number with the other sign is not of this list's form: unreadable, no guess.
                value = _number_with(text, how.decimal)
            case FactType.NUMBER:
                value = _number(text)
            case FactType.BOOLEAN:
                value = _boolean(text)
            case FactType.DATE if how.format:
                value = _date_as(text, how.format, how.zone)
            case FactType.DATE:
                value = _date(text, how.zone)
            case FactType.TIMESTAMP if how.format and _OFFSET.search(how.format):
                value = _offset_as(text, how.format)
            case FactType.TIMESTAMP if how.format:
                value = _moment_as(text, how.format, how.zone)
            case FactType.TIMESTAMP:
                value = _moment(text, how.zone)
            case _:
                value = _strings(text, how.separator or "|")
        return cast("ir.Column", value)

    def state(self, value: ir.Column, text: ir.StringColumn, kind: FactType) -> ir.IntegerColumn:
        """The code of the FactState of a cell that is there."""
        return cast("ir.IntegerColumn", _STATES[kind](value, text))

    def show(self, value: ir.Value, kind: FactType, zone: str) -> ir.StringValue:
        """A value for a sentence: dates and clocks in `zone`."""
        if kind in (FactType.DATE, FactType.TIMESTAMP):
            form = "%Y-%m-%d" if kind is FactType.DATE else "%Y-%m-%d %H:%M"
            return cast("ir.StringValue", _local(value, zone, form))
        if kind is FactType.STRINGS:
            return cast("ir.StringValue", cast("ir.ArrayValue", value).join(", "))
        if kind is FactType.NUMBER:
            text = value.cast("string")
            return cast("ir.StringValue", text.re_replace(r"\.0$", ""))
        return cast("ir.StringValue", value.cast("string"))

    def iso(self, moment: ir.IntegerValue) -> ir.StringValue:
        """`2026-03-02T08:30:00Z`; a fraction only where there is one."""
        return cast("ir.StringValue", _iso(moment))

    def json(self, value: ir.Value, kind: FactType, zone: str) -> ir.StringValue:
        """A JSON value; a date is the text of its day in `zone`."""
        match kind:
            case FactType.INTEGER | FactType.BOOLEAN | FactType.NUMBER:
                return cast("ir.StringValue", value.cast("string"))
            case FactType.STRINGS:
                return cast("ir.StringValue", _strings_json(value))
            case FactType.TIMESTAMP:
                return cast("ir.StringValue", _json(self.iso(cast("ir.IntegerValue", value))))
            case FactType.DATE:
                return cast("ir.StringValue", _local(value, zone, '"%Y-%m-%d"'))
        return cast("ir.StringValue", _json(self.show(value, kind, zone)))

    def matches(self, text: ir.StringValue, pattern: str) -> ir.BooleanValue:
        """DuckDB's regular expressions are RE2, as CEL's are."""
        return cast("ir.BooleanValue", _find(text, pattern))

    def calendar(self, part: str, moment: ir.IntegerValue, zone: str) -> ir.IntegerValue:
        """DuckDB's own calendar for UTC and offsets, which is faster than its ICU."""
        if zone == "UTC" or zone[0] in "+-":
            clock = _clock_at(moment, _ahead(zone))
        else:
            clock = _clock(moment, zone)
        name, first = _PARTS[part]
        shown = _READERS[name](clock)
        if name == "millisecond":  # DuckDB's counts from the minute
            shown = shown % 1000
        return cast("ir.IntegerValue", shown - first if first else shown)

    def convert(self, function: str, kind: CelType, value: ir.Value) -> ir.Value:
        """Macros where DuckDB's casts would guess or round."""
        return cast("ir.Value", _CONVERSIONS[function, kind](value))

    def quantify(self, function: str, answers: ir.ArrayValue) -> ir.BooleanValue:
        """By DuckDB's own OR and AND, which are Kleene's."""
        return cast("ir.BooleanValue", _QUANTIFIERS[function](answers))

    def arithmetic(
        self, function: str, arguments: Sequence[ir.NumericValue], *, exact: bool
    ) -> ir.NumericValue:
        """CEL's arithmetic: TRY turns DuckDB's overflow error into null."""
        values: list[Any] = list(arguments)
        if function == "negate":
            values.insert(0, ibis.literal(0, type="int64") if exact else ibis.literal(-0.0))
            function = "-"
        left, right = values
        if exact:
            return cast("ir.NumericValue", _EXACT[function](left, right))
        # What is not finite stays so through all but a division by it, so a sum is checked once. DuckDB
        # writes a macro's argument out wherever it stands: checked at every term, twenty terms would be
        # a million.
        left = _unchecked(left)
        match function:
            case "+":
                result = left + _unchecked(right)
            case "-":
                result = left - _unchecked(right)
            case "*":
                result = left * _unchecked(right)
            case _:
                result = left / right.nullif(0)
        return cast("ir.NumericValue", _finite(result))
