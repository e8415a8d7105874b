"""Writes one random, well-typed CEL text: what `strategies.expressions` draws with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from hypothesis import strategies as st

from tests.oracle.states import Value
from tests.support.strategies_draws import dice, one_in, pick

Vocabulary: TypeAlias = Mapping[str, str]
"""Names of facts, `source.field`, each with its type as config.yaml says it."""

PATTERNS = ("^a", "b$", "[a-z]+", r"\d+", r"^\w$", "(?i)ftth|gold", ".", r"\s", "^[^0-9]*$", "a.b")
DURATIONS = ("0s", "1h", "72h", "1h30m", "-1h", "500ms", "1.5h", "8760h")
MOMENTS = (
    "2026-03-02T10:00:00+01:00",
    "2026-03-02T00:00:00Z",
    "2026-02-28T23:59:59.999999Z",
    "2025-06-30T12:00:00-05:00",
    "2030-01-01T00:00:00Z",
)
ZONES = ("UTC", "Europe/Rome", "America/New_York", "Asia/Kolkata", "+05:30", "-02:30")
PARTS = (
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
    "getHours", "getMinutes", "getSeconds", "getMilliseconds",
)  # fmt: skip
_SPANS = PARTS[-4:]
_CLOCKS = ("now", "today", *(f'timestamp("{m}")' for m in MOMENTS))
_CEL = {
    "integer": "int",
    "number": "double",
    "string": "string",
    "boolean": "bool",
    "date": "timestamp",
    "timestamp": "timestamp",
    "list<string>": "list",
}
_ORDERED = ("int", "double", "string", "timestamp")
_CONVERTED = {
    "int": ("double", "string", "timestamp", "int"),
    "double": ("int", "string", "double"),
    "string": ("int", "bool", "timestamp", "duration", "string"),
    "timestamp": ("string", "int", "timestamp"),
}
_RELATIONS = ("==", "!=", "<", "<=", ">", ">=")

_EMPTY = '""'
# What is compared with a literal may be refused as never true: these are given no bare literal.
_LIMITED = re.compile(r"size\(|\.get[A-Z]")
_LITERAL = re.compile(r'-?[0-9][0-9.e+-]*|""|-?922337203685477580[78]')

# How tightly a text holds together, from CEL's grammar: what is below needs parentheses.
_TERNARY, _OR, _AND, _RELATION, _SUM, _PRODUCT, _UNARY, _MEMBER = range(1, 9)
_Text: TypeAlias = tuple[str, int]

# Per type: the operator, the types it goes between, how tightly it binds.
_BINARY = {
    "bool": (("&&", "bool", "bool", _AND), ("||", "bool", "bool", _OR)),
    "int": (
        *((op, "int", "int", _SUM) for op in "+-"),
        *((op, "int", "int", _PRODUCT) for op in "*/%"),
    ),
    "double": (
        *((op, "double", "double", _SUM) for op in "+-"),
        *((op, "double", "double", _PRODUCT) for op in "*/"),
    ),
    "string": (("+", "string", "string", _SUM),),
    "timestamp": (
        ("+", "timestamp", "duration", _SUM),
        ("-", "timestamp", "duration", _SUM),
        ("+", "duration", "timestamp", _SUM),
    ),
    "duration": (
        ("-", "timestamp", "timestamp", _SUM),
        ("+", "duration", "duration", _SUM),
        ("-", "duration", "duration", _SUM),
    ),
    "list": (),
}


class Writer:
    """`literals` are the values that int, double and string literals are taken from."""

    def __init__(
        self, draw: st.DrawFn, vocabulary: Vocabulary, literals: Mapping[str, Sequence[Value]]
    ) -> None:
        self.draw = draw
        self.literals = literals
        self.names = list(vocabulary)
        self.facts: dict[str, list[str]] = {cel: [] for cel in _BINARY}
        for name, kind in vocabulary.items():
            self.facts[_CEL[kind]].append(name)
        self._enclosing = 0

    def text(self, kind: str, depth: int) -> str:
        """A text of the CEL type `kind` whose operators nest at most `depth` deep."""
        return self._write(kind, depth)[0]

    def _write(self, kind: str, depth: int) -> _Text:
        branches = self._branches(kind, depth - 1) if depth > 0 and dice(self.draw, 3) else []
        makers = branches or self._leaves(kind)
        text, binding = pick(self.draw, makers)()
        if one_in(self.draw, 12):
            return f"({text})", _MEMBER
        return text, binding

    def _leaves(self, kind: str) -> list[Callable[[], _Text]]:
        names = self.facts[kind]
        makers: list[Callable[[], _Text]] = []
        if names:
            makers += 2 * [lambda: (pick(self.draw, names), _MEMBER)]
        if kind != "bool":
            return [lambda: self._literal(kind), *makers]
        if self.names:
            makers += [lambda: (f"has({pick(self.draw, self.names)})", _MEMBER)]
            makers += 3 * [lambda: self._comparison(0)]
        return makers or [lambda: (pick(self.draw, ("true", "false")), _MEMBER)]

    def _branches(self, kind: str, depth: int) -> list[Callable[[], _Text]]:
        makers: list[Callable[[], _Text]] = []
        if _BINARY[kind]:
            makers += 3 * [lambda: self._binary(*pick(self.draw, _BINARY[kind]), depth)]
        if kind in ("bool", "int", "double"):
            sign = "!" if kind == "bool" else "-"
            makers.append(lambda: self._prefix(sign, kind, depth))
        if kind == "bool":
            makers += 2 * [lambda: self._comparison(depth)]
            makers += [lambda: self._membership(depth), lambda: self._predicate(depth)]
            makers += 2 * [lambda: self._quantified(depth), lambda: self._derived(depth)]
        if kind == "int":
            makers += [lambda: self._size(depth), lambda: self._part(depth)]
        if kind in _CONVERTED:
            makers.append(lambda: self._conversion(kind, depth))
        if kind not in ("duration", "list"):
            makers.append(lambda: self._ternary(kind, depth))
        return makers

    def _literal(self, kind: str) -> _Text:
        match kind:
            case "int" | "double":
                text = repr(pick(self.draw, self.literals[kind]))
                if kind == "double" and "." not in text:
                    text = text.replace("e", ".0e")
                return text, _UNARY if text.startswith("-") else _MEMBER
            case "string":
                return self._word(), _MEMBER
            case "timestamp":
                return pick(self.draw, _CLOCKS), _MEMBER
            case "duration":
                return f'duration("{pick(self.draw, DURATIONS)}")', _MEMBER
        words = [self._word() for _ in range(1 + dice(self.draw, 3))]
        if set(words) == {_EMPTY}:  # no fact is the empty text: to ask for it alone is refused
            words.append(quoted("a"))
        return f"[{', '.join(words)}]", _MEMBER

    def _word(self) -> str:
        return quoted(str(pick(self.draw, self.literals["string"])))

    def _comparison(self, depth: int) -> _Text:
        kind = pick(self.draw, [k for k in _ORDERED if self.facts[k]] or _ORDERED)
        if depth and one_in(self.draw, 10):
            kind = pick(self.draw, ("bool", "duration"))
        other = kind
        if kind in ("int", "double") and one_in(self.draw, 4):
            other = "double" if kind == "int" else "int"
        return self._compared(self._write(kind, depth), self._write(other, depth), kind, other)

    def _derived(self, depth: int) -> _Text:
        """A part of a moment or a conversion, compared."""
        kind = pick(self.draw, ("part", "part", *_CONVERTED))
        if kind == "part":
            return self._compared(self._part(depth), self._write("int", 0), "int", "int")
        return self._compared(self._conversion(kind, depth), self._write(kind, depth), kind, kind)

    def _compared(self, first: _Text, second: _Text, kind: str, other: str) -> _Text:
        first, second = self._unlike(first, second, kind, other)
        operator = pick(self.draw, _RELATIONS)
        return f"{_inside(first, _RELATION)} {operator} {_inside(second, _SUM)}", _RELATION

    def _unlike(self, first: _Text, second: _Text, kind: str, other: str) -> tuple[_Text, _Text]:
        """The same, with a literal written as a sum where it might make a comparison never true."""
        texts = first[0].strip("()"), second[0].strip("()")
        literal = [bool(_LITERAL.fullmatch(text)) for text in texts]
        # As they are written: without its brackets, `f.size()` is no call.
        whole = first[0], second[0]
        fraught = kind != other or any(_LIMITED.search(t) or "92233" in t for t in whole)
        if sum(literal) != 1 or not (fraught or _EMPTY in texts):
            return first, second
        if literal[0]:
            return _as_sum(first, kind), second
        return first, _as_sum(second, other)

    def _membership(self, depth: int) -> _Text:
        kind = pick(self.draw, ("string", "string", "int", "double", "timestamp"))
        item = self._write(kind, depth)
        if kind == "int" and _LIMITED.search(item[0]):
            item = _as_sum(item, kind)
        return f"{_inside(item, _RELATION)} in {self._list_of(kind)}", _RELATION

    def _list_of(self, kind: str) -> str:
        if kind == "string":
            return _inside(self._write("list", 0), _SUM)
        listed = [self._write(kind, 0)[0] for _ in range(1 + dice(self.draw, 3))]
        return f"[{', '.join(listed)}]"

    def _quantified(self, depth: int) -> _Text:
        kind = pick(self.draw, ("string", "string", "int", "double", "timestamp"))
        over = self._list_of(kind)
        name = f"e{self._enclosing}"
        self._enclosing += 1
        # Twice, so that the condition is more often about it than not.
        self.facts[kind] += [name, name]
        body = self._write("bool", depth)[0]
        del self.facts[kind][-2:]
        self._enclosing -= 1
        macro = pick(self.draw, ("exists", "all", "exists", "all", "exists_one"))
        if not over.startswith("["):
            over = _inside((over, _MEMBER), _MEMBER)
        return f"{over}.{macro}({name}, {body})", _MEMBER

    def _part(self, depth: int) -> _Text:
        if one_in(self.draw, 4):
            span = _inside(self._write("duration", depth), _MEMBER)
            return f"{span}.{pick(self.draw, _SPANS)}()", _MEMBER
        moment = _inside(self._write("timestamp", depth), _MEMBER)
        zone = f'"{pick(self.draw, ZONES)}"'
        # Of a date, or of today, a part is only told in a zone.
        if moment.lstrip("(").startswith(("now", "timestamp")) and one_in(self.draw, 3):
            zone = ""
        return f"{moment}.{pick(self.draw, PARTS)}({zone})", _MEMBER

    def _conversion(self, kind: str, depth: int) -> _Text:
        source = pick(self.draw, _CONVERTED[kind])
        text = self._write(source, depth)
        if source == "string" and text[0].strip("()")[:1] in ('"', "'"):
            text = f'{_inside(text, _SUM)} + ""', _SUM  # a literal that is no number is refused
        return f"{kind}({text[0]})", _MEMBER

    def _predicate(self, depth: int) -> _Text:
        text = self._write("string", depth)
        name = pick(self.draw, ("contains", "startsWith", "endsWith", "matches"))
        if name != "matches":
            part = self._write("string", 0)[0]
            return f"{_inside(text, _MEMBER)}.{name}({part})", _MEMBER
        pattern = quoted(pick(self.draw, PATTERNS))
        if one_in(self.draw, 4):
            return f"matches({text[0]}, {pattern})", _MEMBER
        return f"{_inside(text, _MEMBER)}.matches({pattern})", _MEMBER

    def _size(self, depth: int) -> _Text:
        lists = self.facts["list"]
        sized = self._write("string", depth)
        if lists and one_in(self.draw, 2):
            sized = pick(self.draw, lists), _MEMBER
        if one_in(self.draw, 2):
            return f"{_inside(sized, _MEMBER)}.size()", _MEMBER
        return f"size({sized[0]})", _MEMBER

    def _ternary(self, kind: str, depth: int) -> _Text:
        condition = _inside(self._write("bool", depth), _OR)
        then = _inside(self._write(kind, depth), _OR)
        otherwise = _inside(self._write(kind, depth), _TERNARY)
        return f"{condition} ? {then} : {otherwise}", _TERNARY

    def _binary(self, operator: str, left: str, right: str, binding: int, depth: int) -> _Text:
        first = _inside(self._write(left, depth), binding)
        second = _inside(self._write(right, depth), binding + 1)
        return f"{first} {operator} {second}", binding

    def _prefix(self, sign: str, kind: str, depth: int) -> _Text:
        return f"{sign}{_inside(self._write(kind, depth), _MEMBER)}", _UNARY


def _as_sum(text: _Text, kind: str) -> _Text:
    nothing = {"int": "0", "double": "0.0"}.get(kind, '""')
    return f"{_inside(text, _SUM)} + {nothing}", _SUM


def quoted(text: str) -> str:
    """A CEL string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _inside(text: _Text, least: int) -> str:
    return text[0] if text[1] >= least else f"({text[0]})"
