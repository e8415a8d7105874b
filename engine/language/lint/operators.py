"""Operators and functions of conditions as terms of the SMT solver z3.

Only what is exact: where z3's own meaning differs from CEL's, the term makes up the difference,
or there is none.
"""

from __future__ import annotations

from typing import Any

from engine.language.expression import Call, CelType, Literal
from engine.language.lint.evaluate import DURATION_LIMITS, INT_LIMITS, MOMENT_LIMITS, PLAIN

_WHOLE = frozenset({CelType.INT, CelType.TIMESTAMP, CelType.DURATION})
_LIMITS = {
    CelType.INT: INT_LIMITS,
    CelType.TIMESTAMP: MOMENT_LIMITS,
    CelType.DURATION: DURATION_LIMITS,
}

Applied = tuple[Any, list[Any]]
"""The value of a call whose arguments are known, and what must hold for it to be known too."""


def applied(tree: Call, values: list[Any]) -> Applied | None:
    """A call on the encoded `values` of its arguments; None where it is not known exactly."""
    import z3  # heavy, and optional

    name, types = tree.function, [a.type for a in tree.arguments]
    if name == "!":
        return z3.Not(values[0]), []
    if name in ("==", "!=", "<", "<=", ">", ">="):
        found = compared(name, types, values)
    elif set(types) == {CelType.STRING}:
        found = _text(tree, values)
    else:
        return _arithmetic(tree, values)
    return None if found is None else (found, [])


def compared(name: str, types: list[CelType], values: list[Any]) -> Any:
    """A comparison of known values; None where they are of types that are not compared here."""
    import z3  # heavy, and optional

    if not PLAIN.issuperset(types):
        return None
    left, right = values
    if types[0] is not types[1]:
        if set(types) != {CelType.INT, CelType.DOUBLE}:
            return None
        # Whole and decimal numbers compare by their exact values.
        left, right = (
            z3.ToReal(v) if t is CelType.INT else v for t, v in zip(types, values, strict=True)
        )
    if name in ("==", "!="):
        return left == right if name == "==" else left != right
    if types[0] is CelType.BOOL:
        left, right = (z3.If(v, 1, 0) for v in (left, right))
    if name in (">", ">="):
        left, right = right, left
    return left < right if name in ("<", ">") else left <= right


def _text(tree: Call, values: list[Any]) -> Any:
    import z3  # heavy, and optional

    match tree.function, values:
        case "size", [text]:
            return z3.Length(text)
        case "contains", [text, part]:
            return z3.Contains(text, part)
        case "startsWith", [text, part]:
            return z3.PrefixOf(part, text)
        case "endsWith", [text, part]:
            return z3.SuffixOf(part, text)
        case "+", [text, part]:
            return z3.Concat(text, part)
        case "matches", [text, _] if isinstance(tree.arguments[1], Literal):
            # Which texts a pattern takes is left open: only that equal texts fare alike.
            name = f"matches:{tree.arguments[1].value}"
            return z3.Function(name, z3.StringSort(), z3.BoolSort())(text)
    return None


def _arithmetic(tree: Call, values: list[Any]) -> Applied | None:
    """Whole numbers and moments, as far as it is linear; decimal numbers round, so not them."""
    types = [a.type for a in tree.arguments]
    if tree.type not in _LIMITS or not _WHOLE.issuperset(types):
        return None
    if (tree.type is CelType.INT) is not (set(types) == {CelType.INT}):
        return None
    match tree.function, values:
        case "+", [a, b]:
            result = a + b
        case "-", [a, b]:
            result = a - b
        case "negate", [a]:
            result = -a
        case "*", [a, b] if any(isinstance(x, Literal) for x in tree.arguments):
            result = a * b
        case (("/" | "%"), [a, _]) if isinstance(divisor := tree.arguments[1], Literal):
            return _divided(tree.function, a, int(divisor.value))
        case _:
            return None
    low, high = _LIMITS[tree.type]
    return result, [result >= low, result <= high]


def _divided(name: str, value: Any, by: int) -> Applied | None:
    import z3  # heavy, and optional

    if by == 0:
        return value, [z3.BoolVal(val=False)]
    if by == -1:  # the only divisor whose quotient may overflow
        return None
    # z3 rounds down, CEL towards zero.
    size = z3.If(value >= 0, value, -value)
    cut = size / abs(by) if name == "/" else size % abs(by)
    negative = value >= 0 if by < 0 and name == "/" else value < 0
    return z3.If(negative, -cut, cut), []
