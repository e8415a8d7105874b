"""How much memory a run takes, PostgreSQL's own not counted, and what is done to take no more."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import adapters.prevented
from benchmarks.million_from_postgres import fill, measured, project
from tests.support.command_line import AS_OF, upfront
from tests.support.postgres import Server
from tests.support.small_project import long_list


@pytest.mark.slow
def test_what_is_written_in_pieces_is_whole_and_in_the_order_of_the_list(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small / "list.csv").write_text(long_list(100) + "a row with one cell\n")
    monkeypatch.setattr(adapters.prevented, "_PIECE", 7)
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--json")
    assert said.code == 0, said.err
    manifest = said.data()
    with (small / manifest["outputs"]["blocked"]).open(encoding="utf-8", newline="") as stream:
        ids = [row["candidate_id"] for row in csv.DictReader(stream)]
    assert len(ids) == manifest["counts"]["blocked"]
    assert ids[-1] == "row 101"
    assert ids[:-1] == sorted(ids[:-1], key=lambda lead: int(lead[1:]))
    assert upfront(small, "audit", "verify").code == 0


@pytest.mark.soak
def test_a_million_rows_from_postgresql_are_screened_in_two_gigabytes(
    postgres: Server, tmp_path: Path
) -> None:
    database = postgres.new()
    with postgres.connect(database.name) as connection:
        fill(connection, 1_000_000)
    project(tmp_path, database.url)
    found = measured(tmp_path)
    counts = found.manifest["counts"]
    assert counts["read"] == 1_000_000
    assert 0.8 < counts["blocked"] / counts["read"] < 0.95
    assert found.peak <= 2_000_000_000, f"{found.peak:,} bytes"
