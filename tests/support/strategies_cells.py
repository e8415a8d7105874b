"""Hypothesis strategies: the rows of the small list and its two sources, cell by cell, as text.

Each column has a pool of cells: mostly values as people write them, one or two blanks and one
piece of nonsense in a couple of dozen.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.support.strategies import AS_OF, DAYS, HOURS, INTEGERS, NUMBERS, WORDS
from tests.support.strategies_draws import dice, pick, some

Grid: TypeAlias = list[list[str]]

HEADER = (
    "lead_id", "customer", "offer", "channel", "planned_at", "age", "score", "vip", "born",
    "asked_at", "sku", "number", "name", "tags", "priority",
)  # fmt: skip
CANDIDATE_FIELDS: dict[str, Any] = {
    "age": "integer",
    "score": "number",
    "vip": "boolean",
    "born": "date",
    "asked": {"type": "timestamp", "column": "asked_at"},
    "sku": "string",
    "number": "integer",
    "name": {"type": "string", "pii": True},
    "tags": {"type": "list<string>", "separator": "|"},
    "priority": "integer",
}
SHOP = (
    "sku", "number", "available", "price", "kind", "site", "sellable", "since", "features",
    "updated_at",
)  # fmt: skip
SHOP_FIELDS: dict[str, Any] = {
    "available": "integer",
    "price": "number",
    "kind": "string",
    "site": "integer",
    "sellable": "boolean",
    "since": "date",
    "features": {"type": "list<string>", "separator": ";"},
}
SITE = ("site", "free", "technology", "ready", "checked_at", "updated_at")
SITE_FIELDS: dict[str, Any] = {
    "free": "integer",
    "technology": "string",
    "ready": "boolean",
    "checked": {"type": "timestamp", "column": "checked_at"},
}
UNREADABLE = {
    "integer": ("x", "1.0", "1e3", "9223372036854775808", "1_000", "0x10"),
    "number": ("x", "nan", "inf", "1 000", "1e999", "--1"),
    "boolean": ("maybe", "2", "tru"),
    "date": ("soon", "2026-02-30", "20261302", "2026-3-2"),
    "timestamp": ("soon", "2026-03-02T10", "2026-03-02T25:00:00Z", "1772442000"),
}
"""Cells that are not of their type; any cell is a text, and a list of texts."""

OLD = "2026-01-31T10:00:00+01:00"
LATER = "2026-03-02T10:05:00.000001+01:00"
# An hour old, an hour and a half, and exactly as old as `4h` still allows.
_FRESH = ("2026-03-02T09:00:00+01:00", "2026-03-02 08:30:00Z", "2026-03-02T06:00:00+01:00")
_DATES = (
    *_FRESH * 8,
    OLD,
    OLD,
    "2026-03-02T05:59:59.999999+01:00",
    "",
    "lately",
    LATER,
    "2026-03-02T10:05:00+01:00",
)
_PLANNED = ("", "2026-03-02T18:00:00", "2026-03-03 09:30Z")


@st.composite
def candidate_rows(draw: st.DrawFn, config: dict[str, Any], most: int) -> Grid:
    """Up to `most` rows under HEADER, some of them no candidates."""
    fields = config["candidates"]["fields"]
    zone = config["time_zone"]
    count = min(most, pick(draw, (8, 5, 3, 1, 0, 8, 10, 12)))
    rows = [_candidate(draw, number, fields, zone) for number in range(count)]
    for number, row in enumerate(rows):
        match dice(draw, 60):
            case 54:
                row.pop()
            case 55:
                row.append("extra")
            case 56:
                row[0] = pick(draw, ("", " "))
            case 57:
                row[1 + dice(draw, 3)] = ""
            case 58:
                row[4] = "soon"
            case 59:
                row[0] = rows[dice(draw, number + 1)][0]
    return rows


def _candidate(draw: st.DrawFn, number: int, fields: dict[str, Any], zone: str) -> list[str]:
    text = {
        # Ids that sort otherwise than their rows stand.
        "lead_id": pick(draw, (f"L{number}", f"l-{9 - number}é", f"{number:03}")),
        "customer": pick(draw, ("C1", "C2", "C3", "C4", "C5", "C6")),
        "offer": pick(draw, ("FIBRE", "PHONE", "TV")),
        "channel": pick(draw, ("call", "call", "mail")),
        "planned_at": pick(draw, _PLANNED),
        "sku": pick(draw, _pool("string", ("A1", "A1", "B2", "C 3", "Z9"))),
        "number": pick(draw, _pool("integer", ("1", "1", "+2", " 3 ", "9"))),
    }
    for name, how in fields.items():
        column = how.get("column", name) if isinstance(how, dict) else name
        if column not in text:
            text[column] = _cell(draw, how, zone)
    return [text[column] for column in HEADER]


@st.composite
def shop_rows(draw: st.DrawFn, config: dict[str, Any]) -> Grid:
    """Up to four rows under SHOP, one per key."""
    keys = (("A1", "1"), ("B2", "2"), ("C 3", "3"), ("Q7", "-7"))
    rows = []
    for sku, number in some(draw, keys, 1, 4):
        cells = {name: _cell(draw, how, config["time_zone"]) for name, how in SHOP_FIELDS.items()}
        cells["site"] = pick(draw, _pool("integer", ("10", "10", "20", "30")))
        cells["available"] = pick(draw, _pool("integer", ("0", "1", "1", "2", "3", "-1")))
        rows.append([sku, number, *(cells[c] for c in SHOP[2:-1]), pick(draw, _DATES)])
    return rows


@st.composite
def site_rows(draw: st.DrawFn) -> Grid:
    """Up to three rows under SITE, one per key."""
    return [
        [site, *(_cell(draw, how, "UTC") for how in SITE_FIELDS.values()), pick(draw, _DATES)]
        for site in some(draw, ("10", "20", "40"), 0, 3)
    ]


def _cell(draw: st.DrawFn, how: Any, zone: str) -> str:
    said = how if isinstance(how, dict) else {"type": how}
    return pick(draw, _written(zone=zone, **said))


@lru_cache(maxsize=256)
def _pool(kind: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """These cells 24 times in 27, blanks twice, and once nonsense (where the type knows any)."""
    nonsense = UNREADABLE.get(kind, ())
    share = len(nonsense) or 1
    return (*values * max(1, 24 * share // len(values)), *("",) * 2 * share, *nonsense)


@lru_cache(maxsize=256)
def _written(
    type: str,  # noqa: A002 - the key of config.yaml
    zone: str,
    column: str = "",
    format: str = "%Y-%m-%d",  # noqa: A002 - likewise
    decimal: str = ".",
    separator: str = "|",
    pii: bool = False,
) -> tuple[str, ...]:
    """The pool of a field declared so."""
    match type:
        case "integer":
            values = (*map(str, INTEGERS), " 5 ", "+3", "9007199254740993")
        case "number":
            plain = (*map(str, NUMBERS), "1e2", "9007199254740992")
            values = tuple(text.replace(".", decimal) for text in plain)
        case "string":
            values = (*WORDS, "two\nlines")
        case "boolean":
            values = ("true", "false", "TRUE", "False")
        case "date":
            values = tuple((AS_OF + timedelta(days=n)).strftime(format) for n in DAYS)
        case "timestamp":
            values = tuple(text for hour in HOURS for text in _moments(hour, zone))
        case _:
            lists = (("a", "b"), ("FTTH",), ("é", "gold", "a"), ("x y", " 007"))
            values = tuple(separator.join(items) for items in lists)
    return _pool(type, values)


def _moments(hour: float, zone: str) -> tuple[str, ...]:
    """One moment with an offset, with Z, and without either (then it is of the configured zone)."""
    at = AS_OF + timedelta(hours=hour)
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (
        at.isoformat(),
        at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%fZ"),
        local.isoformat(timespec="minutes"),
        local.isoformat(sep=" "),
    )
