"""When contacts are permitted: hours by day, on the clocks of a zone, as intervals of UTC.

Moments are microseconds since 1970 in UTC. A day's hours are those of its weekday; on an eve or a
holiday that `hours` speak of, a moment must lie within their hours as well. So a Sunday before a
holiday is still a Sunday.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce

import numpy as np

from adapters.sources.computed.calendar import WEEKDAYS
from adapters.sources.computed.clocks import DAY, MINUTE, Moments, pieces_of_day
from adapters.sources.computed.holiday_calendar import HolidayCalendar, OutOfRange

EVE, HOLIDAY = "eve", "holiday"
_EPOCH = date(1970, 1, 1).toordinal()

Interval = tuple[int, int]
"""Begin and end, which is not in it."""
Hours = Mapping[str, Sequence[Interval]]
"""Spans in minutes since midnight, by weekday, `eve` and `holiday`; what is not named has none."""


class Opening:
    """The permitted intervals of zones and calendars, computed once for each day."""

    def __init__(self, hours: Hours) -> None:
        self._hours = hours
        self._known: dict[tuple[str, int, int], list[Interval]] = {}

    @property
    def needs_calendar(self) -> bool:
        """Whether the hours depend on holidays."""
        return not self._hours.keys().isdisjoint((EVE, HOLIDAY))

    def intervals(self, zone: str, calendar: HolidayCalendar | None, day: int) -> list[Interval]:
        """The permitted parts, in their order, of a day of UTC (days since 1970).

        Days of which no holidays are known have none.
        """
        key = (zone, id(calendar), day)
        if key not in self._known:
            self._known[key] = [
                (max(begin, local_begin) - offset, min(end, local_end) - offset)
                for begin, end, offset in (
                    (b + o, e + o, o) for b, e, o in pieces_of_day(zone, day)
                )
                for local_begin, local_end in self._within(begin, end, calendar)
            ]
        return self._known[key]

    def _within(self, begin: int, end: int, calendar: HolidayCalendar | None) -> list[Interval]:
        """The spans that lie, with a part at least, in an interval of local time."""
        return [
            (day * DAY + first * MINUTE, day * DAY + last * MINUTE)
            for day in range(begin // DAY, (end - 1) // DAY + 1)
            for first, last in self._spans(day, calendar)
            if day * DAY + first * MINUTE < end and day * DAY + last * MINUTE > begin
        ]

    def _spans(self, number: int, calendar: HolidayCalendar | None) -> Sequence[Interval]:
        """The hours of one local day."""
        day = date.fromordinal(_EPOCH + number)
        spans = self._hours.get(WEEKDAYS[day.weekday()], ())
        if calendar is None:
            return spans
        try:
            if EVE in self._hours and calendar.is_eve(day):
                spans = common(spans, self._hours[EVE])
            if HOLIDAY in self._hours and calendar.name(day) is not None:
                spans = common(spans, self._hours[HOLIDAY])
        except OutOfRange:
            return ()
        return spans


def common(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """What two sequences of intervals, each in order and without overlaps, have in common.

    >>> common([(0, 5), (7, 9)], [(3, 8)])
    [(3, 5), (7, 8)]
    """
    found, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        begin, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if begin < end:
            found.append((begin, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def common_to_all(several: Sequence[Sequence[Interval]]) -> Sequence[Interval]:
    """What all of them have in common."""
    return reduce(common, several)


def next_within(intervals: Sequence[Interval], moments: Moments) -> Moments:
    """The first moment not before each of `moments` that is in an interval; -1 if there is none."""
    if not intervals:
        return np.full(len(moments), -1, np.int64)
    begins, ends = np.array(intervals, np.int64).T
    at = np.searchsorted(ends, moments, side="right")
    some = at < len(ends)
    return np.where(some, np.maximum(begins[np.where(some, at, 0)], moments), -1)
