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
- durations beyond 292 years are silently cut to 292 years: read by Python;
- durations beyond the ±315,576,000,000 seconds of protobuf's Duration are an error, so unknown;
- double arithmetic may give infinity or NaN (as cel-spec says; comparing NaN is then an error):
  here a result that is not finite is unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import cel
import re2

from tests.oracle.states import ABSENT, UNKNOWN, Fact, Mark, Value
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


@lru_cache(maxsize=256)
def _pattern(text: str) -> Any:
    return re2.compile(text)


class OracleDisagreesError(AssertionError):
    """The oracle's tree and the Rust CEL read one text differently: mend the oracle."""


class _Run:
    """One evaluation: what the names stand for, and whether a deviation was met on the way."""

    def __init__(self, facts: Mapping[str, Fact], now: datetime, today: datetime) -> None:
        self.facts = facts
        self.clocks = {"now": now, "today": today}
        self.deviates = False


_Compiled = Callable[[_Run], Value | None]

_STRICT = {
    name: cel.compile(f"a {name} b")
    for name in ("==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%")
} | {name: cel.compile(f"a.{name}(b)") for name in ("contains", "startsWith", "endsWith")}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "size__": len,
    "matches__": lambda text, pattern: _pattern(pattern).search(text) is not None,
}
_AGREEMENTS = 1000
"""After so many different inputs a text counts as read rightly: the check is half the time."""

_NEGATE = cel.compile("-a")
_TIMESTAMP = cel.compile("timestamp(a)")
_UNITS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1000, "us": 1}
_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|m|s)")
_LONGEST_IN_RUST = timedelta(microseconds=2**63 // 1000 - 1)
_LONGEST = timedelta(seconds=315_576_000_000)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Expression:
    """One CEL text, compiled; `facts` are the names it reads, sorted."""

    def __init__(self, text: str) -> None:
        self.text = text
        tree = parse(text)
        self.facts = tuple(sorted(facts_of(tree)))
        self._tree = _compile(tree)
        self._agreed = 0
        self._whole = cel.compile(_for_rust(text))
        self._calls = {"size__", "matches__"} & set(self._whole.functions())

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


def _compile(node: Node) -> _Compiled:
    match node:
        case Literal(constant):
            return lambda run: constant
        case Name(("now" | "today") as clock):
            return lambda run: run.clocks[clock]
        case Name(path):
            return lambda run: None if (f := run.facts[path]) in (ABSENT, UNKNOWN) else _plain(f)
        case Has(path):
            return lambda run: None if (f := run.facts[path]) is UNKNOWN else f is not ABSENT
        case Items(nodes):
            return _list(tuple(map(_compile, nodes)))
        case Apply(("timestamp" | "duration") as kind, (Literal(str(text)),)):
            return _moment(kind, text)
        case Apply(name, nodes):
            return _apply(name, tuple(map(_compile, nodes)))
    raise TypeError(node)


def _plain(fact: Fact) -> Value:
    assert not isinstance(fact, Mark)
    return fact.astimezone(UTC) if isinstance(fact, datetime) else fact


def _list(items: tuple[_Compiled, ...]) -> _Compiled:
    def build(run: _Run) -> Value | None:
        values: list[Any] = [item(run) for item in items]
        return None if any(v is None for v in values) else tuple(values)

    return build


def _moment(kind: str, text: str) -> _Compiled:
    if kind == "timestamp":
        moment: Value = _TIMESTAMP.execute({"a": text})
        return lambda run: moment
    length = _duration(text)

    def duration(run: _Run) -> Value:
        run.deviates |= abs(length) > _LONGEST_IN_RUST
        return length

    return duration


def _duration(text: str) -> timedelta:
    body = text.lstrip("+-")
    if len(text) - len(body) > 1 or not re.fullmatch(rf"({_DURATION_PART.pattern})+", body):
        raise ValueError(f"{text!r} is no duration")
    length = sum(float(n) * _UNITS[unit] for n, unit in _DURATION_PART.findall(body))
    return timedelta(microseconds=-length if text.startswith("-") else length)


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

    def strict(run: _Run) -> Value | None:
        values: list[Any] = [o(run) for o in operands]
        return None if any(v is None for v in values) else _strict(name, values, run)

    return strict


def _strict(name: str, values: list[Any], run: _Run) -> Value | None:
    if name == "size":
        return len(values[0])
    if name == "matches":
        return _pattern(values[1]).search(values[0]) is not None
    if name == "negate":
        if values[0] == -(2**63) and isinstance(values[0], int):
            run.deviates = True
            return None
        return _rust(_NEGATE, {"a": values[0]}, run)
    left, right = values
    if name == "+" and isinstance(left, timedelta) and isinstance(right, datetime):
        run.deviates = True
        left, right = right, left
    names = {"a": _out(left), "b": _out(right)}
    answer = _rust(_STRICT[name], names, run)
    if name == "in" and any(_mixed(left, item) for item in right):
        exact = left in right
    elif name in _COMPARE and _mixed(left, right):
        exact = _COMPARE[name](left, right)
    else:
        return answer
    run.deviates |= exact is not answer
    return exact


def _mixed(left: object, right: object) -> bool:
    return {type(left), type(right)} == {int, float}


def _rust(program: cel.Program, names: dict[str, Any], run: _Run) -> Value | None:
    """The Rust CEL's answer; None where CEL says error. A type error is a fault of ours: raised."""
    try:
        answer: Value = program.execute(names)
    except (OverflowError, ZeroDivisionError):
        return None
    if (isinstance(answer, float) and not math.isfinite(answer)) or (
        isinstance(answer, timedelta) and abs(answer) > _LONGEST
    ):
        run.deviates = True
        return None
    return answer


def _out(item: Any) -> Any:
    return list(item) if isinstance(item, tuple) else item


def _for_rust(text: str) -> str:
    """The same text for the Rust CEL, with `has`, `size` and `matches` turned to names of ours."""
    tokens = tokens_of(text)
    written, position = [], 0
    for i, token in enumerate(tokens):
        called = token.kind == "name" and i + 1 < len(tokens) and tokens[i + 1].text == "("
        if called and token.text == "has":
            closing = next(t for t in tokens[i:] if t.text == ")")
            path = "".join(t.text for t in tokens[i + 2 : tokens.index(closing)])
            written += [text[position : token.start], f"has__.{path.replace('.', '__')}"]
            position = closing.end
        elif called and token.text in ("size", "matches"):
            written += [text[position : token.start], f"{token.text}__"]
            position = token.end
    return "".join([*written, text[position:]])
