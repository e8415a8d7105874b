"""One cell → a fact, strictly by its declared type: a value, ABSENT (blank) or UNKNOWN (unreadable).

White space around a cell is ignored, whatever its type; a cell of nothing else is blank.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.states import ABSENT, UNKNOWN, Fact, Value

WHITE = " \t\n\r\v\f"
"""What is trimmed from both ends of a cell; a no-break space and its kin are content."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0{1,6})?)?")
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)


_FORMULA_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"}


@dataclass(frozen=True)
class Field:
    """How one declared field is read: `fields: {NAME: TYPE or {type: …, column: …, …}}`."""

    name: str
    type: str
    column: str
    format: str | None = None
    decimal: str = "."
    separator: str = "|"

    @classmethod
    def declared(cls, name: str, said: str | dict[str, Any]) -> Field:
        options: dict[str, Any] = {"type": said} if isinstance(said, str) else said
        return cls(
            name=name,
            type=options["type"],
            column=options.get("column", name),
            format=options.get("format"),
            decimal=options.get("decimal", "."),
            separator=options.get("separator", "|"),
        )


def fact(cell: object, field: Field, zone: ZoneInfo) -> Fact:
    """The state of one cell: text as it stood in a file, or a typed value of Parquet or SQL.

    >>> rome, age = ZoneInfo("Europe/Rome"), Field("age", "integer", "age")
    >>> fact(" 34 ", age, rome), fact("", age, rome), fact("34.0", age, rome)
    (34, ABSENT, UNKNOWN)
    """
    if cell is None or (isinstance(cell, str) and not cell.strip(WHITE)):
        return ABSENT
    try:
        if not isinstance(cell, str):
            return _typed(cell, field, zone)
        return _read(cell.strip(WHITE), field, zone)
    except (ValueError, OverflowError):
        return UNKNOWN


def moment(cell: object, zone: ZoneInfo) -> datetime:
    """What dates a row or a source: a timestamp or a date (its midnight), in UTC.

    Raises ValueError on anything else.
    """
    for kind in ("timestamp", "date"):
        found = fact(cell, Field("", kind, ""), zone)
        if isinstance(found, datetime):
            return found
    raise ValueError("no moment in time")


def _read(text: str, field: Field, zone: ZoneInfo) -> Value:
    match field.type:
        case "string":
            return _undamaged(text)
        case "integer" if _INTEGER.fullmatch(text):
            whole = int(text)
            if -(2**63) <= whole < 2**63:
                return whole
        case "number":
            plain = text if field.decimal == "." else _with_point(text, field.decimal)
            if _NUMBER.fullmatch(plain) and math.isfinite(number := float(plain)):
                return number
        case "boolean" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "date":
            return _midnight(_date(text, field.format), zone)
        case "timestamp":
            return _timestamp(text, field.format, zone)
        case "list<string>":
            _undamaged(text)
            items = tuple(item.strip(WHITE) for item in text.split(field.separator))
            return tuple(item for item in items if item)
    raise ValueError(field.type)


def _undamaged(text: str) -> str:
    """A text as it was before a spreadsheet guarded it; ValueError if the spreadsheet lost it."""
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].replace('""', '"')
    lost = re.fullmatch(r"[+-]?[0-9]{1,3}([.,][0-9]+)?[eE][+][0-9]{1,3}", text)
    if lost or text.upper() in _FORMULA_ERRORS or re.fullmatch("#{3,}", text):
        raise ValueError("a spreadsheet lost it")
    return text


def _with_point(text: str, decimal: str) -> str:
    if "." in text:
        raise ValueError("a point where the decimal mark is another")
    return text.replace(decimal, ".")


def _date(text: str, form: str | None) -> date:
    if form is not None:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - only the day is used
    day, clock = text[:10], text[10:]
    if not _DATE.fullmatch(day) or (clock and not _MIDNIGHT.fullmatch(clock)):
        raise ValueError("no ISO date")
    return date.fromisoformat(day)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return _local(datetime.combine(day, time()), zone)


def _local(clock: datetime, zone: ZoneInfo) -> datetime:
    """The later reading, where clocks show an hour twice or skip it."""
    return max(clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _timestamp(text: str, form: str | None, zone: ZoneInfo) -> datetime:
    if form is not None:
        read = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
    elif _DATE.fullmatch(text):
        return _midnight(date.fromisoformat(text), zone)
    else:
        match = _TIMESTAMP.fullmatch(text)
        if match is None or (match[4] and not match[3]):
            raise ValueError("no ISO timestamp")
        if match[2][:2] == "24":
            raise ValueError("no clock shows it")
        read = datetime.fromisoformat(text)
    return read.astimezone(UTC) if read.tzinfo else _local(read, zone)


def _typed(cell: object, field: Field, zone: ZoneInfo) -> Value:
    match field.type, cell:
        case "boolean", bool():
            return cell
        case _, bool():
            return _read(str(cell).lower(), field, zone)
        case "integer", int():
            return _read(str(cell), field, zone)
        case "number", int() | float() if math.isfinite(cell):
            return float(cell)
        case "timestamp", datetime():
            return cell.astimezone(UTC) if cell.tzinfo else _local(cell, zone)
        case "date", datetime():
            return _read(cell.isoformat(), field, zone)
        case "date", date():
            return _midnight(cell, zone)
        case "list<string>", list() if all(isinstance(item, str) for item in cell):
            return tuple(cell)
        case _, int() | float() | date():
            return _read(str(cell), field, zone)
    raise ValueError(field.type)
