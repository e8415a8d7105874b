"""What to say when a function or an operator is given what it does not take."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.language import functions
from engine.language.expression import CelType
from engine.language.grammar import Node
from engine.language.literals import Problem
from engine.language.scalars import iso_date

_WORDS = {
    CelType.BOOL: "a yes/no condition",
    CelType.INT: "a whole number",
    CelType.DOUBLE: "a decimal number",
    CelType.STRING: "a text",
    CelType.TIMESTAMP: "a moment in time",
    CelType.DURATION: "a duration",
}
_USES = {
    "size": "write size(text) or size(list)",
    "contains": 'write text.contains("…")',
    "startsWith": 'write text.startsWith("…")',
    "endsWith": 'write text.endsWith("…")',
    "matches": 'write text.matches("pattern")',
    "int": "int() takes a number, a text or a moment",
    "double": "double() takes a number or a text",
    "string": "string() takes a text, a whole number, a yes/no, a moment or a duration",
    "timestamp": "timestamp() takes a text or a whole number of seconds",
    "duration": 'write duration("72h")',
    "exists": "write list.exists(x, condition on x)",
    "all": "write list.all(x, condition on x)",
    "exists_one": "write list.exists_one(x, condition on x)",
}
_CLOCK = re.compile(r"[0-9]{1,2}([:.][0-9]{2})+$")
_TIMES = {CelType.TIMESTAMP, CelType.DURATION}


def spoken(kind: CelType) -> str:
    """A type in words, with its article."""
    if kind.element is not None:
        return f"a {kind}"
    return _WORDS[kind]


def usage(function: str) -> str:
    """How a function is written; "" where there is no such one."""
    if function in functions.SPANS:
        return f'write moment.{function}("Europe/Rome"), or duration.{function}()'
    if function in functions.CALENDAR:
        return f'write moment.{function}("Europe/Rome")'
    return _USES.get(function, "")


def mistyped(
    function: str, types: Sequence[CelType], node: Node, text: str | None = None
) -> Problem:
    """The problem of a call or an operator that has no overload for these types.

    `text` is what stands between quotes on one of its sides, if anything does.
    """
    words = [spoken(t) for t in types]
    if function in functions.FUNCTIONS:
        return _of_function(function, types, node)
    hint = _hint(function, types, text)
    if function in ("!", "negate"):
        sign = "!" if function == "!" else "-"
        return Problem("wrong-type", f"`{sign}` does not take {words[0]}", node, hint)
    if function == "?:":
        return Problem("wrong-type", "`? :` needs a condition and two values of one type", node)
    return Problem(
        "wrong-type", f"`{function}` does not go between {' and '.join(words)}", node, hint
    )


def _of_function(function: str, types: Sequence[CelType], node: Node) -> Problem:
    lengths = {len(overload) for overload in functions.FUNCTIONS[function]}
    if len(types) in lengths:
        what = f"{function}() does not take {' and '.join(spoken(t) for t in types)}"
    else:
        what = (
            f"{function}() is given {'too many' if len(types) > max(lengths) else 'too few'} values"
        )
    hint = usage(function)
    if function == "contains" and types[0].element is not None:
        hint = 'write "…" in list'
    if function == "string" and types == [CelType.DOUBLE]:
        hint = "CEL does not say how a decimal number is written; use string(int(number))"
    return Problem("wrong-arguments", what, node, hint)


def _hint(function: str, types: Sequence[CelType], text: str | None) -> str:
    kinds = set(types)
    if kinds == {CelType.INT, CelType.DOUBLE}:
        return "write whole numbers as 1.0 beside decimal numbers; double(fact) makes one of a fact"
    compared = function in (*functions.EQUALITY, *functions.COMPARISON)
    if kinds == {CelType.TIMESTAMP, CelType.STRING} or (
        # 2026-03-01 without quotes is a subtraction.
        kinds == {CelType.TIMESTAMP, CelType.INT} and compared
    ):
        if text is not None and not text.strip():
            return "ask has(fact), or !has(fact)"
        if text is not None and _CLOCK.match(text.strip()):
            return 'ask for the hour: moment.getHours("Europe/Rome") >= 9'
        # A date is a midnight of the project's time zone, which in UTC is another moment.
        day = iso_date(text or "") or "2026-03-01"
        return f'write timestamp("{day}T00:00:00+01:00"), with the time zone of your clocks'
    if kinds == {CelType.DURATION, CelType.STRING}:
        return 'write duration("72h") for a duration'
    if kinds & _TIMES and kinds & {CelType.INT, CelType.DOUBLE}:
        return 'a length of time is written duration("72h"), three days'
    if CelType.STRING in kinds and kinds & {CelType.INT, CelType.DOUBLE}:
        return "a text stands in quotes, a number does not; int(text) makes a number of a text"
    if function in functions.EQUALITY and kinds == {CelType.BOOL, CelType.STRING}:
        return "a yes/no fact is compared with true or false, without quotes"
    if function in functions.COMPARISON and CelType.BOOL in kinds and len(kinds) == 2:
        return "write 1 < x && x < 5 for what lies between two values"
    if function == "!":
        return "write !(a == 1), or !(a in [1, 2])"
    if function in ("&&", "||") and kinds - {CelType.BOOL}:
        return "each side is a condition of its own: a == 1 || a == 2, or a in [1, 2]"
    if function == "in" and types[1].element is None:
        return "`in` is followed by a list: [1, 2], or a fact that is a list"
    if function in functions.EQUALITY and any(t.element for t in types):
        return "ask for an element with `in`, or with exists() and all()"
    return ""
