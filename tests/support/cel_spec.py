"""Reads the tests of google/cel-spec (Protocol Buffers in text) from a checkout of it.

Only what those files use: messages, strings put together from pieces, bare words and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Message: TypeAlias = list[tuple[str, Any]]
"""Fields in order, repeated ones several times; a field is a Message or a text."""

_TOKEN = re.compile(
    r"""\s+ | \#[^\n]*
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<word>\[[^\]]*\]|[^\s{}:,;"'\[\]\#]+)
      | (?P<mark>[{}:,;])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")
_SIMPLE = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))


@dataclass(frozen=True)
class SpecCase:
    """One test: `expected` is the kind of answer and the answer as it is written."""

    file: str
    section: str
    name: str
    text: str
    expected: tuple[str, Any]
    plain: bool
    """Whether it is an expression alone, without variables or messages around it."""

    @property
    def id(self) -> str:
        return f"{self.file}/{self.section}/{self.name}"


def spec_cases(checkout: Path) -> Iterator[SpecCase]:
    """Every test there is, in order."""
    for path in sorted((checkout / "tests" / "simple" / "testdata").glob("*.textproto")):
        for key, section in _message(iter(_tokens(path.read_text("utf-8")))):
            if key != "section":
                continue
            title = dict(section)["name"]
            yield from (_case(path.stem, title, test) for k, test in section if k == "test")


def _case(file: str, section: str, test: Message) -> SpecCase:
    fields = dict(test)
    plain = not {"bindings", "type_env", "container"} & set(fields)
    return SpecCase(file, section, fields["name"], fields["expr"], _expected(fields), plain)


def _expected(fields: dict[str, Any]) -> tuple[str, Any]:
    if {"eval_error", "any_eval_errors", "unknown", "any_unknowns"} & set(fields):
        return "error", None
    value = fields.get("value", dict(fields.get("typed_result", [])).get("result"))
    if value is None:
        return "bool_value", "true"  # what cel-spec's simple.proto says of a test without one
    kind, content = value[0] if value else ("nothing", None)
    return kind, content


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"cannot read {text[position : position + 40]!r}")
        position = match.end()
        if match.lastgroup == "string":
            piece = _unquoted(match[0])
            if found and found[-1][0] == "string":
                piece = found.pop()[1] + piece
            found.append(("string", piece))
        elif match.lastgroup is not None:
            found.append((match.lastgroup, match[0]))
    return found


def _message(tokens: Iterator[tuple[str, str]]) -> Message:
    fields: Message = []
    for kind, name in tokens:
        if kind == "mark":
            if name == "}":
                return fields
            continue
        field = next(tokens)
        if field == ("mark", ":"):
            field = next(tokens)
        fields.append((name, _message(tokens) if field == ("mark", "{") else field[1]))
    return fields


def _unquoted(written: str) -> str:
    def plain(match: re.Match[bytes]) -> bytes:
        escape = match[1]
        if escape[:1].isdigit():
            return bytes([int(escape, 8) & 0xFF])
        if escape[:1] == b"x":
            return bytes([int(escape[1:], 16)])
        if len(escape) > 1:
            return chr(int(escape[1:], 16)).encode("utf-8", "replace")
        return bytes([_SIMPLE.get(escape[0], escape[0])])

    return _ESCAPE.sub(plain, written[1:-1].encode()).decode("utf-8", "replace")
