"""Comparisons that no fact can make true, certain from types and literals alone.

Only what is certain and plainly a mistake is told here; what takes reasoning over a whole
condition is the linter's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.language import functions
from engine.language.expression import Call, CelType, Expression, Fact, Literal

_INTS = (-(2**63), 2**63 - 1)
_CALENDAR = {
    "getFullYear": (0, 10_000, "years are written in full: 2026"),
    "getMonth": (0, 11, "months count from 0: January is 0, December is 11"),
    "getDate": (1, 31, "getDate() counts from 1 to 31"),
    "getDayOfMonth": (0, 30, "getDayOfMonth() counts from 0; getDate() counts from 1"),
    "getDayOfWeek": (0, 6, "days count from 0: Sunday is 0, Saturday is 6"),
    "getDayOfYear": (0, 365, "days of the year count from 0"),
    "getHours": (0, 23, "hours go from 0 to 23"),
    "getMinutes": (0, 59, "minutes go from 0 to 59"),
    "getSeconds": (0, 59, "seconds go from 0 to 59"),
    "getMilliseconds": (0, 999, "milliseconds go from 0 to 999"),
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_FALSE: dict[str, Callable[[int, int, int | float], bool]] = {
    "==": lambda low, high, value: value != int(value) or not low <= value <= high,
    "<": lambda low, high, value: low >= value,
    "<=": lambda low, high, value: low > value,
    ">": lambda low, high, value: high <= value,
    ">=": lambda low, high, value: high < value,
}


@dataclass(frozen=True)
class _Whole:
    """What a whole number can be, and what to tell whoever expects something else."""

    low: int
    high: int
    hint: str


def never_true(function: str, arguments: tuple[Expression, ...]) -> str | None:
    """Why a comparison can't ever hold, as a hint; None where it may."""
    left, right = arguments
    if function == "in":
        if not (isinstance(right, Call) and right.function == "list"):
            return None
        reasons = [never_true("==", (left, item)) for item in right.arguments]
        return reasons[0] if all(reasons) else None
    if function not in _MIRRORED:
        return None
    if isinstance(left, Literal):
        left, right, function = right, left, _MIRRORED[function]
    if not isinstance(right, Literal) or isinstance(left, Literal):
        return None
    if right.type is CelType.STRING:
        return _blank(left) if function == "==" and right.value == "" else None
    whole = _whole(left)
    if whole is None or isinstance(right.value, (str, bool)):
        return None
    if not _FALSE[function](whole.low, whole.high, right.value):
        return None
    return whole.hint or f"the other side is a whole number, and never {right.value}"


def _blank(tree: Expression) -> str | None:
    if isinstance(tree, Fact):
        return f"a blank cell is absent, no empty text: write !has({tree.name})"
    return None


def _whole(tree: Expression) -> _Whole | None:
    """The range of a whole number; None for what is none."""
    if tree.type is not CelType.INT:
        return None
    if isinstance(tree, Call) and tree.function == "size":
        (sized,) = tree.arguments
        if isinstance(sized, Fact):
            hint = f"a blank cell is absent, and never of length 0: write !has({sized.name})"
            return _Whole(1, _INTS[1], hint)
        return _Whole(0, _INTS[1], "a length is a whole number, 0 or more")
    if isinstance(tree, Call) and tree.function in functions.CALENDAR:
        low, high, hint = _CALENDAR[tree.function]
        if tree.arguments[0].type is CelType.TIMESTAMP:
            return _Whole(low, high, hint)
    return _Whole(*_INTS, "")
