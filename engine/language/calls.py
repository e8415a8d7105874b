"""Functions and macros in conditions: which call is which, and whether its arguments fit."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from engine.language import functions
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
from engine.language.grammar import Node, dotted, identifier, unwrap
from engine.language.literals import (
    Problem,
    check_pattern,
    converted,
    duration_value,
    timestamp_value,
    zone_value,
)
from engine.language.mistyped import spoken, usage
from engine.language.slips import hint_of_call
from engine.language.vocabulary import FactDeclaration, FactType, did_you_mean

_KNOWN = (*functions.FUNCTIONS, *functions.QUANTIFIERS, "has")


class Checking(Protocol):
    """What a call asks of the checker that met it."""

    def check(self, node: Node) -> Expression:
        """The typed tree of a node."""
        ...

    def typed(self, function: str, node: Node, arguments: tuple[Expression, ...]) -> Call:
        """A call whose arguments fit."""
        ...

    def fact(self, node: Node, name: str) -> FactDeclaration:
        """The fact of a name."""
        ...

    def binding(self, node: Node, variable: Variable) -> AbstractContextManager[None]:
        """While it is open, the variable's name stands for it."""
        ...


def call(
    checker: Checking, node: Node, name: str, operands: list[Node], *, member: bool
) -> Expression:
    """The tree of `name(operands)`, or of `operands[0].name(operands[1:])` for a `member`."""
    if name in functions.QUANTIFIERS:
        return _quantified(checker, node, name, operands, member=member)
    if name == "has" and not member:
        return _has(checker, node, operands)
    if name not in functions.FUNCTIONS:
        raise _unknown(node, name)
    if name in functions.MEMBER_ONLY and not member:
        raise Problem(
            "wrong-arguments",
            f"{name}() stands behind a dot",
            node,
            usage(name),
        )
    if name in functions.CONVERSIONS and member:
        raise Problem("wrong-arguments", f"{name}() does not stand behind a dot", node, usage(name))
    arguments = tuple(checker.check(o) for o in operands)
    if name in functions.CONVERSIONS:
        return _converted(checker, node, name, arguments)
    made = checker.typed(name, node, arguments)
    if name == "matches":
        check_pattern(arguments[1], operands[1])
    if name in functions.CALENDAR and len(arguments) == 1:
        _refuse_day_without_zone(checker, node, made)
    elif name in functions.CALENDAR:
        return Call(made.type, name, (arguments[0], _zone(arguments[1], operands[1])))
    return made


def _unknown(node: Node, name: str) -> Problem:
    hint = functions.REFUSED.get(name)
    if hint is not None:
        return Problem("unsupported", f"{name}() is not supported", node, hint)
    hint = hint_of_call(name) or did_you_mean(name, _KNOWN)
    return Problem("unknown-function", f"there is no function `{name}`", node, hint)


def _has(checker: Checking, node: Node, operands: list[Node]) -> Expression:
    if len(operands) == 1:
        operand = unwrap(operands[0])
        if operand.data == "member_dot":
            return Has(CelType.BOOL, checker.fact(operand, dotted(operand)).name)
    raise Problem("wrong-arguments", "has() takes one fact", node, "write has(source.field)")


def _converted(
    checker: Checking, node: Node, name: str, arguments: tuple[Expression, ...]
) -> Expression:
    written = arguments[0] if len(arguments) == 1 else None
    if isinstance(written, Literal) and isinstance(written.value, str):
        if name == "timestamp":
            return Literal(CelType.TIMESTAMP, timestamp_value(written.value, node))
        if name == "duration":
            return Literal(CelType.DURATION, duration_value(written.value, node))
        if name in ("int", "double") and not converted(name, written.value):
            raise Problem("bad-number", f"{name}() can't make a number of this text", node)
    if name == "duration" and written is not None and written.type is CelType.STRING:
        raise Problem(
            "wrong-arguments", "duration() takes one text in quotes", node, 'write duration("72h")'
        )
    return checker.typed(name, node, arguments)


def _refuse_day_without_zone(checker: Checking, node: Node, made: Call) -> None:
    """A date begins at midnight of the configured zone, which is another day in UTC."""
    (moment,) = made.arguments
    if (isinstance(moment, Clock) and moment.name == "today") or (
        isinstance(moment, Fact) and checker.fact(node, moment.name).type is FactType.DATE
    ):
        raise Problem(
            "wrong-arguments",
            f"without a time zone, {made.function}() looks at the clock in UTC, where `{moment.name}`"
            " may still be the day before",
            node,
            f'write {moment.name}.{made.function}("Europe/Rome")',
        )


def _zone(zone: Expression, node: Node) -> Literal:
    if not isinstance(zone, Literal):
        raise Problem(
            "wrong-arguments", "a time zone is written out, in quotes", node, 'write "Europe/Rome"'
        )
    return Literal(CelType.STRING, zone_value(str(zone.value), node))


def _quantified(
    checker: Checking, node: Node, name: str, operands: list[Node], *, member: bool
) -> Expression:
    if not member:
        raise Problem("wrong-arguments", f"{name}() stands behind a dot", node, usage(name))
    over = checker.check(operands[0])
    element = over.type.element
    if element is None:
        raise Problem(
            "wrong-arguments",
            f"{name}() goes over a list, and this is {spoken(over.type)}",
            operands[0],
        )
    if len(operands) != 3:
        hint = usage(name)
        if len(operands) == 2 and name == "exists":
            hint = f"{hint}, or: value in list"
        raise Problem("wrong-arguments", f"{name}() takes a name and a condition", node, hint)
    variable = identifier(operands[1])
    if variable is None:
        raise Problem(
            "wrong-arguments", "a name for the element comes first", operands[1], usage(name)
        )
    with checker.binding(operands[1], Variable(element, variable)):
        body = checker.check(operands[2])
    if body.type is not CelType.BOOL:
        raise Problem(
            "wrong-arguments",
            f"{name}() needs a yes/no condition, and this is {spoken(body.type)}",
            operands[2],
            usage(name),
        )
    return Quantified(CelType.BOOL, name, over, variable, body)
