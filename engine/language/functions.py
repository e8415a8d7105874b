"""Which operators and functions conditions may use, and on which types.

One table, so that what the checker accepts is what `engine.screening.columns` compiles.
Semantics are those of google/cel-spec (doc/langdef.md, read 2026-11); docs/conditions.md tells
people which.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.language.expression import CelType

_B, _I, _D, _S, _T, _U = (
    CelType.BOOL,
    CelType.INT,
    CelType.DOUBLE,
    CelType.STRING,
    CelType.TIMESTAMP,
    CelType.DURATION,
)

ARITHMETIC: dict[str, dict[tuple[CelType, ...], CelType]] = {
    "+": {
        (_I, _I): _I,
        (_D, _D): _D,
        (_S, _S): _S,
        (_T, _U): _T,
        (_U, _T): _T,
        (_U, _U): _U,
    },
    "-": {(_I, _I): _I, (_D, _D): _D, (_T, _T): _U, (_T, _U): _T, (_U, _U): _U},
    "*": {(_I, _I): _I, (_D, _D): _D},
    "/": {(_I, _I): _I, (_D, _D): _D},
    "%": {(_I, _I): _I},
    "negate": {(_I,): _I, (_D,): _D},
}

CALENDAR = (
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
)
"""Parts of a moment: in UTC, or in the time zone that the second argument names."""

SPANS = ("getHours", "getMinutes", "getSeconds", "getMilliseconds")
"""Those of them that a duration has too."""

CONVERSIONS: dict[str, dict[tuple[CelType, ...], CelType]] = {
    "int": dict.fromkeys(((_I,), (_D,), (_S,), (_T,)), _I),
    "double": dict.fromkeys(((_D,), (_I,), (_S,)), _D),
    "string": dict.fromkeys(((_S,), (_I,), (_B,), (_T,), (_U,)), _S),
    "timestamp": dict.fromkeys(((_T,), (_S,), (_I,)), _T),
    "duration": {(_U,): _U},
}
"""`duration` takes a text too, where it is written out."""

FUNCTIONS: dict[str, dict[tuple[CelType, ...], CelType]] = {
    "size": {(_S,): _I, **{(t,): _I for t in CelType if t.element}},
    "contains": {(_S, _S): _B},
    "startsWith": {(_S, _S): _B},
    "endsWith": {(_S, _S): _B},
    "matches": {(_S, _S): _B},
    **{
        name: {(_T,): _I, (_T, _S): _I, **({(_U,): _I} if name in SPANS else {})}
        for name in CALENDAR
    },
    **CONVERSIONS,
}
"""Callable as `f(x, …)` or `x.f(…)` alike, but for those in MEMBER_ONLY and CONVERSIONS."""

MEMBER_ONLY = frozenset({"contains", "startsWith", "endsWith", *CALENDAR})
"""Only `x.f(…)`; the CONVERSIONS are only `f(x)`."""

QUANTIFIERS = ("exists", "all", "exists_one")
"""Macros `list.f(x, condition on x)`."""

ORDERED = frozenset({_B, _I, _D, _S, _T, _U})
"""Types that `<`, `<=`, `>`, `>=` compare (and that a pool can queue by)."""

EQUALITY = ("==", "!=")
COMPARISON = ("<", "<=", ">", ">=")

_NO_LISTS = "ask with exists() or all() instead of making a new list"
_ANY_CASE = 'write text.matches("(?i)^gold$") to take capitals and small letters alike'

REFUSED: dict[str, str] = {
    "map": _NO_LISTS,
    "filter": _NO_LISTS,
    "bool": "declare the fact as boolean, or compare the text",
    "uint": "write int()",
    "bytes": "",
    "type": "",
    "dyn": "",
    "lowerAscii": _ANY_CASE,
    "upperAscii": _ANY_CASE,
    "trim": "facts have no spaces around them",
    "charAt": "write text.matches() with a pattern",
    "indexOf": "write text.contains()",
    "lastIndexOf": "write text.contains()",
    "replace": "",
    "split": "declare the fact as list<string> with a separator",
    "substring": "write text.startsWith(), text.endsWith() or text.matches()",
    "join": "",
    "format": "",
    "existsOne": "write exists_one",
}
"""Functions of CEL and its usual extensions that are refused by name, with what to do instead, so
that the message can say that they are no typing mistake."""


def result_type(function: str, arguments: Sequence[CelType]) -> CelType | None:
    """The type `function` gives for these argument types, None where CEL has no such overload.

    >>> result_type("-", [CelType.TIMESTAMP, CelType.TIMESTAMP])
    <CelType.DURATION: 'duration'>
    >>> result_type("+", [CelType.INT, CelType.DOUBLE]) is None
    True
    """
    types = tuple(arguments)
    if function in EQUALITY:
        return _B if comparable(*types) else None
    if function in COMPARISON:
        return _B if comparable(*types) and types[0] in ORDERED else None
    if function == "in":
        element = types[1].element
        return _B if element is not None and comparable(types[0], element) else None
    if function in ("&&", "||"):
        return _B if types == (_B, _B) else None
    if function == "!":
        return _B if types == (_B,) else None
    if function == "?:":
        return types[1] if types[0] is _B and types[1] is types[2] else None
    return (ARITHMETIC.get(function) or FUNCTIONS.get(function, {})).get(types)


def comparable(left: CelType, right: CelType) -> bool:
    """Whether two values can be equal: one type, or two numbers; lists are not compared."""
    return (left is right and left.element is None) or (left.numeric and right.numeric)
