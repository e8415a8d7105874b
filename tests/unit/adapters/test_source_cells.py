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
