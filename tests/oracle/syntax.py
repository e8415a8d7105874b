"""CEL text → a small tree, by a Pratt parser of the oracle's own.

It exists because the Rust CEL gives no tree, and reading conditions with the engine's parser
would make the oracle share the engine's mistakes. `condition.py` checks every answer that comes
out of this tree against the Rust CEL's reading of the same text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from tests.oracle.states import Value


@dataclass(frozen=True)
class Literal:
    value: Value


@dataclass(frozen=True)
class Name:
    path: str


@dataclass(frozen=True)
class Has:
    path: str


@dataclass(frozen=True)
class Items:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Apply:
    """An operator or a function, `name` as it is written; negation is `negate`."""

    name: str
    operands: tuple[Node, ...]


Node: TypeAlias = Literal | Name | Has | Items | Apply


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class ConditionError(ValueError):
    """The text is no condition of the supported subset."""


_TOKEN = re.compile(
    r"""(?P<blank>(\s|//[^\n]*)+)
      | (?P<double>(\d+\.\d+([eE][+-]?\d+)?)|(\d+[eE][+-]?\d+)|(\.\d+([eE][+-]?\d+)?))
      | (?P<int>0[xX][0-9a-fA-F]+|\d+)
      | (?P<string>[rR]("[^"\n]*"|'[^'\n]*')|"([^"\\\n]|\\.)*"|'([^'\\\n]|\\.)*')
      | (?P<name>[_a-zA-Z][_a-zA-Z0-9]*)
      | (?P<mark>&&|\|\||[=!<>]=|[<>!?:+\-*/%()\[\],.])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(
    r"\\(?:([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))"
)
_PLAIN = dict(zip("abfnrtv\\?\"'`", "\a\b\f\n\r\t\v\\?\"'`", strict=True))
_BINDING = {
    "||": 2, "&&": 3,
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4,
    "+": 5, "-": 5,
    "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_CONSTANTS: dict[str, Value] = {"true": True, "false": False}


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text` without blanks and comments; raises ConditionError on strange characters."""
    found, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise ConditionError(f"cannot read the condition from character {position + 1}")
        if match.lastgroup != "blank":
            found.append(Token(match.lastgroup, match[0], position))
        position = match.end()
    return found


def parse(text: str) -> Node:
    """The tree of one condition; raises ConditionError where it is none."""
    parser = _Parser(tokens_of(text))
    tree = parser.expression()
    if parser.peek():
        raise ConditionError(f"unexpected {parser.peek()!r}")
    return tree


def facts_of(node: Node) -> frozenset[str]:
    """The dotted names a tree reads, through `has` or plainly; `now` and `today` are none."""
    match node:
        case Name(path) | Has(path):
            return frozenset({path}) if "." in path else frozenset()
        case Items(nodes) | Apply(_, nodes):
            return frozenset().union(*(facts_of(n) for n in nodes))
    return frozenset()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> str:
        if self.at == len(self.tokens) or self.tokens[self.at].kind == "string":
            return ""
        return self.tokens[self.at].text

    def take(self, expected: str | None = None) -> Token:
        if self.at == len(self.tokens):
            raise ConditionError("the condition ends too early")
        token = self.tokens[self.at]
        if expected is not None and token.text != expected:
            raise ConditionError(f"expected {expected!r}, found {token.text!r}")
        self.at += 1
        return token

    def skip(self, text: str) -> bool:
        if self.peek() != text:
            return False
        self.at += 1
        return True

    def expression(self) -> Node:
        condition = self.binary(2)
        if not self.skip("?"):
            return condition
        # CEL's grammar: what stands between ? and : is an «or», what follows a whole expression.
        chosen = self.binary(2)
        self.take(":")
        return Apply("?:", (condition, chosen, self.expression()))

    def binary(self, least: int) -> Node:
        left = self.unary()
        while _BINDING.get(self.peek(), 0) >= least:
            operator = self.take().text
            left = Apply(operator, (left, self.binary(_BINDING[operator] + 1)))
        return left

    def unary(self) -> Node:
        if self.skip("!"):
            return Apply("!", (self.unary(),))
        if self.skip("-"):
            if self.at < len(self.tokens) and self.tokens[self.at].kind in ("int", "double"):
                # The sign belongs to the literal, or the smallest int could not be written.
                number = self.take()
                return self.members(Literal(_number(number, negative=True)))
            return Apply("negate", (self.unary(),))
        return self.members(self.primary())

    def primary(self) -> Node:
        token = self.take()
        if token.kind in ("int", "double"):
            return Literal(_number(token, negative=False))
        if token.kind == "string":
            return Literal(_string(token.text))
        if token.text == "(":
            inner = self.expression()
            self.take(")")
            return inner
        if token.text == "[":
            return Items(self.arguments("]"))
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text])
        if token.kind != "name" or token.text == "in":
            raise ConditionError(f"unexpected {token.text!r}")
        if not self.skip("("):
            return Name(token.text)
        arguments = self.arguments(")")
        if token.text != "has":
            return Apply(token.text, arguments)
        if len(arguments) != 1 or not isinstance(arguments[0], Name):
            raise ConditionError("has() takes one fact")
        return Has(arguments[0].path)

    def members(self, node: Node) -> Node:
        while self.skip("."):
            name = self.take()
            if name.kind != "name":
                raise ConditionError(f"unexpected {name.text!r}")
            if self.skip("("):
                node = Apply(name.text, (node, *self.arguments(")")))
            elif isinstance(node, Name):
                node = Name(f"{node.path}.{name.text}")
            else:
                raise ConditionError("only names have fields")
        return node

    def arguments(self, closing: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.skip(closing):
            found.append(self.expression())
            if not self.skip(","):
                self.take(closing)
                break
        return tuple(found)


def _number(token: Token, *, negative: bool) -> Value:
    if token.kind == "double":
        return -float(token.text) if negative else float(token.text)
    size = int(token.text, 16 if token.text[:2] in ("0x", "0X") else 10)
    value = -size if negative else size
    if not -(2**63) <= value < 2**63:
        raise ConditionError("a whole number is out of range")
    return value


def _string(written: str) -> str:
    if written[0] in "rR":
        return written[2:-1]

    def plain(match: re.Match[str]) -> str:
        octal, *hexes, single = match.groups()
        if single is not None:
            if single not in _PLAIN:
                raise ConditionError(f"unknown escape \\{single}")
            return _PLAIN[single]
        return chr(int(octal, 8) if octal else int(next(h for h in hexes if h), 16))

    return _ESCAPE.sub(plain, written[1:-1])
