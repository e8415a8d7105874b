"""Comparisons as columns: numbers by their exact values, elements of lists as CEL has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import and_, or_
from typing import Any, cast

import ibis
import ibis.expr.types as ir

from engine.language.expression import CelType, Expression, Literal
from engine.screening.balanced import balanced

_EXACT_DOUBLE = 2**53
_INT_EDGE = float(2**63)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
"""Comparisons of two columns of one type."""


def compare(
    function: str, arguments: Sequence[Expression], values: Sequence[Any]
) -> ir.BooleanValue:
    """`values` compared; `arguments` are the two trees that they come from."""
    left, right = (a.type for a in arguments)
    if left is right:
        return cast("ir.BooleanValue", COMPARE[function](*values))
    if left is CelType.DOUBLE:
        return _mixed(_MIRRORED.get(function, function), values[1], values[0], arguments[1])
    return _mixed(function, values[0], values[1], arguments[0])


def among(
    item: Expression, value: Any, elements: Sequence[Expression], values: Sequence[Any]
) -> ir.BooleanValue:
    """Whether `value` equals one of a list that is written out."""
    same = [
        compare("==", (item, element), (value, v))
        for element, v in zip(elements, values, strict=True)
    ]
    return if_known(elements, values, balanced(or_, same))


def if_known(elements: Sequence[Expression], values: Sequence[Any], answer: Any) -> Any:
    """The answer, null where an element is unknown: a list with an element in error is in error."""
    columns = [v for e, v in zip(elements, values, strict=True) if not isinstance(e, Literal)]
    if not columns:
        return answer
    known = balanced(and_, [column.notnull() for column in columns])
    return ibis.cases((known, answer), else_=ibis.null("boolean"))


def _mixed(function: str, whole: Any, number: Any, whole_tree: Expression) -> ir.BooleanValue:
    """Compare an int with a double by their exact values, as CEL does.

    Casting the int to a double would round beyond 2^53, so the double is cut to a whole number
    on the side that keeps the comparison, and clamped where no int is that large.
    """
    if isinstance(whole_tree, Literal) and abs(int(whole_tree.value)) <= _EXACT_DOUBLE:
        return cast("ir.BooleanValue", COMPARE[function](whole.cast("float64"), number))
    below, above = number < -_INT_EDGE, number >= _INT_EDGE
    inside = ibis.cases((~below & ~above, number), else_=ibis.null("float64"))
    if function in ("<", ">="):
        exact = COMPARE[function](whole, inside.ceil().cast("int64"))
    elif function in ("<=", ">"):
        exact = COMPARE[function](whole, inside.floor().cast("int64"))
    else:
        cut = inside.floor()
        equal = (cut == inside) & (whole == cut.cast("int64"))
        exact = equal if function == "==" else ~equal
    when_below = function in (">", ">=", "!=")
    when_above = function in ("<", "<=", "!=")
    return cast(
        "ir.BooleanValue",
        ibis.cases(
            (whole.isnull() | number.isnull(), ibis.null("boolean")),
            (below, when_below),
            (above, when_above),
            else_=exact,
        ),
    )
