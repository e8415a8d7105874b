"""docs/reference/functions.md: every operator and function of conditions, with the types it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.language.expression import CelType
from engine.language.functions import (
    ARITHMETIC,
    CALENDAR,
    COMPARISON,
    CONVERSIONS,
    EQUALITY,
    FUNCTIONS,
    MEMBER_ONLY,
    ORDERED,
    QUANTIFIERS,
    REFUSED,
)

BAR = r"\|"
Overloads = Mapping[tuple[CelType, ...], CelType]

_HEAD = """\
# Reference: operators and functions

This page is written by `scripts/reference.py` from the code; do not edit it.
[Conditions](../conditions.md) explains what each means, and what makes a condition unknown. The
examples use the facts of the starter project.
"""
_TYPES = {
    CelType.BOOL: "yes/no",
    CelType.INT: "whole number",
    CelType.DOUBLE: "decimal number",
    CelType.STRING: "text",
    CelType.TIMESTAMP: "moment",
    CelType.DURATION: "duration",
}
SAYS = {
    "has": ("whether a fact has a value; unknown where nobody could look", "has(line.technology)"),
    "size": ("how many signs a text has, or elements a list", "size(candidate.postcode) == 5"),
    "contains": ("whether a text stands in it", 'candidate.email.contains("@")'),
    "startsWith": ("whether it begins so", 'candidate.offer_id.startsWith("SPRING-")'),
    "endsWith": ("whether it ends so", 'candidate.email.endsWith(".org")'),
    "matches": (
        "whether a pattern (RE2) is found in it; `^` and `$` for all of it",
        'candidate.phone.matches("^[+][0-9]+$")',
    ),
    "getFullYear": ("the year", "candidate.contact_at.getFullYear() == 2026"),
    "getMonth": ("the month, 0 for January to 11", 'now.getMonth("Europe/Rome") != 11'),
    "getDate": ("the day of the month, from 1", 'now.getDate("Europe/Rome") <= 15'),
    "getDayOfMonth": ("the day of the month, from 0", "now.getDayOfMonth() < 15"),
    "getDayOfWeek": (
        "the day of the week, 0 for Sunday to 6 for Saturday",
        'candidate.contact_at.getDayOfWeek("Europe/Rome") != 0',
    ),
    "getDayOfYear": ("the day of the year, from 0", "now.getDayOfYear() >= 31"),
    "getHours": (
        "the hour, 0 to 23; of a duration, all its hours",
        'candidate.contact_at.getHours("Europe/Rome") >= 9',
    ),
    "getMinutes": ("the minute; of a duration, all its minutes", "now.getMinutes() < 30"),
    "getSeconds": ("the second; of a duration, all its seconds", "now.getSeconds() < 30"),
    "getMilliseconds": (
        "the thousandths of the second",
        "now.getMilliseconds() == 0",
    ),
    "int": (
        "a whole number; decimals are cut off, a moment gives seconds since 1970",
        'candidate.postcode == "00184" || int(candidate.postcode) > 20000',
    ),
    "double": ("a decimal number", "double(stock.on_hand) * 0.5 >= 1.0"),
    "string": ("a text", 'string(candidate.age) == "34"'),
    "timestamp": (
        "a moment, from a text with a time zone or from seconds since 1970",
        'customer.since < timestamp("2026-01-01T00:00:00+01:00")',
    ),
    "duration": (
        "a time span; from a text it must be written out, in `h`, `m`, `s`, `ms`, `us`",
        'today - customer.since > duration("8760h")',
    ),
    "exists": ("whether one element at least", 'offer.segments.exists(s, s.startsWith("g"))'),
    "all": ("whether every element", "offer.segments.all(s, size(s) > 2)"),
    "exists_one": ("whether exactly one element", 'offer.segments.exists_one(s, s == "gold")'),
}
"""What each function gives, and a condition that uses it."""


def page() -> str:
    """The whole page."""
    parts = [_HEAD, "## Operators", "", "| operator | takes | gives |", "|---|---|---|"]
    parts += list(_operators())
    parts += ["", "## Functions", ""]
    parts += ["| function | written | takes | gives | is | example |", "|---|---|---|---|---|---|"]
    parts += [_function(name) for name in ("has", *FUNCTIONS, *QUANTIFIERS)]
    parts += ["", "## Refused by name", "", "| function | instead |", "|---|---|"]
    parts += [f"| `{name}` | {hint.replace('|', BAR)} |" for name, hint in REFUSED.items()]
    return "\n".join(parts).replace("|  |", "| |") + "\n"


def _operators() -> Iterator[str]:
    for name, overloads in ARITHMETIC.items():
        sign = "-" if name == "negate" else name
        for types, result in overloads.items():
            taken = (
                f"{_TYPES[types[0]]} {sign} {_TYPES[types[1]]}"
                if len(types) == 2
                else f"{sign} {_TYPES[types[0]]}"
            )
            yield f"| `{sign}` | {taken.replace('*', chr(92) + '*')} | {_TYPES[result]} |"
    signs = " ".join(f"`{sign}`" for sign in EQUALITY)
    yield f"| {signs} | two of one kind, or two numbers; no lists | yes/no |"
    ordered = ", ".join(_TYPES[t] for t in CelType if t in ORDERED)
    signs = " ".join(f"`{sign}`" for sign in COMPARISON)
    yield f"| {signs} | two of one kind, or two numbers: {ordered} | yes/no |"
    yield "| `in` | a value, and a list of such values | yes/no |"
    yield "| `&&` `\\|\\|` `!` | yes/no | yes/no |"
    yield "| `? :` | yes/no, and two values of one kind | that kind |"


def _function(name: str) -> str:
    says, example = SAYS[name]
    if name == "has":
        written, taken, given = "`has(fact)`", "a fact", "yes/no"
    elif name in QUANTIFIERS:
        written, taken, given = f"`list.{name}(x, condition on x)`", "a list", "yes/no"
    else:
        overloads = FUNCTIONS[name]
        written, taken = _written(name), _taken(overloads)
        given = " or ".join(dict.fromkeys(_TYPES[result] for result in overloads.values()))
    shown = example.replace("|", BAR)
    return f"| `{name}` | {written} | {taken} | {given} | {says} | `{shown}` |"


def _written(name: str) -> str:
    if name in CALENDAR:
        return f'`x.{name}()`, `x.{name}("Europe/Rome")`'
    if name in CONVERSIONS:
        return f"`{name}(x)`"
    further = "" if all(len(types) == 1 for types in FUNCTIONS[name]) else "y"
    member = f"`x.{name}({further})`"
    both = f"`{name}({', '.join(filter(None, ('x', further)))})`"
    return member if name in MEMBER_ONLY else f"{member}, {both}"


def _taken(overloads: Overloads) -> str:
    first = [types[0] for types in overloads]
    return ", ".join(dict.fromkeys(_kinds(first)))


def _kinds(types: Iterable[CelType]) -> Iterator[str]:
    for one in types:
        yield "list" if one.element is not None else _TYPES[one]
