"""What services answer, read strictly: whatever is not as it should be is a `Problem`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from engine.screening.inputs import UNREADABLE

BAD_ANSWER = "bad-answer"
Json = dict[str, Any]
Cell = str | list[str] | None


class Problem(Exception):
    """Why a key could not be told: an error class like `timeout`, never any data."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Told:
    """What a service said of one key: cells by the names a source of its kind gives.

    `known` is false where the service proved that there is nothing; `expires` is the moment from
    which the answer must not be used.
    """

    cells: Mapping[str, Cell] = field(default_factory=dict)
    known: bool = True
    expires: datetime | None = None


@dataclass(frozen=True)
class Page:
    """A part of a list, and how many there are in all, if the service says so."""

    items: list[Json]
    total: int | None


class Line(Protocol):
    """The way to a service; whatever does not end in an answer raises Problem."""

    async def page(self, path: str, params: Mapping[str, str]) -> Page:
        """What a GET of a list gives."""
        ...

    async def finished(self, path: str, body: Json) -> Json:
        """A task that a POST to `path` made, once it is done."""
        ...


class Kind(Protocol):
    """One of the services: how it is asked about a key, and what its answer means."""

    @property
    def zone(self) -> ZoneInfo:
        """Where days begin, and where moments without an offset stand."""
        ...

    def question(self, key: Mapping[str, str]) -> Json:
        """All that is asked about a key; what is the same for two keys has one answer."""
        ...

    async def tell(self, line: Line, key: Mapping[str, str]) -> Told:
        """Ask about one key; raises Problem."""
        ...


def parsed(content: bytes) -> Any:
    """The JSON that a body holds, numbers as int or Decimal."""
    try:
        return json.loads(
            content.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_refused,
            object_pairs_hook=_without_doubles,
        )
    # A body nested too deep, or a number too long for Python, is nobody's honest answer.
    except (ValueError, ArithmeticError, RecursionError):
        raise Problem(BAD_ANSWER) from None


def _refused(_: str) -> Any:
    raise ValueError


def _without_doubles(pairs: list[tuple[str, Any]]) -> Json:
    """Two values for one name contradict each other; which counts would be a guess."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def task_of(value: Any) -> Json:
    """A JSON object that must be there."""
    if not isinstance(value, dict):
        raise Problem(BAD_ANSWER)
    return value


def group(value: Any) -> Json:
    """A JSON object; nothing is an empty one."""
    return {} if value is None else task_of(value)


def groups(value: Any) -> list[Json]:
    """A list of JSON objects; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise Problem(BAD_ANSWER)
    return value


def text(value: Any) -> str | None:
    """A text that can be kept as UTF-8, None for nothing or a blank one.

    One with a NUL is none: other programs take it to end there.
    """
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        raise Problem(BAD_ANSWER)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Problem(BAD_ANSWER) from None
    return value.strip() or None


def texts(values: Iterable[Any]) -> list[str]:
    """The texts among the values, each once, in their order."""
    return list(dict.fromkeys(t for t in map(text, values) if t is not None))


def word(value: Any, known: Iterable[str], problem: str = BAD_ANSWER) -> str:
    """One of the known words, or the problem."""
    if not isinstance(value, str) or value not in known:
        raise Problem(problem)
    return value


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A date-time in UTC; one without an offset stands in `zone`, as it does in files."""
    found = text(value)
    if found is None:
        return None
    try:
        read = datetime.fromisoformat(found)
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(BAD_ANSWER) from None


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The first of the moments that are known."""
    return min((m for m in moments if m is not None), default=None)


def timestamp_cell(found: datetime | None) -> str | None:
    """A moment as the text of a cell."""
    return None if found is None else found.isoformat()


def date_cell(found: datetime | None, zone: ZoneInfo) -> str | None:
    """The day of a moment, by the clocks of `zone`."""
    try:
        return None if found is None else found.astimezone(zone).date().isoformat()
    except (ValueError, OverflowError):
        raise Problem(BAD_ANSWER) from None


def characteristics(values: Any) -> dict[str, Cell]:
    """Cells named `characteristic.NAME`; one that says two things, or no plain thing, can't be read.

    >>> characteristics([{"name": "down", "value": Decimal("100.0")}])
    {'characteristic.down': '100'}
    """
    cells: dict[str, Cell] = {}
    for one in groups(values):
        name = text(one.get("name"))
        if name is None:
            raise Problem(BAD_ANSWER)
        cell = _plain(one.get("value"))
        column = f"characteristic.{name}"
        cells[column] = cell if cells.get(column, cell) == cell else UNREADABLE
    return cells


def _plain(value: Any) -> Cell:
    if isinstance(value, list):
        # A list within is none, and may be nested as deep as Python goes.
        parts = [None if isinstance(v, list) else _plain(v) for v in value]
        plain = [p for p in parts if isinstance(p, str) and p != UNREADABLE]
        return plain if len(plain) == len(parts) else UNREADABLE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_cell(Decimal(value))
    if value is None or isinstance(value, str):
        return text(value)
    return UNREADABLE


_LONGEST_NUMBER = 40


def number_cell(value: Decimal) -> str:
    """A number as plain decimals, a whole one without a point.

    >>> number_cell(Decimal("1E+3")), number_cell(Decimal("0.50"))
    ('1000', '0.50')
    """
    if abs(value.adjusted()) > _LONGEST_NUMBER:
        return UNREADABLE
    whole = value.to_integral_value()
    return format(whole if whole == value else value, "f")


def same(asked: str, answered: Iterable[Any]) -> None:
    """See that an answer which names what it is about is about what was asked."""
    named = texts(answered)
    if named and asked not in named:
        raise Problem(BAD_ANSWER)
