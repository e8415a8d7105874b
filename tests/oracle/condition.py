"""What a condition says, three-valued: the Rust CEL computes, Kleene composes.

Absent and unknown facts are CEL errors. The tree of `syntax.py` composes `&&`, `||`, `!`, `?:`
and `has`; every strict operator is computed by the Rust CEL on plain values. Each answer is then
compared with the Rust CEL's own answer to the whole text (the first thousand of a text), and a difference that is none of the
deviations below raises `OracleDisagreesError`: the tree is checked by the very library it feeds.

Where the Rust CEL (common-expression-language 0.10) departs from google/cel-spec or from this
project's rules, and what is done here instead:

- `size` of a text counts bytes of UTF-8: counted in code points, by Python;
- `matches` is Rust's regex (`\\d`, `\\w`, `\\s`, `\\b` match all of Unicode): RE2 itself is asked;
  the global form `matches(text, pattern)` is missing;
- int against double compares after rounding the int to a double: compared exactly, by Python;
- the smallest int negated wraps to itself: it overflows, so unknown;
- `duration + timestamp` is missing: turned round;
- fractions in durations are rounded: `duration("1h1m1.001s")` lacks a nanosecond: read by Python;
- durations beyond the 292 years of 64 bits of nanoseconds are an error, so unknown;
- double arithmetic may give infinity or NaN (as cel-spec says; comparing NaN is then an error):
  here a result that is not finite is unknown;
- time zones are missing, and a duration's milliseconds are all of it: Python's calendar is asked,
  and held against Rust's where the zone is UTC;
- conversions from and to moments and durations are missing or written otherwise, and texts are
  read leniently: by Python; a failed one is reported as a fault of ours, so not compared;
- `exists` and `all` stop at the first error: Kleene's logic here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import cel

from tests.oracle.states import ABSENT, UNKNOWN, Fact, Mark, Value
from tests.oracle.strict import FOR_RUST, length_of, strict
from tests.oracle.syntax import (
    Apply,
    Has,
    Items,
    Literal,
    Name,
    Node,
    facts_of,
    parse,
    tokens_of,
)


class OracleDisagreesError(AssertionError):
    """The oracle's tree and the Rust CEL read one text differently: mend the oracle."""


class _Run:
    """One evaluation: what the names stand for, and whether a deviation was met on the way."""

    def __init__(self, facts: Mapping[str, Fact], now: datetime, today: datetime) -> None:
        self.facts = facts
        self.clocks = {"now": now, "today": today}
        self.elements: dict[str, Any] = {}
        self.deviates = False


_Compiled = Callable[[_Run], Value | None]

_FUNCTIONS = {f"{name}__": function for name, function in FOR_RUST.items()}
_AGREEMENTS = 1000
"""After so many different inputs a text counts as read rightly: the check is half the time."""

_QUANTIFIERS = ("exists", "all", "exists_one")


class Expression:
    """One CEL text, compiled; `facts` are the names it reads, sorted."""

    def __init__(self, text: str) -> None:
        self.text = text
        tree = parse(text)
        self.facts = tuple(sorted(facts_of(tree)))
        self._tree = _compile(tree)
        self._agreed = 0
        self._whole = cel.compile(_for_rust(text))
        self._calls = set(_FUNCTIONS) & set(self._whole.functions())

    def value(self, facts: Mapping[str, Fact], now: datetime, today: datetime) -> Value | None:
        """What the text is worth, None for unknown. `facts` must hold every fact it reads."""
        run = _Run(facts, now, today)
        composed = self._tree(run)
        if run.deviates or self._agreed == _AGREEMENTS:
            return composed
        whole = self._ask_whole(run)
        if type(whole) is not type(composed) or whole != composed:
            raise OracleDisagreesError(f"{self.text}: {composed!r} here, {whole!r} in Rust")
        self._agreed += 1
        return composed

    def _ask_whole(self, run: _Run) -> Value | None:
        """The Rust CEL's answer to the text as it stands, None where it reports an error."""
        names: dict[str, Any] = {**run.clocks, "has__": {}}
        for path in self.facts:
            fact = run.facts[path]
            source, field = path.split(".", 1)
            fields = names.setdefault(source, {})
            if fact is not UNKNOWN:
                names["has__"][f"{source}__{field}"] = fact is not ABSENT
            if not isinstance(fact, Mark):
                fields[field] = _out(_plain(fact))
        context = cel.Context(variables=names, functions=_FUNCTIONS) if self._calls else names
        try:
            answer = self._whole.execute(context)
        except (KeyError, OverflowError, ZeroDivisionError):
            return None
        return tuple(answer) if isinstance(answer, list) else answer


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """The compiled text, shared between all that ask for the same one."""
    return Expression(text)


