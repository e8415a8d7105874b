"""What a typed tree is worth for one made-up candidate, in plain Python.

It shares no code with `engine.screening.columns` nor with the solver, and so confirms what the
solver says. A construct that it does not know is worth CANT_TELL, never a guess.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache, partial, reduce
from typing import Any, Final

import re2

from engine.language.expression import (
    Call,
    CelType,
    Clock,
    Expression,
    Fact,
    Has,
    Literal,
    Quantified,
    Variable,
)
from engine.language.lint.moments import PARTS, part_of

INT_LIMITS: Final = (-(2**63), 2**63 - 1)
MOMENT_LIMITS: Final = (-62135596800_000_000, 253402300799_999_999)
"""Years 0001 to 9999 in microseconds since 1970, as cel-spec has it."""
DURATION_LIMITS: Final = (-9_223_372_036_854_775, 9_223_372_036_854_775)
"""292 years in microseconds: 64 bits of nanoseconds, either way."""
PLAIN: Final = frozenset(
    {
        CelType.BOOL,
        CelType.INT,
        CelType.DOUBLE,
        CelType.STRING,
        CelType.TIMESTAMP,
        CelType.DURATION,
    }
)
"""The types whose comparison is known here."""


class Missing(Enum):
    """Why a fact has no value."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


FactValue = bool | int | float | str | tuple[str, ...] | Missing


@dataclass(frozen=True)
class Candidate:
    """Facts by name (those not named are absent); moments are microseconds since 1970 in UTC.

    `variables` are the elements that `exists` and its like look at.
    """

    facts: Mapping[str, FactValue]
    now: int
    today: int
    variables: Mapping[str, Any] = field(default_factory=dict)


class _CantTell:
    """The only one is CANT_TELL."""


CANT_TELL: Final = _CantTell()
"""Worth of a construct that is not known here: true, false, a value or unknown."""

Worth = Any
"""A value, None for unknown, or CANT_TELL."""

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
}
_LIMITS = {
    CelType.INT: INT_LIMITS,
    CelType.TIMESTAMP: MOMENT_LIMITS,
    CelType.DURATION: DURATION_LIMITS,
}


@lru_cache(maxsize=4096)
def evaluator(tree: Expression) -> Callable[[Candidate], Worth]:
    """A function that says what `tree` is worth for a candidate.

    >>> age = Fact(CelType.INT, "candidate.age")
    >>> adult = Call(CelType.BOOL, ">=", (age, Literal(CelType.INT, 18)))
    >>> [evaluator(adult)(Candidate({"candidate.age": a}, 0, 0)) for a in (17, 18, Missing.UNKNOWN)]
    [False, True, None]
    """
    match tree:
        case Literal(value=value):
            return lambda c: value
        case Clock(name="now"):
            return lambda c: c.now
        case Clock(name="today"):
            return lambda c: c.today
        case Has(name=name):
            states = {Missing.ABSENT: False, Missing.UNKNOWN: None}
            return lambda c: (
                states[f] if isinstance(f := c.facts.get(name, Missing.ABSENT), Missing) else True
            )
        case Fact(name=name):
            return lambda c: (
                None if isinstance(f := c.facts.get(name, Missing.ABSENT), Missing) else f
            )
        case Call(function="&&" | "||" as name, arguments=(left, right)):
            return _connective(evaluator(left), evaluator(right), deciding=name == "||")
        case Call(function="?:", arguments=(test, then, otherwise)):
            return _choice(evaluator(test), evaluator(then), evaluator(otherwise))
        case Call():
            return _call(tree)
        case Variable(name=name):
            return lambda c: c.variables[name]
        case Quantified(function="exists" | "all" | "exists_one"):
            return _quantified(tree)
    return lambda c: CANT_TELL


def _kleene(first: Worth, second: Worth, *, deciding: bool) -> Worth:
    if first is deciding or second is deciding:
        return deciding
    if first is CANT_TELL or second is CANT_TELL:
        return CANT_TELL
    return None if first is None or second is None else not deciding


def _connective(
    left: Callable[[Candidate], Worth], right: Callable[[Candidate], Worth], *, deciding: bool
) -> Callable[[Candidate], Worth]:
    return lambda c: _kleene(left(c), right(c), deciding=deciding)


