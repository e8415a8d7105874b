"""What a word without quotes means: a text, a number, a date, yes or no; or a trap of YAML.

A trap is what YAML 1.1, YAML 1.2 and a person would not all read alike. It is refused with what
would have been read, and with what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml

_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)\.[0-9]+")
# Whatever YAML 1.1 or 1.2 takes for a number, and what looks like one beside it (09:30, 0o7, 089).
_ANY_NUMBER = re.compile(
    r"[-+]?(0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+"
    r"|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?"
    r"|\.(inf|Inf|INF|nan|NaN|NAN))"
)
_ANY_MOMENT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(([Tt]|[ \t]+)(?P<clock>[0-9]{1,2}:[0-9:]+(\.[0-9]*)?)"
    r"([ \t]*(?P<offset>[Zz]|[-+][0-9:]+))?)?"
)
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None}
_TRAPS = re.compile(r"(yes|no|on|off|y|n|true|false|null)", re.IGNORECASE)
_FALSE = frozenset({"no", "off", "n", "false"})
_LONGEST_NUMBER = 40
_MONTHS = 12
_DAY_OF_A_YEAR = re.compile(
    r"(?:(?P<first>\d{4})[-/.])?(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})"
    r"(?(first)|[-/.](?P<last>\d{4}))(?=$|[T ])",
    re.ASCII,
)
_WRONG = {
    "month": "there is no such month",
    "day": "that month has no such day",
    "year": "there is no such year",
    "hour": "there is no such hour",
    "minute": "there is no such minute",
    "second": "there is no such second",
}


@dataclass(frozen=True)
class Trap:
    """Why a plain word is refused."""

    code: str
    message: str
    hint: str


def read_plain(text: str) -> Any:
    """The value of a plain scalar, or a Trap.

    >>> read_plain("0.5"), read_plain("2026-03-31"), read_plain("candidate.age > 17")
    (0.5, datetime.date(2026, 3, 31), 'candidate.age > 17')
    >>> read_plain("012").message
    '`012` is 10 to YAML'
    """
    if text in _WORDS:
        return _WORDS[text]
    if _TRAPS.fullmatch(text):
        return _word(text)
    # Most texts are settled by their first letter.
    if not text or text[0] not in "+-.0123456789":
        return text
    if _ANY_NUMBER.fullmatch(text):
        return _number(text)
    moment = _ANY_MOMENT.fullmatch(text)
    return text if moment is None else _moment(text, moment)


def iso_date(text: str) -> str:
    """The day that a person means by a date of their country, as YAML has it; "" if not sure.

    >>> iso_date("31/12/2026"), iso_date("2026-31-12"), iso_date("2026-12-31T10:00:00+01:00")
    ('2026-12-31', '2026-12-31', '2026-12-31')
    >>> iso_date("03/04/2026"), iso_date("31/02/2026")
    ('', '')
    """
    match = _DAY_OF_A_YEAR.match(text.strip())
    if match is None:
        return ""
    year = int(match["last"] or match["first"])
    one, two = int(match["one"]), int(match["two"])
    # Behind a year stands the month; before it, only a day above twelve is told from one.
    ways = [(one, two), (two, one)] if match["last"] or one > _MONTHS else [(one, two)]
    found = {day for month, number in ways if (day := _day(year, month, number))}
    return found.pop().isoformat() if len(found) == 1 else ""


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _word(text: str) -> Trap:
    word = text.lower()
    if word == "null":
        return Trap(
            "yaml-word",
            f"`{text}` is nothing at all to YAML",
            f'write null in small letters, or "{text}" in quotes if it is a text',
        )
    value = "false" if word in _FALSE else "true"
    return Trap(
        "yaml-word",
        f"`{text}` is {value} to YAML",
        f'write "{text}" in quotes if it is a text, {value} if it is none',
    )


def _number(text: str) -> Any:
    short = text[:_LONGEST_NUMBER]
    if text == short:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text):
            return float(text)
    else:
        message, hint = f"`{short}…` is too long for a number", "put it in quotes if it is a text"
        return Trap("yaml-number", message, hint)
    plain = _plainly(text)
    hint = f'write "{text}" in quotes if it is a text'
    return Trap(
        "yaml-number",
        f"`{text}` {_to_yaml(text)}",
        f"{hint}, {plain} if it is a number" if plain else hint,
    )


def _to_yaml(text: str) -> str:
    try:
        value = yaml.safe_load(text)
    except ValueError:
        value = text
    if isinstance(value, str):
        return "is a number to some programs and a text to others"
    if value == _decimal(text):
        return "is not how a number is written here"
    return f"is {value} to YAML"


def _decimal(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _plainly(text: str) -> str:
    """The number that a person means by it, in plain digits; "" where nobody can tell."""
    value = _decimal(text.replace("_", ""))
    if value is None or abs(value) >= 1e15 or value != value:
        return ""
    if value == int(value):
        return str(int(value))
    plain = repr(value)
    return plain if _NUMBER.fullmatch(plain) else ""


def _moment(text: str, match: re.Match[str]) -> Any:
    year, month, day = match["year"], match["month"].zfill(2), match["day"].zfill(2)
    clock, offset = match["clock"], match["offset"] or ""
    try:
        if clock is None:
            found: date = date(int(year), int(month), int(day))
            if len(text) == len("2026-03-31"):
                return found
            return Trap("bad-date", f"`{text}` is no date to YAML", f"write {year}-{month}-{day}")
        hours, _, rest = clock.partition(":")
        offset = "+00:00" if offset in ("Z", "z") else offset
        return datetime.fromisoformat(f"{year}-{month}-{day}T{hours.zfill(2)}:{rest}{offset}")
    except ValueError as error:
        part = str(error).split(" ", 1)[0]
        why = f": {_WRONG[part]}" if part in _WRONG else ""
        like = "2026-03-31" if clock is None else "2026-03-31T09:00:00+02:00"
        what = "a date" if clock is None else "a moment"
        meant = iso_date(text) if clock is None else ""
        hint = f"write it like {like}"
        if meant:
            hint = f"year, month, day: did you mean {meant}?"
        return Trap("bad-date", f"`{text}` is not {what}{why}", hint)
