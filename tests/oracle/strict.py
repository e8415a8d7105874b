"""Operators and functions that take plain values and give one, or CEL's error.

The Rust CEL computes; where it departs from google/cel-spec, Python does, and says so by
setting `deviates` on what it is told (`condition.py` lists the deviations).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

import cel
import re2

from tests.oracle import calendar
from tests.oracle.states import Value


class Run(Protocol):
    """What is told of a deviation."""

    deviates: bool


ACCESSORS = (
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
    "getHours", "getMinutes", "getSeconds", "getMilliseconds",
)  # fmt: skip
CONVERSIONS = ("int", "double", "string", "timestamp")

_BINARY = {
    name: cel.compile(f"a {name} b")
    for name in ("==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%")
} | {name: cel.compile(f"a.{name}(b)") for name in ("contains", "startsWith", "endsWith")}
_UNARY = {name: cel.compile(f"a.{name}()") for name in ACCESSORS} | {
    name: cel.compile(f"{name}(a)") for name in CONVERSIONS
}
_NEGATE = cel.compile("-a")
_UNITS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1000, "us": 1, "ns": 0.001}
_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|ns|m|s)")
_LONGEST = timedelta(microseconds=2**63 // 1000)
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@lru_cache(maxsize=256)
def _pattern(text: str) -> Any:
    return re2.compile(text)


def strict(name: str, values: list[Any], run: Run) -> Value | None:
    """What `name` gives for these values; None where CEL says error."""
    if name == "size":
        return len(values[0])
    if name == "matches":
        return _pattern(values[1]).search(values[0]) is not None
    if name in CONVERSIONS:
        return _converted(name, values[0], run)
    if name in ACCESSORS:
        return _part(name, values)
    if name == "negate":
        if values[0] == -(2**63) and isinstance(values[0], int):
            run.deviates = True
            return None
        return _rust(_NEGATE, {"a": values[0]}, run)
    left, right = values
    if name == "+" and isinstance(left, timedelta) and isinstance(right, datetime):
        run.deviates = True
        left, right = right, left
    answer = _rust(_BINARY[name], {"a": _out(left), "b": _out(right)}, run)
    if name == "in" and any(_mixed(left, item) for item in right):
        exact = left in right
    elif name in _COMPARE and _mixed(left, right):
        exact = _COMPARE[name](left, right)
    else:
        return answer
    run.deviates |= exact is not answer
    return exact


def length_of(text: str) -> timedelta:
    """The duration that a text names; ValueError where it names none, or too long a one."""
    body = text.lstrip("+-")
    if text == "0":
        return timedelta(0)
    if len(text) - len(body) > 1 or not re.fullmatch(rf"({_DURATION_PART.pattern})+", body):
        raise ValueError(f"{text!r} is no duration")
    length = sum(float(n) * _UNITS[unit] for n, unit in _DURATION_PART.findall(body))
    if length > 2**63 / 1000:
        raise ValueError(f"{text!r} is too long")
    return timedelta(microseconds=-length if text.startswith("-") else length)


def _part(name: str, values: list[Any]) -> Value | None:
    of = values[0]
    if isinstance(of, timedelta):
        return calendar.span_part(name, of)
    zone = values[1] if len(values) > 1 else "UTC"
    found = calendar.part(name, of, zone)
    if zone == "UTC":
        in_rust = _UNARY[name].execute({"a": of})
        if in_rust != found:
            raise AssertionError(f"{name} of {of}: {found} here, {in_rust} in Rust")
    return found


def _converted(name: str, given: Any, run: Run) -> Value | None:
    answer = _conversion(name, given, run)
    run.deviates |= answer is None
    return answer


def _conversion(name: str, given: Any, run: Run) -> Value | None:
    match name, given:
        case ("int", datetime()):
            return calendar.to_seconds(given)
        case ("string", bool()):
            return "true" if given else "false"
        case ("string", datetime()):
            return calendar.write_moment(given)
        case ("string", timedelta()):
            return calendar.write_span(given)
        case ("timestamp", int()):
            return calendar.from_seconds(given)
        case ("timestamp", str()):
            moment = calendar.read_moment(given)
            if moment is not None and _UNARY[name].execute({"a": given}) != moment:
                raise AssertionError(f"{given!r}: {moment} here, something else in Rust")
            return moment
        case ("timestamp", datetime()):
            return given
        case ("int", str()) if not _WHOLE.fullmatch(given) or abs(int(given)) > 2**63:
            return None
        case ("int", str()) if int(given) == 2**63:
            return None
        case ("double", str()) if not _NUMBER.fullmatch(given):
            return None
    return _rust(_UNARY[name], {"a": given}, run)


def _mixed(left: object, right: object) -> bool:
    return {type(left), type(right)} == {int, float}


def _rust(program: cel.Program, names: dict[str, Any], run: Run) -> Value | None:
    """The Rust CEL's answer; None where CEL says error. A type error is a fault of ours: raised."""
    try:
        answer: Value = program.execute(names)
    except (OverflowError, ZeroDivisionError):
        return None
    if (isinstance(answer, float) and not math.isfinite(answer)) or (
        isinstance(answer, timedelta) and abs(answer) > _LONGEST
    ):
        run.deviates = True
        return None
    return answer


def _out(item: Any) -> Any:
    return list(item) if isinstance(item, tuple) else item


FOR_RUST: dict[str, Callable[..., Any]] = {
    "size": len,
    "matches": lambda text, pattern: _pattern(pattern).search(text) is not None,
}
"""Functions of ours under names of their own, where the Rust CEL lacks them or has others."""


class _Quiet:
    deviates = False


def _span(of: str | timedelta) -> timedelta:
    return length_of(of) if isinstance(of, str) else of


def _of_ours(name: str) -> Callable[..., Any]:
    return lambda *values: strict(name, list(values), _Quiet())


FOR_RUST |= {"duration": _span} | {name: _of_ours(name) for name in (*ACCESSORS, *CONVERSIONS)}
