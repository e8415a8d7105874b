"""A moment is permitted when it is so on the clocks of every zone that it may ring in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from adapters.config.computed import week
from adapters.sources.computed.contact_window import ContactWindow
from tests.support.windows import ITALY, OFFICE, ZONES, told, window


def is_open(asked: ContactWindow, at: str, *zones: str) -> str:
    (row,) = told(asked, {"at": at, "zones": list(zones)})
    assert row["problem"] is None
    return str(row["open"])


def test_an_italian_mobile_may_ring_in_rome_and_in_the_vatican() -> None:
    (row,) = told(
        window(ITALY, "IT"),
        {"at": "2026-03-02T09:00:00+01:00", "zones": ["Europe/Rome", "Europe/Vatican"]},
    )
    assert row == {
        "open": "true",
        "zones_open": "2",
        "zones_all": "2",
        "local_times": "Europe/Rome 09:00|Europe/Vatican 09:00",
        "opens_at": "2026-03-02T08:00:00.000000Z",
        "problem": None,
    }


def test_a_spanish_mobile_at_half_past_eight_is_too_early_on_the_canaries() -> None:
    asked = window(week({"mon-fri": ["08:00-21:00"]}))
    (row,) = told(
        asked, {"at": "2026-03-02T08:30:00+01:00", "zones": ["Europe/Madrid", "Atlantic/Canary"]}
    )
    assert (row["open"], row["zones_open"], row["zones_all"]) == ("false", "1", "2")
    assert row["local_times"] == "Europe/Madrid 08:30|Atlantic/Canary 07:30"
    assert row["opens_at"] == "2026-03-02T08:00:00.000000Z"


def test_an_alaskan_number_must_be_within_hours_in_anchorage_and_on_adak() -> None:
    asked = window(week({"mon-sun": ["08:00-21:00"]}))
    zones = ["America/Adak", "America/Anchorage"]
    answers = [
        is_open(asked, f"2026-03-02T{clock}-09:00", *zones)
        for clock in ("08:30:00", "09:00:00", "20:59:59", "21:00:00")
    ]
    assert answers == ["false", "true", "true", "false"]


def test_the_known_zone_of_an_address_decides_alone() -> None:
    asked = window(week({"mon-fri": ["08:00-21:00"]}))
    both = ["Europe/Madrid", "Atlantic/Canary"]
    at = "2026-03-02T08:30:00+01:00"
    rows = told(
        asked,
        {"at": at, "zone": "Europe/Madrid", "zones": both},
        {"at": at, "zone": "  ", "zones": both},
        {"at": at, "zone": None, "zones": both},
        {"at": at, "zone": "Europe/Madrid", "zones": None},
    )
    assert [row["open"] for row in rows] == ["true", "false", "false", "true"]


@pytest.mark.parametrize(
    ("clock", "answer"),
    [
        ("08:59:59.999999", "false"),
        ("09:00:00", "true"),
        ("19:59:59.999999", "true"),
        ("20:00:00", "false"),
    ],
)
def test_the_end_of_a_span_is_too_late(clock: str, answer: str) -> None:
    assert is_open(window(ITALY, "IT"), f"2026-03-02T{clock}+01:00", "Europe/Rome") == answer


def test_nothing_is_told_where_no_zone_is_known_or_its_name_is_none() -> None:
    asked = window(OFFICE)
    at = "2026-03-02T10:00:00+01:00"
    rows = told(
        asked,
        {"at": at, "zones": None},
        {"at": at, "zones": []},
        {"at": at, "zones": ["Europe/Rom"]},
        {"at": at, "zones": ["Europe/Rome", "Europe/Nowhere"]},
        {"at": at, "zone": "localtime", "zones": ["Europe/Rome"]},
        {"at": at, "zone": "../../etc/passwd", "zones": ["Europe/Rome"]},
        {"at": at, "zones": ["Europe/Rome", "Europe/Rome"]},
    )
    problems = ["no-zone", "no-zone", *["unknown-zone"] * 4, None]
    assert [row["problem"] for row in rows] == problems
    assert all(row["open"] is None and row["opens_at"] is None for row in rows[:-1])
    assert rows[-1]["zones_all"] == "1"
    assert (asked.rows, asked.failure) == (
        1,
        "6 of 7 keys got no answer: 2 no-zone, 4 unknown-zone",
    )


def test_hours_of_a_holiday_and_of_the_day_before_it_hold_beside_those_of_the_weekday() -> None:
    asked = window(ITALY, "IT")
    at = {
        "Tuesday 2 June, a holiday": "2026-06-02T11:00:00+02:00",
        "Monday before it, at half past nine": "2026-06-01T09:30:00+02:00",
        "Monday before it, at ten": "2026-06-01T10:00:00+02:00",
        "Easter Sunday, before a holiday": "2026-04-05T11:00:00+02:00",
        "Christmas, before a holiday": "2026-12-25T11:00:00+01:00",
        "Saturday 31 October, before a holiday": "2026-10-31T18:59:00+01:00",
    }
    answers = {name: is_open(asked, text, "Europe/Rome") for name, text in at.items()}
    assert [name for name, answer in answers.items() if answer == "true"] == [
        "Monday before it, at ten",
        "Saturday 31 October, before a holiday",
    ]


def test_each_key_may_name_its_own_country_and_part() -> None:
    hours = week({"mon-fri": ["09:00-21:00"], "holiday": ["none"]})
    at, zones = "2026-09-11T12:00:00+02:00", ["Europe/Madrid"]
    rows = told(
        window(hours, "ES"),
        {"at": at, "zones": zones, "country": None, "subdivision": None},
        {"at": at, "zones": zones, "country": "ES", "subdivision": "CT"},
        {"at": at, "zones": zones, "country": "es", "subdivision": "ES-CT"},
        {"at": at, "zones": zones, "country": None, "subdivision": "CT"},
        {"at": at, "zones": zones, "country": "XX", "subdivision": None},
        {"at": at, "zones": zones, "country": "ES", "subdivision": "Bavaria"},
        {"at": at, "zones": zones, "country": "GB", "subdivision": None},
    )
    assert [row["open"] for row in rows[1:4]] == ["false", "false", "false"]
    # Which part it is was asked, and is not known: perhaps the one that has a holiday.
    assert [row["problem"] for row in [rows[0], *rows[4:]]] == [
        "no-subdivision",
        "unknown-country",
        "unknown-subdivision",
        "no-subdivision",
    ]
    at_home = {"at": at, "zones": zones, "subdivision": None}
    assert told(window(hours, "ES", subdivision="MD"), at_home)[0]["open"] == "true"
    assert told(window(OFFICE), at_home)[0]["open"] == "true"


def test_the_zones_of_a_number_are_found_where_no_other_is_known(tmp_path: Path) -> None:
    asked = window(OFFICE, region="ES", cache=tmp_path / "cache")
    at = "2026-03-02T09:30:00+01:00"
    rows = told(
        asked,
        {"at": at, "number": "612 345 678"},
        {"at": at, "number": "+39 333 1234567"},
        {"at": at, "number": "nonsense"},
        {"at": at, "number": None},
        {"at": at, "number": "612 345 678", "zone": "Europe/Madrid"},
        {"at": at, "number": "333 1234567", "region": "IT"},
        {"at": at, "number": "333 1234567", "region": "Padania"},
    )
    assert [row["open"] for row in rows] == ["false", "true", None, None, "true", "true", None]
    assert [row["problem"] for row in rows if row["problem"]] == [
        "no-zone",
        "no-zone",
        "unknown-region",
    ]
    assert rows[0]["opens_at"] == "2026-03-02T09:00:00.000000Z"


def test_what_lies_outside_of_the_known_years_can_not_be_told() -> None:
    rows = told(
        window(ITALY, "IT"),
        {"at": "1969-12-31T12:00:00+00:00", "zones": ["Europe/Rome"]},
        {"at": "2100-01-01T00:00:00+00:00", "zones": ["Europe/Rome"]},
        {"at": "9999-12-31T12:00:00+00:00", "zones": ["Europe/Rome"]},
        {"at": "2099-12-31T23:59:59+00:00", "zones": ["Pacific/Kiritimati"]},
    )
    assert [row["problem"] for row in rows] == [*["out-of-range"] * 3, None]


def test_what_never_opens_has_no_moment_of_opening() -> None:
    hours = week({"mon": ["09:00-10:00"], "eve": ["00:00-24:00"], "holiday": ["none"]})
    zones = ["Europe/Rome", "America/New_York"]
    (row,) = told(window(hours, "IT"), {"at": "2026-03-02T08:30:00+00:00", "zones": zones})
    assert (row["open"], row["zones_open"], row["opens_at"]) == ("false", "1", None)


def test_rows_do_not_depend_on_each_other() -> None:
    """Asked together in any order or one by one, the same is told of each."""
    begin = datetime(2026, 3, 27, tzinfo=UTC)
    rows = [
        {
            "at": (begin + timedelta(hours=7 * n)).isoformat(),
            "zones": [ZONES[n % 5], ZONES[n % 3]],
            "country": ["IT", "ES", None][n % 3],
        }
        for n in range(40)
    ]
    together = told(window(ITALY, "IT"), *rows)
    assert together == told(window(ITALY, "IT"), *rows[::-1])[::-1]
    assert together == [told(window(ITALY, "IT"), row)[0] for row in rows]
    assert {row["open"] for row in together} == {"true", "false"}


def test_no_rows_are_no_answers() -> None:
    empty = pa.table({"at": pa.array([], pa.int64()), "zones": pa.array([], pa.list_(pa.string()))})
    asked = window(ITALY, "IT")
    found = asked(empty)
    assert (found.table.num_rows, asked.rows, asked.failure) == (0, 0, "")


def test_all_that_its_answers_depend_on_is_in_its_digest() -> None:
    same, again = window(ITALY, "IT"), window(ITALY, "IT")
    others = [window(OFFICE, "IT"), window(ITALY, "FR"), window(ITALY, "IT", region="IT")]
    assert same.digest == again.digest
    assert len({same.digest, *(other.digest for other in others)}) == 4
