"""The source `calendar`: holidays, days before a holiday, weekdays and working days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow as pa

from adapters.sources.computed.answers import account, as_text, digest_of, texts_of
from adapters.sources.computed.clocks import (
    DAY,
    FIRST,
    LAST,
    Moments,
    is_zone,
    local,
    zone_database,
)
from adapters.sources.computed.holiday_calendar import (
    OUT_OF_RANGE,
    HolidayCalendars,
    OutOfRange,
)
from engine.screening.inputs import Found

UNKNOWN_ZONE = "unknown-zone"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = date(1970, 1, 1).toordinal()
_WEEKEND = 6
_NEVER = -1
_GIVEN = pa.schema(
    [
        ("problem", pa.string()),
        ("holiday", pa.bool_()),
        ("holiday_name", pa.string()),
        ("eve", pa.bool_()),
        ("weekday", pa.string()),
        ("weekday_number", pa.int64()),
        ("working_day", pa.bool_()),
    ]
)
_Key = tuple[str | None, str | None, int]


class Calendar:
    """Tells what day it is: by the holidays of a country or a part of it.

    The day of a moment is the one that clocks show in the key `zone`, or else in `zone`.
    `country` and the rest are for keys that do not say; `wanted` are the columns to be answered.
    """

    optional = frozenset({"zone", "country", "subdivision"})

    def __init__(
        self,
        country: str | None,
        subdivision: str | None,
        categories: Sequence[str],
        language: str | None,
        zone: str,
        wanted: Sequence[str],
    ) -> None:
        self._calendars = HolidayCalendars(country, subdivision, categories, language)
        self._zone, self._wanted = zone, tuple(wanted)
        settings = [country, subdivision, list(categories), language, zone]
        self.digest = digest_of(
            "calendar", settings, holidays=version("holidays"), zones=zone_database()
        )
        self.rows, self.failure = 0, ""

    def __call__(self, keys: pa.Table) -> Found:
        zones = [z or self._zone for z in texts_of(keys, "zone")]
        days = self._days(keys["day"].to_numpy(), zones)
        countries, parts = texts_of(keys, "country"), texts_of(keys, "subdivision")
        asked = list(zip(countries, parts, days.tolist(), strict=True))
        by_part = "subdivision" in keys.column_names
        told = {key: self._told(*key, by_part) for key in dict.fromkeys(asked)}
        rows = [
            told[key] if is_zone(zone) else _problem(UNKNOWN_ZONE)
            for key, zone in zip(asked, zones, strict=True)
        ]
        columns = zip(*rows, strict=True) if rows else ([] for _ in _GIVEN)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, _GIVEN, strict=True)]
        found = pa.table(arrays, schema=_GIVEN)
        problem = found["problem"].combine_chunks()
        self.rows, self.failure = account(problem)
        table = pa.table({name: as_text(found[name]) for name in self._wanted})
        return Found(table, problem=problem)

    def _days(self, moments: Moments, zones: Sequence[str]) -> Moments:
        """The day that clocks show, in days since 1970; _NEVER for what is out of range."""
        days = np.full(len(moments), _NEVER, np.int64)
        usable = (moments >= FIRST) & (moments <= LAST)
        of = np.array(zones, dtype=object)
        for zone in set(zones):
            if is_zone(zone):
                here = usable & (of == zone)
                days[here] = local(zone, moments[here]) // DAY
        return days

    def _told(
        self, country: str | None, part: str | None, number: int, by_part: bool
    ) -> tuple[Any, ...]:
        if number <= _NEVER:
            return _problem(OUT_OF_RANGE)
        calendar = self._calendars.of(country, part, by_part=by_part)
        if isinstance(calendar, str):
            return _problem(calendar)
        day = date.fromordinal(_EPOCH + number)
        try:
            name, eve = calendar.name(day), calendar.is_eve(day)
        except OutOfRange:
            return _problem(OUT_OF_RANGE)
        weekday = day.isoweekday()
        working = weekday < _WEEKEND and name is None
        return (None, name is not None, name, eve, WEEKDAYS[weekday - 1], weekday, working)


def _problem(problem: str) -> tuple[Any, ...]:
    return (problem, *[None] * (len(_GIVEN) - 1))
