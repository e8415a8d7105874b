"""Moments as conditions count them, microseconds since 1970 in UTC, and the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.language.text import midnight

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Beyond, what clocks showed (or will) is told differently by different zone databases.
_AGREED = (0, 4_102_444_800_000_000)

PARTS: dict[str, Callable[[datetime], int]] = {
    "getFullYear": lambda m: m.year,
    "getMonth": lambda m: m.month - 1,
    "getDate": lambda m: m.day,
    "getDayOfMonth": lambda m: m.day - 1,
    "getDayOfWeek": lambda m: m.isoweekday() % 7,
    "getDayOfYear": lambda m: m.timetuple().tm_yday - 1,
    "getHours": lambda m: m.hour,
    "getMinutes": lambda m: m.minute,
    "getSeconds": lambda m: m.second,
    "getMilliseconds": lambda m: m.microsecond // 1000,
}
"""What CEL reads off a moment in a time zone."""

RANGES = {
    "getMonth": (0, 11),
    "getDate": (1, 31),
    "getDayOfMonth": (0, 30),
    "getDayOfWeek": (0, 6),
    "getDayOfYear": (0, 365),
    "getHours": (0, 23),
    "getMinutes": (0, 59),
    "getSeconds": (0, 59),
    "getMilliseconds": (0, 999),
}
"""The least and the greatest that it can be."""


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(value: int) -> datetime:
    """The moment of so many microseconds since 1970, in UTC; OverflowError beyond year 9999."""
    return _EPOCH + value * _MICROSECOND


def midnight_before(value: int, zone: ZoneInfo) -> int:
    """The midnight that began the day of a moment in `zone`, both in microseconds.

    OverflowError outside the years 1 to 9999.
    """
    return microseconds(midnight(moment_of(value), zone))


def part_of(name: str, value: int, zone: str) -> int | None:
    """What CEL's `name` (see PARTS) reads off a moment in `zone`; None where it can't be told.

    >>> part_of("getHours", 0, "Europe/Rome"), part_of("getDayOfWeek", 0, "UTC")
    (1, 4)
    """
    if not _AGREED[0] <= value < _AGREED[1]:
        return None
    try:
        return PARTS[name](moment_of(value).astimezone(ZoneInfo(zone)))
    except (KeyError, ValueError, OSError):  # an offset like +01:00 is no name of a zone
        return None
