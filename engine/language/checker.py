"""Parsed CEL → the typed tree: every node gets a type, every name its fact.

What the language does not support, and what can't ever be true, is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from lark import Token

from engine.language import functions
from engine.language.calls import call
from engine.language.expression import Call, CelType, Clock, Expression, Fact, Literal, Variable
from engine.language.grammar import BINARY, Node, arguments, dotted, trees, unwrap
from engine.language.literals import Problem, string_value
from engine.language.mistyped import mistyped, spoken
from engine.language.never import never_true
from engine.language.slips import hint_of_name, hint_of_word
from engine.language.vocabulary import FactDeclaration, Vocabulary, did_you_mean

CLOCKS = ("now", "today")
_DEEPEST = 60
FLATTER = "compare with a list, like fact in [1, 2], or write a condition for each part"
# cel-python reads it, CEL does not.
_ENDLESS = re.compile(r"\.(?![0-9])")
_INT_LIMITS = (-(2**63), 2**63 - 1)
_UNSUPPORTED = {
    "member_index": (
        "a single element of a list can't be picked",
        "ask with `in`, exists() or all()",
    ),
    "map_lit": ("maps are not supported", ""),
    "member_object": ("messages are not supported", ""),
    "dot_ident": ("a name does not begin with a dot", ""),
    "dot_ident_arg": ("a name does not begin with a dot", ""),
}


class Checker:
    """Checks one condition against the facts there are; implements `calls.Checking`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._variables: dict[str, Variable] = {}
        self._depth = 0

    def check(self, node: Node) -> Expression:
        """The typed tree of a node; raises Problem where it is refused."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Problem("too-deep", "this condition is nested too deeply", node, FLATTER)
        try:
            return self._check(unwrap(node))
        finally:
            self._depth -= 1

    def _check(self, node: Node) -> Expression:
        children = trees(node)
        match node.data:
            case "expr":
                return self._operator("?:", node, children)
            case "conditionalor":
                return self._operator("||", node, children)
            case "conditionaland":
                return self._operator("&&", node, children)
            case "relation" | "addition" | "multiplication":
                operator, right = children
                return self._operator(BINARY[operator.data], node, [*trees(operator), right])
            case "unary":
                sign, operand = children
                return self._operator(
                    "!" if sign.data == "unary_not" else "negate", node, [operand]
                )
            case "literal":
                return self._literal(node)
            case "list_lit":
                return self._list(node, arguments(node))
            case "ident":
                return self._name(node, str(node.children[0]))
            case "member_dot":
                return self._name(node, dotted(node))
            case "ident_arg":
                return call(self, node, str(node.children[0]), arguments(node), member=False)
            case "member_dot_arg":
                operands = [children[0], *arguments(node)]
                return call(self, node, str(node.children[1]), operands, member=True)
        message, hint = _UNSUPPORTED.get(node.data, ("this construct of CEL is not supported", ""))
        raise Problem("unsupported", message, node, hint)

    def _operator(self, function: str, node: Node, operands: list[Node]) -> Expression:
        return self.typed(function, node, tuple(self.check(o) for o in operands))

    def typed(self, function: str, node: Node, arguments: tuple[Expression, ...]) -> Call:
        """A call that CEL has for arguments of these types, and that may come true."""
        types = [a.type for a in arguments]
        result = functions.result_type(function, types)
        if result is None:
            texts = [a.value for a in arguments if isinstance(a, Literal)]
            text = next((t for t in texts if isinstance(t, str)), None)
            raise mistyped(function, types, node, text)
        if function != "in" and any(
            isinstance(a, Call) and a.function == "list" for a in arguments
        ):
            raise Problem(
                "unsupported",
                "a list is only used after `in`, or before .exists() and .all()",
                node,
            )
        hint = never_true(function, arguments) if len(arguments) == 2 else None
        if hint is not None:
            raise Problem("never-true", "this comparison is never true", node, hint)
        return Call(result, function, arguments)

    def _literal(self, node: Node) -> Expression:
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
            if _ENDLESS.search(token):
                hint = f"write {_ENDLESS.sub('.0', token)}"
                raise Problem("bad-number", "digits are missing behind the point", token, hint)
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

    def _list(self, node: Node, items: list[Node]) -> Expression:
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

    def _name(self, node: Node, name: str) -> Expression:
        if name in self._variables:
            return self._variables[name]
        if name in CLOCKS:
            return Clock(CelType.TIMESTAMP, name)
        return Fact(self.fact(node, name).type.cel, name)

    def fact(self, node: Node, name: str) -> FactDeclaration:
        """The fact of a name; raises Problem where there is none."""
        found = self._vocabulary.get(name)
        if found is not None:
            return found
        source, _, field = name.partition(".")
        if source in self._variables:
            kind = spoken(self._variables[source].type)
            raise Problem("wrong-type", f"`{source}` is {kind} and has no fields", node)
        known = [*self._vocabulary, *CLOCKS, *self._variables]
        a_field = any(f.field == name for f in self._vocabulary.values())
        hint = ("" if a_field else hint_of_word(name)) or did_you_mean(name, known)
        if not hint and source in self._vocabulary.sources and field:
            hint = self._vocabulary.spoken(source)
        elif not hint and not field:
            hint = hint_of_name(name, self._vocabulary.sources)
        raise Problem("unknown-fact", f"there is no fact `{name}`", node, hint)

    @contextmanager
    def binding(self, node: Node, variable: Variable) -> Iterator[None]:
        """While it is open, the variable's name stands for it."""
        name = variable.name
        if name in self._vocabulary.sources or name in CLOCKS or name in self._variables:
            raise Problem(
                "wrong-arguments", f"`{name}` means something else already", node, "choose another"
            )
        self._variables[name] = variable
        try:
            yield
        finally:
            del self._variables[name]
