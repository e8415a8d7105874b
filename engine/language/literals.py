"""Literals of CEL as values: texts with their escapes, durations, moments, patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import isfinite
from zoneinfo import ZoneInfo, available_timezones

import re2
from lark import Token, Tree

from engine.language.expression import Expression, Literal
from engine.language.vocabulary import did_you_mean

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Go's duration syntax, which CEL adopts: no days, no weeks, no spaces.
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|us|ns|m|s)")
_DURATION = re.compile(rf"[+-]?(?:{_PART.pattern})+")
_LONG = re.compile(
    r"([0-9]{1,4}) *(d|w|y|days?|weeks?|mo|months?|years?)", re.IGNORECASE | re.ASCII
)
_UNITS = {
    "h": Fraction(3_600_000_000),
    "m": Fraction(60_000_000),
    "s": Fraction(1_000_000),
    "ms": Fraction(1000),
    "us": Fraction(1),
    "ns": Fraction(1, 1000),
}
MOMENT_LIMITS = (-62_135_596_800_000_000, 253_402_300_799_999_999)
"""Microseconds since 1970: CEL's moments lie in the years 1 to 9999, in UTC."""
LONGEST_DURATION = (2**63 - 1) // 1000
"""Microseconds; CEL's durations are 64 bits of nanoseconds, which is 292 years."""
_LONGEST_TEXT = 100

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?P<clock>T[0-9]{2}:[0-9]{2}:[0-9]{2}(?P<fraction>\.[0-9]+)?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-5][0-9])?"
)
_OFFSET = re.compile(r"[+-]([0-9]{2}):([0-5][0-9])")
_WIDEST_OFFSET = 18 * 60
# Names as the IANA's database has them; the machine's own names (localtime) mean another zone
# elsewhere.
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")

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


def _in_hours(text: str) -> str:
    """How a length is written that somebody gave in days, weeks, months or years."""
    match = _LONG.fullmatch(text.strip())
    if match is None:
        return 'days are written in hours: duration("72h")' if text.endswith("d") else ""
    number, unit = int(match[1]), match[2].lower().removesuffix("s")
    if unit in ("d", "day", "w", "week"):
        days = number * (7 if unit[0] == "w" else 1)
        return f'days are written in hours: duration("{days * 24}h")'
    unit = "month" if unit[0] == "m" else "year"
    days = number * 30 if unit == "month" else round(number * 365.25)
    return f'a {unit} has no fixed length; {days} days are duration("{days * 24}h")'


def duration_value(text: str, node: Tree[Token]) -> int:
    """Microseconds of a duration like `1h30m`."""
    if text == "0":
        return 0
    if not _DURATION.fullmatch(text):
        message = "a duration is written like 72h, 30m or 1h30m"
        raise Problem("bad-duration", message, node, _in_hours(text))
    if len(text) > _LONGEST_TEXT:
        raise Problem("bad-duration", "this duration is too long", node)
    length = sum((Fraction(n) * _UNITS[unit] for n, unit in _PART.findall(text)), Fraction())
    if length.denominator != 1:
        raise Problem("bad-duration", "durations are counted in whole microseconds", node)
    if length > LONGEST_DURATION:
        raise Problem(
            "bad-duration", "this duration is too long", node, "CEL's durations end at 292 years"
        )
    return -int(length) if text.startswith("-") else int(length)


def timestamp_value(text: str, node: Tree[Token]) -> int:
    """Microseconds since 1970 in UTC of a moment as RFC 3339 writes it."""
    example = 'write timestamp("2026-03-01T00:00:00+01:00")'
    match = _MOMENT.fullmatch(text)
    if match is None or not match["clock"]:
        raise Problem("bad-timestamp", "this is not a moment in time", node, example)
    if not match["zone"]:
        raise Problem(
            "bad-timestamp", "this moment has no time zone", node, "end it with Z or +01:00"
        )
    if (match["fraction"] or "")[7:].strip("0"):
        raise Problem("bad-timestamp", "moments are counted in whole microseconds", node)
    try:
        value = (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except ValueError as error:
        raise Problem("bad-timestamp", "this is not a moment in time", node, example) from error
    if not MOMENT_LIMITS[0] <= value <= MOMENT_LIMITS[1]:
        raise Problem("bad-timestamp", "moments lie in the years 1 to 9999", node)
    return value


def zone_value(text: str, node: Tree[Token]) -> str:
    """A time zone: a name like `Europe/Rome`, or an offset like `+01:00`."""
    if offset := _OFFSET.fullmatch(text):
        if int(offset[1]) * 60 + int(offset[2]) <= _WIDEST_OFFSET:
            return text
    elif _ZONE.fullmatch(text):
        try:
            return ZoneInfo(text).key
        except (KeyError, ValueError, OSError):
            pass
    hint = "write one like Europe/Rome, or an offset like +01:00"
    if _OFFSET.fullmatch(f"+{text}"):
        hint = f"write +{text} or -{text}"
    hint = did_you_mean(text, available_timezones()) or hint
    raise Problem("bad-zone", "this is no time zone", node, hint)


def converted(function: str, text: str) -> bool:
    """Whether `int()` or `double()` can make a number of this very text.

    >>> converted("int", "12"), converted("int", "1.5"), converted("double", "1.5")
    (True, False, True)
    """
    if function == "int":
        limit = 2**63
        return bool(_WHOLE.fullmatch(text)) and len(text) < 40 and -limit <= int(text) < limit
    return bool(_NUMBER.fullmatch(text)) and isfinite(float(text))


def check_pattern(pattern: Expression, node: Tree[Token]) -> None:
    """Refuse a pattern that is not written out, or that RE2 does not take."""
    if not isinstance(pattern, Literal):
        raise Problem("wrong-arguments", "matches() takes its pattern in quotes", node)
    try:
        compiled = re2.compile(str(pattern.value), _QUIET)
    except re2.error as error:
        raise Problem("bad-pattern", "this is no regular expression of RE2", node) from error
    if compiled.groupindex and "(?<" in str(pattern.value):
        # Newer releases of RE2 take it; backends have older ones, which fail when they run.
        message = "not every RE2 knows a group that is named with (?<"
        raise Problem("bad-pattern", message, node, "a group needs no name: write (…)")
