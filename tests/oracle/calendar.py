"""Moments in time by Python's own calendar: parts of them in a zone, and how texts name them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_CYCLE = timedelta(days=146_097)  # 400 years, after which the calendar repeats itself
_CYCLE_YEARS = 400
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)


def part(name: str, moment: datetime, zone: str) -> int:
    """What CEL's accessor `name` says of a moment on the clocks of `zone`."""
    year, local = _local(moment, zone)
    match name:
        case "getFullYear":
            return year
        case "getMonth":
            return local.month - 1
        case "getDate":
            return local.day
        case "getDayOfMonth":
            return local.day - 1
        case "getDayOfWeek":
            return local.isoweekday() % 7
        case "getDayOfYear":
            return local.timetuple().tm_yday - 1
        case "getHours":
            return local.hour
        case "getMinutes":
            return local.minute
        case "getSeconds":
            return local.second
        case "getMilliseconds":
            return local.microsecond // 1000
    raise ValueError(name)


def _local(moment: datetime, zone: str) -> tuple[int, datetime]:
    """The year, and a clock that shows all but the year rightly: that may be 0 or 10000."""
    at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    inside = min(max(at, _FIRST + 2 * timedelta(days=1)), _LAST - 2 * timedelta(days=1))
    ahead = inside.astimezone(_zone(zone)).utcoffset()
    assert ahead is not None
    if at.year > 5000:
        local = at.replace(tzinfo=None) - _CYCLE + ahead
        return local.year + _CYCLE_YEARS, local
    local = at.replace(tzinfo=None) + _CYCLE + ahead
    return local.year - _CYCLE_YEARS, local


def _zone(name: str) -> tzinfo:
    if name[0] in "+-":
        ahead = timedelta(hours=int(name[1:3]), minutes=int(name[4:6]))
        return timezone(-ahead if name[0] == "-" else ahead)
    return ZoneInfo(name)


def span_part(name: str, span: timedelta) -> int:
    """What CEL's accessor says of a duration: the whole of it, or its odd milliseconds."""
    size = abs(span)
    if name == "getMilliseconds":
        found = size % _SECOND // timedelta(milliseconds=1)
    else:
        unit = {"getHours": "hours", "getMinutes": "minutes", "getSeconds": "seconds"}[name]
        found = size // timedelta(**{unit: 1})
    return -found if span < timedelta(0) else found


def read_moment(text: str) -> datetime | None:
    """The moment of a text as RFC 3339 has it, None for any other text."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    *numbers, fraction, sign, hours, minutes = match.groups()
    year, month, day, hour, minute, second = map(int, numbers)
    digits = (fraction or "").rstrip("0")
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if len(digits) > 6 or int(hours or 0) > 23 or int(minutes or 0) > 59:
        return None
    try:
        clock = datetime(
            year, month, day, hour, minute, second, int(digits.ljust(6, "0")), tzinfo=UTC
        )
        return clock + ahead if sign == "-" else clock - ahead
    except (ValueError, OverflowError):
        return None


def from_seconds(seconds: int) -> datetime | None:
    """The moment so many seconds after 1970, None outside the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def to_seconds(moment: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return (moment - _EPOCH) // _SECOND


def write_moment(moment: datetime) -> str:
    """RFC 3339 in UTC, with as many decimals as it takes."""
    at = moment.astimezone(UTC)
    clock = f"{at.year:04}-{at.month:02}-{at.day:02}T{at.hour:02}:{at.minute:02}:{at.second:02}"
    return f"{clock}{_decimals(at.microsecond)}Z"


def write_span(span: timedelta) -> str:
    """Seconds, with as many decimals as it takes."""
    size = abs(span)
    seconds = size // _SECOND
    sign = "-" if span < timedelta(0) else ""
    return f"{sign}{seconds}{_decimals((size - seconds * _SECOND).microseconds)}s"


def _decimals(microseconds: int) -> str:
    return f".{microseconds:06}".rstrip("0").rstrip(".")
