"""CEL text → a typed, checked tree.

cel-python parses; this module gives every node a type, resolves facts against the vocabulary
and refuses, with its place, whatever the language does not support. What it accepts means what
google/cel-spec says it means.
"""

from __future__ import annotations

import re
from typing import cast

from celpy.celparser import CELParseError, CELParser
from lark import Token, Tree, UnexpectedToken

from engine.diagnostics import Diagnostic, Place
from engine.language import functions
from engine.language.expression import Call, CelType, Clock, Expression, Fact, Has, Literal
from engine.language.literals import (
    Problem,
    check_pattern,
    duration_value,
    string_value,
    timestamp_value,
)
from engine.language.ruleset import Condition
from engine.language.vocabulary import Vocabulary, did_you_mean

CLOCKS = ("now", "today")
_DEEPEST = 60
_INT_LIMITS = (-(2**63), 2**63 - 1)

_BINARY = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
}


def parse_condition(
    text: str, place: Place, vocabulary: Vocabulary, expected: CelType | None = CelType.BOOL
) -> Condition | Diagnostic:
    """Check one condition; `place` is where its first character stands.

    `expected` is the type it must have, None for any. Returns the problem instead of raising
    it, so that a loader can report every problem of a file at once.
    """
    try:
        tree = _Parser().parse(text)
    except CELParseError as error:
        return _unparsable(text, place, error)
    try:
        expression = _Checker(vocabulary).check(tree)
        if expected is not None and expression.type is not expected:
            raise Problem(
                "wrong-type",
                f"this is {_a(expression.type)}, but {_a(expected)} is needed here",
                tree,
            )
    except Problem as problem:
        return Diagnostic(_within(place, problem.node), problem.code, problem.message, problem.hint)
    except RecursionError:
        return Diagnostic(place, "too-deep", "this condition is nested too deeply")
    return Condition(text, place, expression)


class _Parser(CELParser):
    """cel-python's parser, which loses the places of `true` and `false`."""

    @staticmethod
    def ambiguous_literals(t: Token) -> Token:
        found = CELParser.ambiguous_literals(t)
        return found if found is t else Token.new_borrow_pos(found.type, found.value, t)


def _unparsable(text: str, place: Place, error: CELParseError) -> Diagnostic:
    column = error.column if error.column and error.column > 0 else len(text) + 1
    unexpected = error.__context__
    if isinstance(unexpected, UnexpectedToken) and unexpected.token.type == "$END":
        # The parser gives the place of the last token, which is not what is wrong.
        column = len(text) + 1
    line = error.line or 1
    at = place if line > 1 else Place(place.file, place.line, place.column + column - 1, 1)
    hint = ""
    if re.search(r"(?<![=!<>])=(?!=)", text):
        hint = "equality is written =="
    elif re.search(r"\b(and|or|not)\b", text, re.IGNORECASE):
        hint = "write && for and, || for or, ! for not"
    elif text.count('"') % 2 or text.count("(") != text.count(")"):
        hint = "a quote or a bracket is opened and not closed"
    what = "this ends too early" if column > len(text.rstrip()) else "this is not a condition"
    return Diagnostic(at, "bad-condition", what, hint)


def _within(place: Place, node: Tree[Token] | Token | None) -> Place:
    if node is None:
        return place
    meta = node.meta if isinstance(node, Tree) else node
    line, start = getattr(meta, "line", None), getattr(meta, "column", None)
    end, end_line = getattr(meta, "end_column", None), getattr(meta, "end_line", None)
    if line != 1 or start is None:
        return place
    length = end - start if end is not None and end_line == 1 else 1
    return Place(place.file, place.line, place.column + start - 1, max(1, length))


def _a(cel_type: CelType) -> str:
    words = {
        CelType.BOOL: "a yes/no condition",
        CelType.INT: "a whole number",
        CelType.DOUBLE: "a decimal number",
        CelType.STRING: "a text",
        CelType.TIMESTAMP: "a moment in time",
        CelType.DURATION: "a duration",
    }
    return words.get(cel_type, f"a {cel_type}")