def _quantified(tree: Quantified) -> Callable[[Candidate], Worth]:
    over, body, deciding = evaluator(tree.over), evaluator(tree.body), tree.function == "exists"

    def ask(candidate: Candidate) -> Worth:
        items = over(candidate)
        if items is None or items is CANT_TELL:
            return items
        answers = [
            body(replace(candidate, variables={**candidate.variables, tree.variable: item}))
            for item in items
        ]
        if tree.function == "exists_one":
            unsure = [a for a in answers if a is CANT_TELL or a is None]
            return unsure[0] if unsure else answers.count(True) == 1
        return reduce(partial(_kleene, deciding=deciding), answers, not deciding)

    return ask


def _choice(
    test: Callable[[Candidate], Worth],
    then: Callable[[Candidate], Worth],
    otherwise: Callable[[Candidate], Worth],
) -> Callable[[Candidate], Worth]:
    def choose(candidate: Candidate) -> Worth:
        found = test(candidate)
        if found is None or found is CANT_TELL:
            return found
        return then(candidate) if found else otherwise(candidate)

    return choose


def _call(tree: Call) -> Callable[[Candidate], Worth]:
    compute = _strict(tree)
    if compute is None:
        return lambda c: CANT_TELL
    arguments = [evaluator(a) for a in tree.arguments]

    def call(candidate: Candidate) -> Worth:
        values = [a(candidate) for a in arguments]
        if None in values:
            return None
        if CANT_TELL in values:
            return CANT_TELL
        return compute(*values)

    return call


def _strict(tree: Call) -> Callable[..., Worth] | None:
    """What the function makes of known arguments; None where it is not known here."""
    name, types = tree.function, [a.type for a in tree.arguments]
    text_only = set(types) == {CelType.STRING}
    if name in _COMPARE:
        return _COMPARE[name] if PLAIN.issuperset(types) else None
    if name in _TEXTS and text_only and len(types) == 2:
        return _TEXTS[name]
    match name:
        case "!" if types == [CelType.BOOL]:
            return operator.not_
        case "list":
            return lambda *items: items
        case "in" if types[0] in PLAIN and types[1].element in PLAIN:
            return lambda item, items: item in items
        case "size" if types == [CelType.STRING] or types[0].element:
            return len
        case "matches" if text_only and isinstance(tree.arguments[1], Literal):
            pattern = re2.compile(str(tree.arguments[1].value))
            return lambda text, _: pattern.search(text) is not None
        case "+" if text_only:
            return operator.add
    if name in PARTS and types and types[0] is CelType.TIMESTAMP:
        return partial(_part, name)
    return _arithmetic(name, tree.type, types)


def _part(name: str, moment: int, zone: str = "UTC") -> Worth:
    found = part_of(name, moment, zone)
    return CANT_TELL if found is None else found


def _arithmetic(name: str, result: CelType, types: list[CelType]) -> Callable[..., Worth] | None:
    if result is CelType.DOUBLE and set(types) == {CelType.DOUBLE}:
        return _DOUBLES.get(name)
    whole = {CelType.INT} if result is CelType.INT else {CelType.TIMESTAMP, CelType.DURATION}
    if result not in _LIMITS or not whole.issuperset(types):
        return None
    low, high = _LIMITS[result]
    compute = _WHOLE.get(name)
    if compute is None:
        return None

    def within(*values: int) -> int | None:
        found = compute(*values)
        return found if found is not None and low <= found <= high else None

    return within


def _quotient(a: int, b: int) -> int | None:
    if b == 0:
        return None
    cut = abs(a) // abs(b)
    return cut if (a < 0) == (b < 0) else -cut


def _remainder(a: int, b: int) -> int | None:
    # With -1 the quotient of the smallest number overflows, and cel-spec takes that for both.
    if b == 0 or (a == INT_LIMITS[0] and b == -1):
        return None
    left = abs(a) % abs(b)
    return -left if a < 0 else left


def _finite(compute: Callable[..., float]) -> Callable[..., float | None]:
    def finite(*values: float) -> float | None:
        try:
            found = compute(*values)
        except ZeroDivisionError:
            return None
        return found if math.isfinite(found) else None

    return finite


_WHOLE: dict[str, Callable[..., int | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
    "%": _remainder,
    "negate": operator.neg,
}
_DOUBLES = {
    "+": _finite(operator.add),
    "-": _finite(operator.sub),
    "*": _finite(operator.mul),
    "/": _finite(operator.truediv),
    "negate": _finite(operator.neg),
}
