"""`sources check` tells of keys in another form, and of dates that nobody can read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.backends.duckdb import DuckDBBackend
from adapters.config.load import load_project
from adapters.source_check import check_sources
from tests.support.command_line import AS_OF, write
from tests.support.small_project import small_project

FRESH = "2026-03-02T08:00:00+01:00"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_project(tmp_path / "project")


def checked(folder: Path) -> Any:
    project, backend = load_project(folder / "config.yaml"), DuckDBBackend()
    try:
        as_of = datetime.fromisoformat(AS_OF)
        return check_sources(project, (), folder / "list.csv", as_of, backend)
    finally:
        backend.close()


@pytest.mark.parametrize(
    ("keys", "otherwise"),
    [
        (("+39 333 000", "+39 333 001"), True),
        (("00 1",), True),
        (("00 1", "+39777"), False),
        ((), False),
    ],
)
def test_keys_in_another_form_than_the_lists_are_a_problem(
    small: Path, keys: tuple[str, ...], otherwise: bool
) -> None:
    rows = "".join(f"{key},2026-01-01\n" for key in keys)
    text = (small / "config.yaml").read_text().replace("register.csv.gz", "register.csv")
    text = text.replace(
        "fields: {listed_on: date}", "may_be_empty: true\n    fields: {listed_on: date}"
    )
    write(small, {"register.csv": f"phone,listed_on\n{rows}", "config.yaml": text})
    report = checked(small)["sources"]["register"]
    assert any("written in another way" in p for p in report["problems"]) == otherwise
    assert "alike" not in report["candidates"]


def test_rows_without_a_date_are_a_problem(small: Path) -> None:
    rows = f"X1,3,{FRESH}\nX2,5,\nX3,5,yesterday\n"
    write(small, {"stock.csv": f"sku,available,updated_at\n{rows}"})
    (problem,) = checked(small)["sources"]["stock"]["problems"]
    assert problem.startswith("2 rows without a date that can be read (rows 2, 3)")


@pytest.mark.parametrize(
    ("dated", "shown"),
    [
        ("0001-01-01", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_date_at_either_end_of_the_calendar_is_shown(small: Path, dated: str, shown: str) -> None:
    write(small, {"stock.csv": f"sku,available,updated_at\nX1,3,{dated}\nX2,5,{dated}\n"})
    assert checked(small)["sources"]["stock"]["as_of"] == shown


def test_rows_of_the_future_are_a_problem(small: Path) -> None:
    later = "2026-03-05T08:00:00+01:00"
    write(small, {"stock.csv": f"sku,available,updated_at\nX1,3,{FRESH}\nX2,5,{later}\n"})
    assert checked(small)["sources"]["stock"]["problems"] == [
        "1 row dated in the future (row 2), so unknown"
    ]
    write(small, {"stock.csv": f"sku,available,updated_at\nX1,3,{later}\n"})
    problems = checked(small)["sources"]["stock"]["problems"]
    assert "it is dated in the future, so its facts are unknown" in problems
    assert not any("older" in p for p in problems)


def test_a_source_that_nothing_dates_is_not_called_old(small: Path) -> None:
    write(small, {"stock.csv": "sku,available,updated_at\nX1,3,\n"})
    problems = checked(small)["sources"]["stock"]["problems"]
    assert any(p.startswith("nothing tells how old it is") for p in problems)
    assert not any("older" in p for p in problems)


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (("2026-03-02T08:00:00+01:00", "2026-01-02T08:00:00+01:00"), None),
        (("2026-01-02T08:00:00+01:00",), "older than"),
        (("2026-03-05T08:00:00+01:00",), "in the future"),
        (("",), "nothing tells"),
    ],
)
def test_a_contact_log_is_as_old_as_its_newest_row(
    small: Path, dates: tuple[str, ...], words: str | None
) -> None:
    log = """\
  calls:
    read: {history: calls.csv, at: called_at}
    key: {phone: candidate.phone}
    as_of: synced_at
    max_age: 24h
    fields: {calls_7d: {type: integer, count: {within: 7d}}}
"""
    config = (small / "config.yaml").read_text() + log
    rows = "".join(f"+33199000001,2026-01-01T10:00:00+01:00,{date}\n" for date in dates)
    write(small, {"config.yaml": config, "calls.csv": f"phone,called_at,synced_at\n{rows}"})
    calls = checked(small)["sources"]["calls"]
    told = max(dates) or None
    assert (calls["as_of"] and datetime.fromisoformat(calls["as_of"])) == (
        told and datetime.fromisoformat(told)
    )
    assert calls["fresh"] is (words is None)
    assert [words in p for p in calls["problems"]] == ([] if words is None else [True])


def test_dates_of_rows_that_may_be_read_in_two_ways_are_read_as_config_says(small: Path) -> None:
    write(
        small,
        {"stock.csv": "sku,available,updated_at\nX1,3,02/03/2026 08:00\nX2,1,02/03/2026 07:00\n"},
    )
    (problem, *_) = checked(small)["sources"]["stock"]["problems"]
    assert "in config.yaml at `as_of`: `format:" in problem
    text = (small / "config.yaml").read_text()
    said = 'as_of: {column: updated_at, format: "%d/%m/%Y %H:%M"}'
    write(small, {"config.yaml": text.replace("as_of: updated_at", said)})
    stock = checked(small)["sources"]["stock"]
    assert (stock["problems"], stock["as_of"]) == ([], "2026-03-02T07:00:00+00:00")
