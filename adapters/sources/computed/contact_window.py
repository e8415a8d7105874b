"""The source `contact_window`: is a moment within the permitted hours wherever it may ring?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from adapters.sources.computed.answers import account, as_text, digest_of, texts_of
from adapters.sources.computed.calendar import UNKNOWN_ZONE
from adapters.sources.computed.clocks import (
    DAY,
    FIRST,
    LAST,
    MINUTE,
    SECOND,
    Moments,
    is_zone,
    local,
    zone_database,
)
from adapters.sources.computed.holiday_calendar import (
    OUT_OF_RANGE,
    HolidayCalendar,
    HolidayCalendars,
)
from adapters.sources.computed.opening import (
    Hours,
    Opening,
    common_to_all,
    next_within,
)
from adapters.sources.computed.phone import Phone
from adapters.sources.computed.phone_number import SEPARATOR
from engine.screening.inputs import Found

NO_ZONE = "no-zone"
_AHEAD = 14
_CLOCKS = np.array([f"{m // 60:02}:{m % 60:02}" for m in range(24 * 60)])
_Texts = list[str | None]


class ContactWindow:
    """Tells whether moments are within `hours` in every zone that they may fall in.

    The key `zone` decides alone where it is known; else all of `zones` do, or those of `number`.
    `country`, `subdivision` and `region` are for keys that do not say; `wanted` are the columns to
    be answered, `cache` the folder where numbers are kept.
    """

    optional = frozenset({"zone", "zones", "number", "region", "country", "subdivision"})

    def __init__(
        self,
        hours: Hours,
        country: str | None,
        subdivision: str | None,
        region: str | None,
        wanted: Sequence[str],
        cache: Path | None,
    ) -> None:
        self._opening = Opening(hours)
        self._calendars = HolidayCalendars(country, subdivision)
        self._phone = Phone(region, ["zones"], cache)
        self._wanted = tuple(wanted)
        self.digest = digest_of(
            "contact_window",
            [{day: list(spans) for day, spans in hours.items()}, country, subdivision, region],
            holidays=version("holidays"),
            zones=zone_database(),
            phonenumbers=version("phonenumbers"),
        )
        self.rows, self.failure = 0, ""

    def __call__(self, keys: pa.Table) -> Found:
        moments = keys["at"].to_numpy()
        zones, problems = self._zones(keys)
        countries, parts = texts_of(keys, "country"), texts_of(keys, "subdivision")
        answers = _Answers(len(moments))
        groups: dict[tuple[str | None, str | None, str | None], list[int]] = {}
        for row, group in enumerate(zip(zones, countries, parts, strict=True)):
            groups.setdefault(group, []).append(row)
        for (names, country, part), members in groups.items():
            rows = np.array(members)
            calendar = self._calendar(country, part, "subdivision" in keys.column_names)
            listed = list(dict.fromkeys((names or "").split(SEPARATOR)))
            if names is None:
                answers.problem[rows] = NO_ZONE
            elif not all(map(is_zone, listed)):
                answers.problem[rows] = UNKNOWN_ZONE
            elif isinstance(calendar, str):
                answers.problem[rows] = calendar
            else:
                usable = _in_range(moments[rows], calendar)
                answers.problem[rows[~usable]] = OUT_OF_RANGE
                self._fill(answers, rows[usable], moments[rows[usable]], listed, calendar)
        for row, problem in problems.items():
            answers.problem[row] = problem
        problem = pa.array(answers.problem, pa.string())
        self.rows, self.failure = account(problem)
        return Found(answers.table(self._wanted), problem=problem)

    def _zones(self, keys: pa.Table) -> tuple[_Texts, dict[int, str]]:
        """The possible zones of each row, joined; and why numbers could not tell theirs."""
        zones = texts_of(keys, "zone")
        if "zones" in keys.column_names:
            several = pc.binary_join(keys["zones"].combine_chunks(), SEPARATOR).to_pylist()
            zones = [zone or many or None for zone, many in zip(zones, several, strict=True)]
        if "number" not in keys.column_names:
            return zones, {}
        numbers = keys["number"].to_pylist()
        rows = [i for i, zone in enumerate(zones) if zone is None and numbers[i] is not None]
        names = [name for name in ("number", "region") if name in keys.column_names]
        asked = keys.select(names).take(pa.array(rows, pa.int64()))
        distinct = asked.group_by(names, use_threads=False).aggregate([])
        told = self._phone.told(distinct)
        by_key = dict(
            zip(
                zip(*(distinct[name].to_pylist() for name in names), strict=True),
                zip(told["zones"].to_pylist(), told["problem"].to_pylist(), strict=True),
                strict=True,
            )
        )
        problems = {}
        for row, key in zip(
            rows, zip(*(asked[name].to_pylist() for name in names), strict=True), strict=True
        ):
            zones[row], problem = by_key[key]
            if problem is not None:
                problems[row] = problem
        return zones, problems

    def _calendar(
        self, country: str | None, part: str | None, by_part: bool
    ) -> HolidayCalendar | str | None:
        if not self._opening.needs_calendar:
            return None
        return self._calendars.of(country, part, by_part=by_part)

    def _fill(
        self,
        answers: _Answers,
        rows: npt.NDArray[np.int64],
        moments: Moments,
        zones: Sequence[str],
        calendar: HolidayCalendar | None,
    ) -> None:
        """The answers of rows that share their zones and their calendar."""
        if not len(rows):
            return
        own = np.unique(moments // DAY)
        days = np.unique(own[:, None] + np.arange(_AHEAD + 1)).tolist()
        by_zone = [[self._opening.intervals(z, calendar, d) for d in days] for z in zones]
        within = np.zeros(len(rows), np.int64)
        for daily in by_zone:
            intervals = [interval for of_day in daily for interval in of_day]
            within += next_within(intervals, moments) == moments
        shared = [i for of_day in zip(*by_zone, strict=True) for i in common_to_all(of_day)]
        opens = next_within(shared, moments)
        opens[opens > moments + _AHEAD * DAY] = -1
        answers.zones_open[rows] = within
        answers.zones_all[rows] = len(zones)
        answers.opens_at[rows] = opens
        if "local_times" in self._wanted:
            texts = [f"{zone} " for zone in zones]
            shown = [np.char.add(t, _clock(z, moments)) for t, z in zip(texts, zones, strict=True)]
            answers.local_times[rows] = ["|".join(each) for each in zip(*shown, strict=True)]


class _Answers:
    """The columns of the answer, of so many rows; a row with a problem has nothing else."""

    def __init__(self, rows: int) -> None:
        self.problem = np.full(rows, None, object)
        self.zones_open = np.full(rows, -1, np.int64)
        self.zones_all = np.full(rows, -1, np.int64)
        self.opens_at = np.full(rows, -1, np.int64)
        self.local_times = np.full(rows, None, object)

    def table(self, wanted: Sequence[str]) -> pa.Table:
        untold = self.zones_all < 0
        moments = pa.array(self.opens_at, mask=untold | (self.opens_at < 0))
        columns = {
            "open": pa.array(self.zones_open == self.zones_all, mask=untold),
            "zones_open": pa.array(self.zones_open, mask=untold),
            "zones_all": pa.array(self.zones_all, mask=untold),
            "local_times": pa.array(self.local_times, pa.string()),
            "opens_at": pc.strftime(moments.cast(pa.timestamp("us", "UTC")), "%Y-%m-%dT%H:%M:%SZ"),
        }
        return pa.table({name: as_text(columns[name]) for name in wanted})


def _in_range(moments: Moments, calendar: HolidayCalendar | None) -> npt.NDArray[np.bool_]:
    """Whether clocks, and holidays if need be, are known on these days and those around them."""
    first, last = FIRST, LAST
    if calendar is not None:
        year, final = calendar.years
        first = max(first, _new_year(year) + 2 * DAY)
        last = min(last, _new_year(final + 1) - 3 * DAY)
    return (moments >= first) & (moments <= last)


def _new_year(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * SECOND


def _clock(zone: str, moments: Moments) -> npt.NDArray[np.str_]:
    return _CLOCKS[local(zone, moments) % DAY // MINUTE]
