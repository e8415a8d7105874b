"""A typed CEL tree → one Ibis expression that means the same, null standing for unknown.

CEL's errors and unknowns become null; three-valued SQL then absorbs them in AND and OR just as
CEL's `&&` and `||` do. Where SQL means something else (IF, IN, integer and float comparison,
overflow), the expression makes up the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import ibis
import ibis.expr.types as ir

from engine.language.expression import Call, CelType, Clock, Expression, Fact, Has, Literal
from engine.ports import Dialect
from engine.screening.facts import FactState, state_column

_MOMENT_LIMITS = (-62135596800_000_000, 253402300799_999_999)  # years 0001 to 9999, cel-spec
_DURATION_LIMIT = 315_576_000_000_000_000  # ±10,000 years, protobuf's Duration
_EXACT_DOUBLE = 2**53
_INT_EDGE = float(2**63)

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True)
class Compiler:
    """Compiles conditions against one table of facts (as made by `engine.screening.gather`).

    `now` and `today` are microseconds since 1970 in UTC.
    """

    table: ir.Table
    dialect: Dialect
    now: int
    today: int

    def condition(self, trees: tuple[Expression, ...]) -> ir.BooleanValue:
        """All of the conditions together: true, false, or null for unknown."""
        result = ibis.literal(value=True)
        for tree in trees:
            result = result & self.value(tree)
        return cast("ir.BooleanValue", result)

    def value(self, tree: Expression) -> Any:
        """The column of any expression; timestamps and durations are int64 microseconds."""
        match tree:
            case Literal(type=CelType.DOUBLE, value=value):
                # Written as a number, SQL would read 0.1 as an exact decimal: 0.1 + 0.2 == 0.3.
                return ibis.literal(repr(float(value)), type="string").cast("float64")
            case Literal(type=kind, value=value):
                return ibis.literal(value, type=_IBIS[kind])
            case Clock(name=name):
                return ibis.literal(self.now if name == "now" else self.today, type="int64")
            case Fact(name=name):
                return self.table[name]
            case Has(name=name):
                return self._has(name)
            case Call(function=function, arguments=arguments):
                return self._call(tree, function, arguments)
        raise AssertionError(f"no such expression: {tree!r}")

    def _has(self, name: str) -> ir.BooleanValue:
        state = self.table[state_column(name)]
        return cast(
            "ir.BooleanValue",
            ibis.cases(
                (state == FactState.VALUE, True),
                (state == FactState.ABSENT, False),
                else_=ibis.null("boolean"),
            ),
        )

    def _call(self, tree: Call, function: str, arguments: tuple[Expression, ...]) -> Any:
        if function == "in":
            return self._in(arguments[0], arguments[1])
        types = [a.type for a in arguments]
        values = [self.value(a) for a in arguments]
        if function in _COMPARE:
            return self._compare(function, arguments, values)
        match function:
            case "&&":
                return values[0] & values[1]
            case "||":
                return values[0] | values[1]
            case "!":
                return ~values[0]
            case "?:":
                # SQL takes the else branch when the test is null; CEL has an error there.
                return ibis.cases(
                    (values[0], values[1]),
                    (~values[0], values[2]),
                    else_=ibis.null(_IBIS[tree.type]),
                )
            case "size":
                return values[0].length().cast("int64")
            case "contains":
                return values[0].contains(values[1])
            case "startsWith":
                return values[0].startswith(values[1])
            case "endsWith":
                return values[0].endswith(values[1])
            case "matches":
                pattern = arguments[1]
                if not isinstance(pattern, Literal):
                    raise TypeError("the checker accepts literal patterns only")
                return self.dialect.matches(values[0], str(pattern.value))
            case "list":
                return ibis.array(values)
        return self._arithmetic(tree, function, types, values)

    def _arithmetic(
        self, tree: Call, function: str, types: list[CelType], values: list[Any]
    ) -> ir.NumericValue | ir.StringValue:
        if tree.type is CelType.STRING:
            return cast("ir.StringValue", values[0] + values[1])
        exact = tree.type is not CelType.DOUBLE
        result = self.dialect.arithmetic(function, values, exact=exact)
        if tree.type is CelType.TIMESTAMP:
            return _within(result, *_MOMENT_LIMITS)
        if tree.type is CelType.DURATION:
            return _within(result, -_DURATION_LIMIT, _DURATION_LIMIT)
        return result

    def _compare(
        self, function: str, arguments: tuple[Expression, ...], values: list[Any]
    ) -> ir.BooleanValue:
        left, right = (a.type for a in arguments)
        if left is right:
            return cast("ir.BooleanValue", _COMPARE[function](*values))
        if left is CelType.DOUBLE:
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(function, function)
            return _mixed(mirrored, values[1], values[0], arguments[1])
        return _mixed(function, values[0], values[1], arguments[0])

    def _in(self, item: Expression, container: Expression) -> ir.BooleanValue:
        value = self.value(item)
        if isinstance(container, Call) and container.function == "list":
            # A list with an element in error is itself in error, so one unknown element makes
            # the whole unknown, which SQL's IN does not do.
            elements = [self.value(e) for e in container.arguments]
            same = [
                self._compare("==", (item, e), [value, v])
                for e, v in zip(container.arguments, elements, strict=True)
            ]
            found = same[0]
            for one in same[1:]:
                found = found | one
            columns = [
                v
                for e, v in zip(container.arguments, elements, strict=True)
                if not isinstance(e, Literal)
            ]
            if columns:
                known = columns[0].notnull()
                for column in columns[1:]:
                    known = known & column.notnull()
                found = ibis.cases((known, found), else_=ibis.null("boolean"))
            return cast("ir.BooleanValue", found)
        values = self.value(container)
        return cast(
            "ir.BooleanValue",
            ibis.cases(
                (value.notnull() & values.notnull(), values.contains(value)),
                else_=ibis.null("boolean"),
            ),
        )


_IBIS: dict[CelType, str] = {
    CelType.BOOL: "boolean",
    CelType.INT: "int64",
    CelType.DOUBLE: "float64",
    CelType.STRING: "string",
    CelType.TIMESTAMP: "int64",
    CelType.DURATION: "int64",
    CelType.LIST_STRING: "array<string>",
}


def _within(value: Any, low: int, high: int) -> Any:
    return ibis.cases((value.between(low, high), value), else_=ibis.null("int64"))


def _mixed(function: str, whole: Any, number: Any, whole_tree: Expression) -> ir.BooleanValue:
    """Compare an int with a double by their exact values, as CEL does.

    Casting the int to a double would round beyond 2^53, so the double is cut to a whole number
    on the side that keeps the comparison, and clamped where no int is that large.
    """
    if isinstance(whole_tree, Literal) and abs(int(whole_tree.value)) <= _EXACT_DOUBLE:
        return cast("ir.BooleanValue", _COMPARE[function](whole.cast("float64"), number))
    below, above = number < -_INT_EDGE, number >= _INT_EDGE
    inside = ibis.cases((~below & ~above, number), else_=ibis.null("float64"))
    if function in ("<", ">="):
        exact = _COMPARE[function](whole, inside.ceil().cast("int64"))
    elif function in ("<=", ">"):
        exact = _COMPARE[function](whole, inside.floor().cast("int64"))
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
