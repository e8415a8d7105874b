"""What `contact_window` tells against a look at the clocks, quarter by quarter of an hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.windows import ZONES, Hours, told, window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def naive(
    at: datetime, zones: Sequence[str], hours: Hours, free: holidays.HolidayBase | None
) -> tuple[int, datetime | None]:
    """In how many zones it is open, and when next in all of them: quarter by quarter of an hour.

    Hours and clocks of these tests change at quarters only.
    """

    def opens(when: datetime, zone: str) -> bool:
        there = when.astimezone(ZoneInfo(zone))
        day, minute = there.date(), there.hour * 60 + there.minute
        named = [DAYS[day.weekday()]]
        if free is not None:
            named += ["eve"] if "eve" in hours and day + timedelta(1) in free else []
            named += ["holiday"] if "holiday" in hours and day in free else []
        return all(any(a <= minute < b for a, b in hours.get(name, ())) for name in named)

    when = at
    while when <= at + timedelta(days=14):
        if all(opens(when, zone) for zone in zones):
            break
        begun = when.replace(minute=when.minute // 15 * 15, second=0, microsecond=0)
        when = begun + timedelta(minutes=15)
    found = when if when <= at + timedelta(days=14) else None
    return sum(opens(at, zone) for zone in zones), found


NIGHTS = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1),
          date(2026, 4, 5), date(2026, 10, 4), date(2026, 4, 24), date(2026, 12, 26)]  # fmt: skip


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    day = draw(st.sampled_from(NIGHTS) | st.dates(date(2024, 1, 1), date(2027, 12, 31)))
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    seconds = st.integers(-12 * 3600, 36 * 3600)
    quarters = st.integers(-48, 144).map(lambda n: n * 900)
    return begin + timedelta(seconds=draw(seconds | quarters))


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    named = draw(st.lists(st.sampled_from([*DAYS, "eve", "holiday"]), min_size=5, unique=True))
    found = {}
    for name in named:
        marks = draw(st.lists(st.integers(0, 96), min_size=0, max_size=4, unique=True).map(sorted))
        found[name] = tuple((a * 15, b * 15) for a, b in zip(marks[::2], marks[1::2], strict=False))
    return found


@given(
    moments(),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
    some_hours(),
    st.sampled_from([None, "IT", "US"]),
)
@example(datetime(2026, 10, 25, 0, 50, tzinfo=UTC), ["Europe/Rome"], {"sun": ((150, 165),)}, None)
@example(datetime(2026, 3, 29, 0, 50, tzinfo=UTC), ["Europe/Rome"], {"sun": ((135, 240),)}, None)
@settings(max_examples=40, deadline=None)
def test_it_agrees_with_a_look_at_the_clocks_quarter_by_quarter(
    at: datetime, zones: list[str], hours: Hours, country: str | None
) -> None:
    agree(at, zones, hours, country)


@pytest.mark.soak
@given(
    moments(),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=5, unique=True),
    some_hours(),
    st.sampled_from([None, "IT", "US"]),
)
@settings(max_examples=1_000, deadline=None)
def test_it_agrees_with_a_look_at_the_clocks_quarter_by_quarter_for_long(
    at: datetime, zones: list[str], hours: Hours, country: str | None
) -> None:
    agree(at, zones, hours, country)


def agree(at: datetime, zones: list[str], hours: Hours, country: str | None) -> None:
    if country is None:
        hours = {day: spans for day, spans in hours.items() if day in DAYS}
    free = None if country is None else holidays.country_holidays(country)
    expected, opens_at = naive(at, zones, hours, free)
    (row,) = told(window(hours, country), {"at": at.isoformat(), "zones": zones})
    assert row["zones_open"] == str(expected)
    assert row["open"] == str(expected == len(zones)).lower()
    found = row["opens_at"]
    assert (found and datetime.fromisoformat(found)) == opens_at
    shown = [f"{z} {at.astimezone(ZoneInfo(z)):%H:%M}" for z in zones]
    assert row["local_times"] == "|".join(shown)