class _Checker:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._depth = 0

    def check(self, node: Tree[Token]) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Problem("too-deep", "this condition is nested too deeply", node)
        try:
            return self._check(_unwrap(node))
        finally:
            self._depth -= 1

    def _check(self, node: Tree[Token]) -> Expression:
        children = _trees(node)
        match node.data:
            case "expr":
                return self._call("?:", node, children)
            case "conditionalor":
                return self._call("||", node, children)
            case "conditionaland":
                return self._call("&&", node, children)
            case "relation" | "addition" | "multiplication":
                operator, right = children
                return self._call(_BINARY[operator.data], node, [*_trees(operator), right])
            case "unary":
                sign, operand = children
                return self._call("!" if sign.data == "unary_not" else "negate", node, [operand])
            case "literal":
                return self._literal(node)
            case "list_lit":
                return self._list(node, _arguments(node))
            case "ident":
                return self._name(node, str(node.children[0]))
            case "member_dot":
                return self._name(node, _dotted(node))
            case "ident_arg":
                return self._function(node, str(node.children[0]), _arguments(node), member=False)
            case "member_dot_arg":
                arguments = [children[0], *_arguments(node)]
                return self._function(node, str(node.children[1]), arguments, member=True)
        raise Problem("unsupported", "this construct of CEL is not supported", node)

    def _call(self, function: str, node: Tree[Token], operands: list[Tree[Token]]) -> Expression:
        arguments = tuple(self.check(o) for o in operands)
        types = [a.type for a in arguments]
        result = functions.result_type(function, types)
        if result is None:
            raise _mistyped(function, types, node)
        lists = [a for a in arguments if isinstance(a, Call) and a.function == "list"]
        if lists and function != "in":
            raise Problem("unsupported", "a list is only used after `in`", node)
        return Call(result, function, arguments)

    def _literal(self, node: Tree[Token]) -> Expression:
        token = cast("Token", node.children[0])
        if token.type == "INT_LIT":
            digits = token.lower()
            try:
                value = int(digits, 16 if "0x" in digits else 10)
            except ValueError:  # Python does not read thousands of digits
                value = _INT_LIMITS[1] + 1
            if not _INT_LIMITS[0] <= value <= _INT_LIMITS[1]:
                raise Problem("bad-number", "this whole number is too large", token)
            return Literal(CelType.INT, value)
        if token.type == "FLOAT_LIT":
            number = float(token)
            if number in (float("inf"), float("-inf")):
                raise Problem("bad-number", "this number is too large", token)
            return Literal(CelType.DOUBLE, number)
        if token.type == "BOOL_LIT":
            return Literal(CelType.BOOL, token.value == "true")
        if token.type == "STRING_LIT":
            return Literal(CelType.STRING, string_value(token))
        if token.type == "NULL_LIT":
            raise Problem(
                "unsupported", "null is not used here", token, "ask has(fact), or !has(fact)"
            )
        raise Problem("unsupported", "this kind of value is not supported", token)

    def _list(self, node: Tree[Token], items: list[Tree[Token]]) -> Expression:
        elements = tuple(self.check(i) for i in items)
        types = {e.type for e in elements}
        if not types:
            raise Problem("unsupported", "an empty list contains nothing, ever", node)
        if len(types) > 1:
            raise Problem(
                "wrong-type",
                "all elements of a list must be of one type",
                node,
                "write 1.0 instead of 1 beside decimal numbers"
                if all(t.numeric for t in types)
                else "",
            )
        element = types.pop()
        if element.element is not None:
            raise Problem("unsupported", "a list of lists is not supported", node)
        return Call(CelType.list_of(element), "list", elements)

    def _name(self, node: Tree[Token], name: str) -> Expression:
        if name in CLOCKS:
            return Clock(CelType.TIMESTAMP, name)
        fact = self._vocabulary.get(name)
        if fact is not None:
            return Fact(fact.type.cel, name)
        raise self._unknown(node, name)

    def _unknown(self, node: Tree[Token], name: str) -> Problem:
        source, _, field = name.partition(".")
        known = [*self._vocabulary, *CLOCKS]
        hint = did_you_mean(name, known)
        if not hint and source in self._vocabulary.sources and field:
            fields = sorted(f.field for f in self._vocabulary.values() if f.source == source)
            hint = f"{source} has: {', '.join(fields)}"
        elif not hint and not field:
            hint = f'a text is written "{name}", a fact source.field'
        return Problem("unknown-fact", f"there is no fact `{name}`", node, hint)

    def _function(
        self, node: Tree[Token], name: str, operands: list[Tree[Token]], *, member: bool
    ) -> Expression:
        if name == "has" and not member:
            return self._has(node, operands)
        if name in ("timestamp", "duration") and not member:
            return self._moment(node, name, operands)
        known = name in functions.FUNCTIONS and (member or name not in functions.MEMBER_ONLY)
        if not known:
            if name in functions.NOT_YET:
                raise Problem("unsupported", f"{name}() is not supported yet", node)
            if name in functions.MEMBER_ONLY:
                raise Problem(
                    "wrong-arguments",
                    f"{name}() is called on a text",
                    node,
                    f'write text.{name}("…")',
                )
            callable_names = [*functions.FUNCTIONS, "has", "timestamp", "duration"]
            hint = did_you_mean(name, callable_names)
            raise Problem("unknown-function", f"there is no function `{name}`", node, hint)
        call = self._call(name, node, operands)
        if name == "matches" and isinstance(call, Call):
            check_pattern(call.arguments[1], operands[1])
        return call

    def _has(self, node: Tree[Token], operands: list[Tree[Token]]) -> Expression:
        if len(operands) == 1:
            operand = _unwrap(operands[0])
            if operand.data == "member_dot":
                name = _dotted(operand)
                if name not in self._vocabulary:
                    raise self._unknown(operand, name)
                return Has(CelType.BOOL, name)
        raise Problem("wrong-arguments", "has() takes one fact", node, "write has(source.field)")

    def _moment(self, node: Tree[Token], name: str, operands: list[Tree[Token]]) -> Expression:
        argument = self.check(operands[0]) if len(operands) == 1 else None
        if not (isinstance(argument, Literal) and isinstance(argument.value, str)):
            raise Problem("wrong-arguments", f"{name}() takes one text in quotes", node)
        if name == "duration":
            return Literal(CelType.DURATION, duration_value(argument.value, node))
        return Literal(CelType.TIMESTAMP, timestamp_value(argument.value, node))


