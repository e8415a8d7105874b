"""What day it is, by whose holidays, on whose clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import holidays
import pyarrow as pa
import pytest

from adapters.config.computed import KINDS
from adapters.sources.computed.calendar import Calendar

WANTED = tuple(KINDS["calendar"].gives)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def calendar(country: str | None = "IT", part: str | None = None, **settings: Any) -> Calendar:
    zone = settings.get("zone", "Europe/Rome")
    kinds, language = settings.get("categories", ()), settings.get("language")
    return Calendar(country, part, kinds, language, zone, WANTED)


def told(asked: Calendar, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {
        name: pa.array(
            [
                (datetime.fromisoformat(row["day"]) - EPOCH) // timedelta(microseconds=1)
                for row in rows
            ]
            if name == "day"
            else [row.get(name) for row in rows],
            pa.int64() if name == "day" else pa.string(),
        )
        for name in names
    }
    found = asked(pa.table(columns))
    assert found.problem is not None
    answers = zip(found.table.to_pylist(), found.problem.to_pylist(), strict=True)
    return [{**row, "problem": problem} for row, problem in answers]


def on(day: str, asked: Calendar | None = None, **keys: str) -> dict[str, Any]:
    (row,) = told(asked or calendar(), {"day": f"{day}T12:00:00+01:00", **keys})
    return row


def test_a_holiday_has_its_name_in_the_language_of_its_country() -> None:
    assert on("2026-06-02") == {
        "holiday": "true",
        "holiday_name": "Festa della Repubblica",
        "eve": "false",
        "weekday": "tue",
        "weekday_number": "2",
        "working_day": "false",
        "problem": None,
    }


@pytest.mark.parametrize("variable", ["LANG", "LANGUAGE", "LC_ALL"])
def test_the_language_of_the_machine_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "en_US.UTF-8")
    assert on("2026-06-02")["holiday_name"] == "Festa della Repubblica"
    english = calendar(language="en")
    assert on("2026-06-02", english)["holiday_name"] == "Republic Day"
    assert on("2026-06-02", calendar(language="ca"))["holiday_name"] == "Festa della Repubblica"


def test_the_day_before_a_holiday_is_an_eve_and_a_working_day() -> None:
    row = on("2026-06-01")
    assert (row["eve"], row["working_day"], row["holiday_name"]) == ("true", "true", None)
    assert on("2026-12-31")["eve"] == "true"
    assert on("2026-03-07")["eve"] == "false"


@pytest.mark.parametrize(
    ("country", "part", "day", "holiday"),
    [
        ("IT", None, "2026-10-04", "true"),
        ("IT", None, "2026-12-07", "false"),
        ("IT", "MI", "2026-12-07", "true"),
        ("ES", None, "2026-09-11", "false"),
        ("ES", "CT", "2026-09-11", "true"),
        ("DE", None, "2026-01-06", "false"),
        ("DE", "BY", "2026-01-06", "true"),
        ("GB", "ENG", "2026-04-06", "true"),
        ("GB", "SCT", "2026-04-06", "false"),
        ("US", None, "2026-07-03", "true"),
        ("FR", None, "2026-07-14", "true"),
    ],
)
def test_the_part_of_a_country_counts(country: str, part: str, day: str, holiday: str) -> None:
    assert on(day, calendar(country, part))["holiday"] == holiday


@pytest.mark.parametrize(("country", "number"), [("IT", 13), ("ES", 8), ("FR", 11), ("DE", 9)])
def test_there_are_as_many_holidays_in_a_year_as_the_state_says(country: str, number: int) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    rows = told(calendar(country), *({"day": f"{day}T12:00:00+00:00"} for day in days))
    assert sum(row["holiday"] == "true" for row in rows) == number
    free = holidays.country_holidays(country, years=[2026, 2027])
    assert [row["eve"] == "true" for row in rows] == [d + timedelta(1) in free for d in days]
    working = [d.weekday() < 5 and d not in free for d in days]
    assert [row["working_day"] == "true" for row in rows] == working


def test_other_kinds_of_holidays_count_if_they_are_asked_for() -> None:
    assert on("2026-08-15", calendar("DE", "BY"))["holiday"] == "false"
    assert on("2026-08-15", calendar("DE", "BY", categories=["catholic"]))["holiday"] == "true"
    # Where a country has no such kind, its public holidays count.
    assert on("2026-07-14", calendar("FR", categories=["catholic"]))["holiday"] == "true"


def test_a_key_may_name_its_country_and_its_part() -> None:
    day = "2026-09-11"
    asked = calendar("ES", "CT")
    assert on(day, asked)["holiday"] == "true"
    # The part of the settings is a part of their country, and of no other.
    assert on(day, asked, country="FR")["holiday"] == "false"
    assert on(day, asked, country="es", subdivision=" es-ct ")["holiday"] == "true"
    assert on(day, asked, subdivision="MD")["holiday"] == "false"
    assert on(day, calendar("ES"), subdivision="Catalunya")["holiday"] == "true"
    assert on("2026-12-26", calendar(None), country="UK", subdivision="eng")["holiday"] == "true"


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, "no-country"),
        ({"country": " "}, "no-country"),
        ({"country": "XX"}, "unknown-country"),
        ({"country": "Italy"}, "unknown-country"),
        ({"country": "IT", "subdivision": "25"}, "unknown-subdivision"),
        ({"country": "IT", "subdivision": "CT "}, None),
        ({"country": "GB"}, "no-subdivision"),
        ({"country": "ES", "subdivision": " "}, "no-subdivision"),
        ({"country": "RU", "subdivision": " "}, None),
        ({"country": "IT", "zone": "Europe/Rom"}, "unknown-zone"),
        ({"country": "IT", "zone": "localtime"}, "unknown-zone"),
    ],
)
def test_whose_holidays_must_be_known(keys: dict[str, str], problem: str | None) -> None:
    row = on("2026-03-02", calendar(None), **keys)
    assert row["problem"] == problem
    assert (row["holiday"] is None) == (problem is not None)


@pytest.mark.parametrize(
    ("country", "day", "problem"),
    [
        ("ES", "2007-12-31", "out-of-range"),
        ("ES", "2008-01-01", None),
        ("JP", "2099-12-30", None),
        ("JP", "2099-12-31", "out-of-range"),
        ("IT", "1969-06-02", "out-of-range"),
        ("IT", "2100-01-01", "out-of-range"),
        ("IT", "2099-12-31", None),
    ],
)
def test_years_without_known_holidays_can_not_be_told(
    country: str, day: str, problem: str | None
) -> None:
    assert on(day, calendar(country))["problem"] == problem


def test_the_day_is_the_one_of_the_zone() -> None:
    at = {"day": "2026-06-02T23:30:00+02:00"}
    rows = told(
        calendar(),
        {**at, "zone": None},
        {**at, "zone": "Asia/Tokyo"},
        {**at, "zone": "America/New_York"},
        {**at, "zone": " "},
    )
    assert [row["weekday"] for row in rows] == ["tue", "wed", "tue", "tue"]
    assert [row["holiday"] for row in rows] == ["true", "false", "true", "true"]
    (row,) = told(calendar(zone="Asia/Tokyo"), at)
    assert row["weekday"] == "wed"


def test_a_date_is_the_day_whose_midnight_it_is_also_when_clocks_change() -> None:
    for text in ("2026-03-29T00:00:00+01:00", "2026-10-25T00:00:00+02:00"):
        (row,) = told(calendar(), {"day": text})
        assert row["weekday"] == "sun"


def test_failures_are_counted() -> None:
    asked = calendar(None)
    told(asked, *({"day": "2026-03-02T00:00:00+00:00", "country": c} for c in ("IT", "XX", "YY")))
    assert asked.rows == 1
    assert asked.failure == "2 of 3 keys got no answer: 2 unknown-country"
    assert asked.digest != calendar("IT").digest
