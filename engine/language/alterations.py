"""The text of a condition → texts that differ by one small mistake, for the mutation check.

Works on the words of the text, so that what comes out reads as its author wrote it, and knows of
no function: whatever is no condition any more is refused by whoever parses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_WORD = re.compile(
    r"""
      (?P<text>[bB]?[rR][bB]?"[^"]*" | [bB]?[rR][bB]?'[^']*'
             | [bB]?"(?:\\.|[^"\\])*" | [bB]?'(?:\\.|[^'\\])*')
    | (?P<number>0[xX][0-9a-fA-F]+ | [0-9]+\.[0-9]+(?![0-9eE]) | [0-9]+(?![0-9.eExXuU]))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<mark>&&|\|\||[<>=!]=|[^\s])
    | (?P<space>\s+)
    """,
    re.VERBOSE | re.DOTALL,
)
_FLIPS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
}
_SWAPS = {"&&": "||", "||": "&&", "+": "-", "-": "+", "*": "/", "/": "*"}
_DECIDING = frozenset({*_FLIPS, "in", "!"})
_MACROS = {"exists": "all", "all": "exists"}
_ENDS_A_VALUE = (")", "]")
_OPENING, _CLOSING = "([{", ")]}"
_SPAN = re.compile(r"([0-9]+)(h|m|s|ms|us|ns)")
_LARGER = {"h": 24, "m": 60, "s": 60, "ms": 1000, "us": 1000, "ns": 1000}


@dataclass(frozen=True)
class Altered:
    """A changed text, and which kind of test would notice the change."""

    text: str
    hint: str


@dataclass(frozen=True)
class _Word:
    kind: str
    text: str
    start: int
    end: int


_Run = Sequence[_Word]


def alterations(text: str) -> list[Altered]:
    """Every text that one small change makes of a condition or expression, each once.

    Comparisons flipped, numbers and durations moved by one step, parts of `&&` and `||` and
    elements of lists left out, `&&` and `||`, `+` and `-`, `*` and `/`, `exists` and `all`
    swapped, `!` left out, the whole negated.

    >>> [a.text for a in alterations("a.b < 3")]
    ['a.b <= 3', 'a.b >= 3', 'a.b < 2', 'a.b < 4']
    """
    words = _words(text)
    found: dict[str, Altered] = {}
    for altered in (*_of_words(text, words), *_of_parts(text, words), *_negated(text, words)):
        if altered.text != text:
            found.setdefault(altered.text, altered)
    return list(found.values())


def _words(text: str) -> list[_Word]:
    return [
        _Word(str(m.lastgroup), m.group(), m.start(), m.end())
        for m in _WORD.finditer(text)
        if m.lastgroup != "space"
    ]


def _of_words(text: str, words: _Run) -> Iterator[Altered]:
    """One word replaced by another."""
    for i, word in enumerate(words):
        around = _around(text, words, word)
        before = words[i - 1] if i else None
        if word.text in _FLIPS:
            edge, *opposite = _FLIPS[word.text]
            equal = "the two sides are equal" if opposite else "this alone decides"
            yield _put(text, word, edge, f"add a test where {equal}: `{around}`")
            for other in opposite:
                hint = f"add a test that turns on `{around}` alone"
                yield _put(text, word, other, hint)
        elif word.text in ("&&", "||"):
            hint = "add a test where one side of it is true and the other false"
            yield _put(text, word, _SWAPS[word.text], f"{hint}: `{around}`")
        elif word.text in _SWAPS and _is_value(before):
            yield _put(text, word, _SWAPS[word.text], f"add a test near the bound of `{around}`")
        elif word.text in _MACROS and before is not None and before.text == ".":
            hint = "add a test where it is true of some and not of all"
            yield _put(text, word, _MACROS[word.text], f"{hint}: `{around}`")
        elif word.text == "!":
            yield _put(text, word, "", f"add a test that turns on `{around}` alone")
        elif word.kind == "number":
            for moved in _moved_number(word.text):
                yield _put(text, word, moved, f"add a test at the very bound of `{around}`")
        elif word.kind == "text" and i > 1 and words[i - 1].text == "(":
            for moved in _moved_span(words[i - 2].text, word.text):
                yield _put(text, word, moved, f"add a test at the very bound of `{around}`")


def _put(text: str, word: _Word, other: str, hint: str) -> Altered:
    return Altered(text[: word.start] + other + text[word.end :], hint)


def _is_value(word: _Word | None) -> bool:
    return word is not None and (word.kind != "mark" or word.text in _ENDS_A_VALUE)


def _moved_number(number: str) -> Iterator[str]:
    """One less and one more, in the last place that is written."""
    if number[:2] in ("0x", "0X"):
        return
    _, _, places = number.partition(".")
    step = 10 ** len(places)
    value = int(number.replace(".", ""))
    for moved in (value - 1, value + 1):
        sign, digits = ("-" if moved < 0 else ""), abs(moved)
        fraction = f".{digits % step:0{len(places)}}" if places else ""
        yield f"{sign}{digits // step}{fraction}"


def _moved_span(function: str, quoted: str) -> Iterator[str]:
    """A duration by a day, an hour or whatever unit it is whole in; a moment by a day."""
    quote, inner = quoted[0], quoted[1:-1]
    match = _SPAN.fullmatch(inner)
    if function == "duration" and match:
        number, unit = int(match[1]), match[2]
        step = _LARGER[unit] if number and number % _LARGER[unit] == 0 else 1
        for moved in (number - step, number + step):
            yield f"{quote}{moved}{unit}{quote}"
    if function == "timestamp":
        try:
            moment = datetime.fromisoformat(inner.upper().replace("Z", "+00:00"))
            days = [moment - timedelta(days=1), moment + timedelta(days=1)]
        except (ValueError, OverflowError):
            return
        for day in days:
            yield f"{quote}{day.isoformat()}{quote}"


def _scopes(words: _Run) -> Iterator[tuple[str, list[_Word]]]:
    """What stands between the same brackets, without what further brackets hold."""
    open_: list[tuple[str, list[_Word]]] = [("", [])]
    for word in words:
        if word.kind == "mark" and word.text in _OPENING:
            open_[-1][1].append(word)
            before = open_[-1][1][-2:-1]
            called = bool(before) and before[0].kind == "name" and before[0].text != "in"
            open_.append((word.text if not called else "call", []))
        elif word.kind == "mark" and word.text in _CLOSING:
            if len(open_) > 1:
                yield open_.pop()
            open_[-1][1].append(word)
        else:
            open_[-1][1].append(word)
    yield from reversed(open_)


def _split(run: _Run, marks: Sequence[str]) -> list[_Run]:
    parts: list[list[_Word]] = [[]]
    for word in run:
        if word.kind == "mark" and word.text in marks:
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]


def _joined(words: _Run) -> Iterator[tuple[str, list[_Run]]]:
    """What `||` or `&&` or the commas of a list join, with the mark that joins them."""
    for opened, scope in _scopes(words):
        if opened == "[":
            yield ",", _split(scope, (",",))
        for run in _split(scope, (",", "?", ":")):
            either = _split(run, ("||",))
            yield "||", either
            for one in either:
                yield "&&", _split(one, ("&&",))


def _of_parts(text: str, words: _Run) -> Iterator[Altered]:
    """One of several that are joined, left out."""
    for mark, parts in _joined(words):
        if len(parts) < 2:
            continue
        for i, part in enumerate(parts):
            start, end = _span(part)
            if i + 1 < len(parts):
                cut = (start, _span(parts[i + 1])[0])
            else:
                cut = (_span(parts[i - 1])[1], end)
            left = text[start:end]
            hint = f"add a test where `{left}` alone decides"
            if mark == ",":
                hint = f"add a test with `{left}`"
            yield Altered(text[: cut[0]] + text[cut[1] :], hint)


def _span(run: _Run) -> tuple[int, int]:
    return run[0].start, run[-1].end


def _around(text: str, words: _Run, word: _Word) -> str:
    """The smallest part of the condition, of those that `&&` and `||` join, that has the word and
    decides something.
    """
    parts = [p for mark, joined in _joined(words) if mark == "&&" for p in joined]
    holding = [p for p in parts if p[0].start <= word.start and word.end <= p[-1].end]
    deciding = [p for p in holding if any(w.text in _DECIDING for w in p)] or holding
    start, end = min(map(_span, deciding), key=lambda s: s[1] - s[0], default=(0, len(text)))
    return text[start:end]


def _negated(text: str, words: _Run) -> Iterator[Altered]:
    """The whole negated, unless another alteration comes to the same."""
    top = next(scope for opened, scope in reversed(list(_scopes(words))) if not opened)
    marks = [word.text for word in top if word.kind == "mark"]
    several = "&&" in marks or "||" in marks or "?" in marks
    compared = sum(mark in _FLIPS for mark in marks) == 1
    if several or not (compared or marks[:1] == ["!"]):
        yield Altered(f"!({text})", "no test notices what it says: name the rule in `expect`")
