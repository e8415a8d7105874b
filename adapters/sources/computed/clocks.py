"""What clocks show in time zones, for many moments at a time.

Moments are microseconds since 1970 in UTC, local times microseconds since 1970 on the clock of
their zone.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Moments = npt.NDArray[np.int64]
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
FIRST, LAST = 0, int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * SECOND - 1
"""The moments of which clocks and calendars are asked: 1970 to 2099."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_zone(name: str) -> bool:
    """Whether this is the name of a time zone everywhere, whatever files a machine has.

    >>> is_zone("Europe/Rome"), is_zone("localtime")
    (True, False)
    """
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


def local(zone: str, moments: Moments) -> Moments:
    """What clocks in the zone show at these moments, all within FIRST and LAST or some days off."""
    if not len(moments):
        return moments
    days = np.unique(moments // DAY).tolist()
    pieces = list(chain.from_iterable(pieces_of_day(zone, day) for day in days))
    begins = np.array([begin for begin, _, _ in pieces], np.int64)
    offsets = np.array([offset for _, _, offset in pieces], np.int64)
    return moments + offsets[np.searchsorted(begins, moments, side="right") - 1]


@lru_cache(maxsize=200_000)
def pieces_of_day(zone: str, day: int) -> Sequence[tuple[int, int, int]]:
    """A day of UTC in pieces of one offset each: begin, end (not in it) and offset from UTC.

    A zone changes its clocks at most once a day (true of the zone database since 1970).
    """
    begin, end = day * DAY, (day + 1) * DAY
    info = ZoneInfo(zone)
    before, after = _offset(info, begin), _offset(info, end - SECOND)
    if before == after:
        return ((begin, end, before),)
    low, high = begin, end - SECOND
    while high - low > SECOND:
        middle = (low + high) // 2 // SECOND * SECOND
        low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
    return ((begin, high, before), (high, end, after))


def _offset(info: ZoneInfo, moment: int) -> int:
    offset = (_EPOCH + timedelta(microseconds=moment)).astimezone(info).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


@cache
def zone_database() -> str:
    """Which edition of the zone database clocks are set by, as far as it says so itself."""
    for folder in zoneinfo.TZPATH:
        file = Path(folder, "tzdata.zi")
        if Path(folder, "UTC").exists():
            return _first_line(file) if file.exists() else "unnamed"
    return version("tzdata")


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8") as stream:
        return stream.readline().removeprefix("# version").strip()