def _mistyped(function: str, types: list[CelType], node: Tree[Token]) -> Problem:
    spoken = [_a(t) for t in types]
    if function in functions.FUNCTIONS:
        return Problem(
            "wrong-arguments", f"{function}() does not take {' and '.join(spoken)}", node
        )
    hint = ""
    if set(types) == {CelType.INT, CelType.DOUBLE}:
        hint = "write whole numbers as 1.0 beside decimal numbers"
    elif set(types) == {CelType.TIMESTAMP, CelType.STRING}:
        hint = 'write timestamp("2026-03-01T00:00:00Z") for a moment in time'
    if function in ("!", "negate"):
        sign = "!" if function == "!" else "-"
        return Problem("wrong-type", f"`{sign}` does not take {spoken[0]}", node, hint)
    if function == "?:":
        return Problem("wrong-type", "`? :` needs a condition and two values of one type", node)
    return Problem(
        "wrong-type", f"`{function}` does not go between {' and '.join(spoken)}", node, hint
    )


def _unwrap(node: Tree[Token]) -> Tree[Token]:
    """Skip the grammar's levels that hold one child and mean nothing by themselves."""
    passing = {
        "expr",
        "conditionalor",
        "conditionaland",
        "relation",
        "addition",
        "multiplication",
        "unary",
        "member",
        "primary",
        "paren_expr",
    }
    while node.data in passing and len(node.children) == 1:
        child = node.children[0]
        if not isinstance(child, Tree):
            break
        node = child
    return node


def _trees(node: Tree[Token]) -> list[Tree[Token]]:
    return [c for c in node.children if isinstance(c, Tree)]


def _arguments(node: Tree[Token]) -> list[Tree[Token]]:
    lists = [c for c in _trees(node) if c.data == "exprlist"]
    return _trees(lists[0]) if lists else []


def _dotted(node: Tree[Token]) -> str:
    """`a.b.c` of a chain of plain names; anything else is refused."""
    member = _unwrap(_trees(node)[0])
    name = str(node.children[1])
    if member.data == "ident":
        return f"{member.children[0]}.{name}"
    if member.data == "member_dot":
        return f"{_dotted(member)}.{name}"
    raise Problem("unsupported", "only facts have fields", node, "write source.field")