def evaluate(text: str, facts: Mapping[str, Fact], now: datetime, today: datetime) -> bool | None:
    """Whether a condition holds: True, False, or None for unknown.

    `facts` maps every fact the text reads to a value (lists as tuples, timestamps aware), ABSENT
    or UNKNOWN; a missing name is a KeyError. `now` and `today` are aware.
    """
    result = value(text, facts, now, today)
    if result is not None and not isinstance(result, bool):
        raise TypeError(f"{text} is no condition")
    return result


def value(text: str, facts: Mapping[str, Fact], now: datetime, today: datetime) -> Value | None:
    """What a value expression (a limit, an order) is worth, None for unknown; else as `evaluate`."""
    return expression(text).value(facts, now, today)


def _compile(node: Node, bound: frozenset[str] = frozenset()) -> _Compiled:
    def inner(*nodes: Node) -> tuple[_Compiled, ...]:
        return tuple(_compile(n, bound) for n in nodes)

    match node:
        case Literal(constant):
            return lambda run: constant
        case Name(path) if path in bound:
            return lambda run: run.elements[path]
        case Name(("now" | "today") as clock):
            return lambda run: run.clocks[clock]
        case Name(path):
            return lambda run: None if (f := run.facts[path]) in (ABSENT, UNKNOWN) else _plain(f)
        case Has(path):
            return lambda run: None if (f := run.facts[path]) is UNKNOWN else f is not ABSENT
        case Items(nodes):
            return _list(inner(*nodes))
        case Apply("duration", (Literal(str(text)),)):
            length = length_of(text)
            return lambda run: length
        case Apply("duration", (other,)):
            return _compile(other, bound)
        case Apply(name, (over, Name(variable), body)) if name in _QUANTIFIERS:
            return _quantified(
                name, _compile(over, bound), variable, _compile(body, bound | {variable})
            )
        case Apply(name, nodes):
            return _apply(name, inner(*nodes))
    raise TypeError(node)


def _plain(fact: Fact) -> Value:
    assert not isinstance(fact, Mark)
    return fact.astimezone(UTC) if isinstance(fact, datetime) else fact


def _list(items: tuple[_Compiled, ...]) -> _Compiled:
    def build(run: _Run) -> Value | None:
        values: list[Any] = [item(run) for item in items]
        return None if any(v is None for v in values) else tuple(values)

    return build


def _quantified(name: str, over: _Compiled, variable: str, body: _Compiled) -> _Compiled:
    def ask(run: _Run) -> Value | None:
        items: Any = over(run)
        if items is None:
            return None
        answers: list[Value | None] = []
        for item in items:
            run.elements[variable] = item
            answers.append(body(run))
        run.deviates |= None in answers
        decides = {"exists": True, "all": False}.get(name)
        if decides is not None and decides in answers:
            return decides
        if None in answers:
            return None
        return answers.count(True) == 1 if decides is None else not decides

    return ask


def _apply(name: str, operands: tuple[_Compiled, ...]) -> _Compiled:
    if name == "?:":
        condition, then, otherwise = operands
        return lambda run: (
            None if (c := condition(run)) is None else then(run) if c else otherwise(run)
        )
    if name in ("&&", "||"):
        left, right = operands
        deciding = name == "||"

        def connect(run: _Run) -> Value | None:
            a, b = left(run), right(run)
            if a is deciding or b is deciding:
                return deciding
            return None if a is None or b is None else not deciding

        return connect
    if name == "!":
        (operand,) = operands
        return lambda run: None if (v := operand(run)) is None else not v

    def apply(run: _Run) -> Value | None:
        values: list[Any] = [o(run) for o in operands]
        return None if any(v is None for v in values) else strict(name, values, run)

    return apply


def _out(item: Any) -> Any:
    return list(item) if isinstance(item, tuple) else item


def _for_rust(text: str) -> str:
    """The same text for the Rust CEL, with `has` and our own functions turned to names of ours."""
    tokens = tokens_of(text)
    written, position = [], 0
    for i, token in enumerate(tokens):
        called = token.kind == "name" and i + 1 < len(tokens) and tokens[i + 1].text == "("
        if called and token.text == "has":
            closing = next(t for t in tokens[i:] if t.text == ")")
            path = "".join(t.text for t in tokens[i + 2 : tokens.index(closing)])
            written += [text[position : token.start], f"has__.{path.replace('.', '__')}"]
            position = closing.end
        elif called and token.text in FOR_RUST:
            written += [text[position : token.start], f"{token.text}__"]
            position = token.end
    return "".join([*written, text[position:]])
