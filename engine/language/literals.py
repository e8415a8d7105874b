"""Literals of CEL as values: texts with their escapes, durations, moments, patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import re2
from celpy.celtypes import DurationType
from lark import Token, Tree

from engine.language.expression import Expression, Literal

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Go's duration syntax, which CEL adopts: no days, no weeks, no spaces.
_DURATION = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(h|ms|us|m|s)((\d+(\.\d*)?|\.\d+)(h|ms|us|m|s))*")

_ESCAPE = re.compile(
    r"\\([0-7]{3}|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL
)
_SIMPLE_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "?": "?",
    '"': '"',
    "'": "'",
    "`": "`",
}
_QUIET = re2.Options()
_QUIET.log_errors = False


@dataclass
class Problem(Exception):
    """Something in a condition that is refused; `node` is where in the parsed text it stands."""

    code: str
    message: str
    node: Tree[Token] | Token | None
    hint: str = ""


def string_value(token: Token) -> str:
    """What a text literal says, escapes as CEL has them."""
    raw = token[0] in "rR"
    body = token[2:-1] if raw else token[1:-1]
    if raw or "\\" not in body:
        return body
    # cel-python keeps escapes that it does not know; CEL calls them errors.
    try:
        return _ESCAPE.sub(_unescape, body)
    except ValueError as error:
        raise Problem(
            "bad-text",
            "this text has an escape that CEL does not know",
            token,
            "write a backslash twice",
        ) from error


def _unescape(match: re.Match[str]) -> str:
    escape = match[1]
    if escape in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[escape]
    if len(escape) == 1:
        raise ValueError(escape)
    octal = escape.isdigit()
    code = int(escape, 8) if octal else int(escape[1:], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or (octal and code > 0o377):
        raise ValueError(escape)
    return chr(code)


def duration_value(text: str, node: Tree[Token]) -> int:
    """Microseconds of a duration like `1h30m`."""
    if not _DURATION.fullmatch(text):
        hint = 'days are written in hours: duration("72h")' if text.endswith("d") else ""
        raise Problem("bad-duration", "a duration is written like 72h, 30m or 1h30m", node, hint)
    try:
        return timedelta(seconds=DurationType(text).total_seconds()) // _MICROSECOND
    except (ValueError, OverflowError) as error:
        raise Problem("bad-duration", "this duration is too long", node) from error


def timestamp_value(text: str, node: Tree[Token]) -> int:
    """Microseconds since 1970 in UTC of an ISO 8601 moment with an offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(
            "bad-timestamp",
            "this is not a moment in time",
            node,
            'write timestamp("2026-03-01T00:00:00+01:00")',
        ) from error
    if moment.tzinfo is None:
        raise Problem(
            "bad-timestamp", "this moment has no time zone", node, "end it with Z or +01:00"
        )
    return (moment - _EPOCH) // _MICROSECOND


def check_pattern(pattern: Expression, node: Tree[Token]) -> None:
    """Refuse a pattern that is not written out, or that RE2 does not take."""
    if not isinstance(pattern, Literal):
        raise Problem("wrong-arguments", "matches() takes its pattern in quotes", node)
    try:
        re2.compile(str(pattern.value), _QUIET)
    except re2.error as error:
        raise Problem("bad-pattern", "this is no regular expression of RE2", node) from error
