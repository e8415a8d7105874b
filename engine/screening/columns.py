"""A typed CEL tree → one Ibis expression that means the same, null standing for unknown.

CEL's errors and unknowns become null; three-valued SQL then absorbs them in AND and OR just as
CEL's `&&` and `||` do. Where SQL means something else (IF, IN, integer and float comparison,
overflow), the expression makes up the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

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
from engine.language.functions import CALENDAR, COMPARISON, CONVERSIONS, EQUALITY
from engine.language.literals import LONGEST_DURATION, MOMENT_LIMITS
from engine.ports import Dialect
from engine.screening.comparing import among, compare, if_known
from engine.screening.facts import FactState, state_column

_COMPARISONS = (*EQUALITY, *COMPARISON)
_SPANS = {"getHours": 3_600_000_000, "getMinutes": 60_000_000, "getSeconds": 1_000_000}


@dataclass(frozen=True)
class Compiler:
    """Compiles conditions against one table of facts (as made by `engine.screening.gather`).

    `now` and `today` are microseconds since 1970 in UTC.
    """

    table: ir.Table
    dialect: Dialect
    now: int
    today: int
    variables: Mapping[str, Any] = field(default_factory=dict)
    """What the elements that macros look at stand for."""

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
            case Variable(name=name):
                return self.variables[name]
            case Quantified():
                return self._quantified(tree)
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
        values = [self.value(a) for a in arguments]
        if function in _COMPARISONS:
            return compare(function, arguments, values)
        if function in CALENDAR:
            return self._part(function, arguments, values)
        if function in CONVERSIONS:
            return self._converted(function, arguments[0].type, values[0])
        match function:
            case "&&":
                return values[0] & values[1]
            case "||":
                return values[0] | values[1]
            case "!":
                # Not `~`: Ibis writes NOT without brackets, and a comparison with it would be
                # negated as a whole.
                return values[0] == ibis.literal(value=False)
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
        return self._arithmetic(tree, function, values)

    def _arithmetic(
        self, tree: Call, function: str, values: list[Any]
    ) -> ir.NumericValue | ir.StringValue:
        if tree.type is CelType.STRING:
            return cast("ir.StringValue", values[0] + values[1])
        exact = tree.type is not CelType.DOUBLE
        result = self.dialect.arithmetic(function, values, exact=exact)
        if tree.type is CelType.TIMESTAMP:
            return _within(result, *MOMENT_LIMITS)
        if tree.type is CelType.DURATION:
            return _within(result, -LONGEST_DURATION, LONGEST_DURATION)
        return result

    def _part(self, function: str, arguments: tuple[Expression, ...], values: list[Any]) -> Any:
        if arguments[0].type is CelType.TIMESTAMP:
            zone = arguments[1] if len(arguments) > 1 else Literal(CelType.STRING, "UTC")
            if not isinstance(zone, Literal):
                raise TypeError("the checker accepts time zones that are written out only")
            return self.dialect.calendar(function, values[0], str(zone.value))
        if function == "getMilliseconds":  # of a duration: what is beyond whole seconds
            return self._whole("/", self._whole("%", values[0], 1_000_000), 1000)
        return self._whole("/", values[0], _SPANS[function])

    def _converted(self, function: str, kind: CelType, value: Any) -> Any:
        if function == kind:
            return value
        if function == "timestamp":
            if kind is CelType.INT:
                return _within(self._whole("*", value, 1_000_000), *MOMENT_LIMITS)
            return _within(self.dialect.convert(function, kind, value), *MOMENT_LIMITS)
        return self.dialect.convert(function, kind, value)

    def _whole(self, function: str, value: Any, by: int) -> Any:
        return self.dialect.arithmetic(
            function, [value, ibis.literal(by, type="int64")], exact=True
        )

    def _in(self, item: Expression, container: Expression) -> ir.BooleanValue:
        value = self.value(item)
        if isinstance(container, Call) and container.function == "list":
            elements = container.arguments
            return among(item, value, elements, [self.value(e) for e in elements])
        values = self.value(container)
        return cast(
            "ir.BooleanValue",
            ibis.cases(
                (value.notnull() & values.notnull(), values.contains(value)),
                else_=ibis.null("boolean"),
            ),
        )

    def _quantified(self, tree: Quantified) -> ir.BooleanValue:
        over = tree.over
        written = over.arguments if isinstance(over, Call) and over.function == "list" else ()
        elements = [self.value(e) for e in written]
        values = ibis.array(elements) if written else self.value(over)
        # Named by depth, not as the author does: that may be a word of the backend's.
        element = ops.Argument(
            name=f"each{len(self.variables)}",
            shape=values.op().shape,
            dtype=values.type().value_type,
        )
        inner = replace(self, variables={**self.variables, tree.variable: element.to_expr()})
        body = inner.value(tree.body)
        answers = ops.ArrayMap(values, param=element, index=None, body=body).to_expr()
        answer = self.dialect.quantify(tree.function, answers)
        return cast("ir.BooleanValue", if_known(written, elements, answer))


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
