"""Promise 3 for a table: killed at any instant, it holds the former list or the whole new one.

Never one that the ledger does not have, and making the run again puts the new one there.
"""

from __future__ import annotations

import csv
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger.store import open_ledger
from tests.support.postgres import Server
from tests.support.small_project import CONFIG, long_list, small_project
from tests.support.zygote import Zygote

AS_OF = "2026-03-02T09:30:00+01:00"
EARLIER = "2026-03-02T09:00:00+01:00"
ROWS = 300
Held = tuple[str, list[str]] | None
"""The id of the run whose list a table holds, and that list's ids; None without a table."""


@dataclass(frozen=True)
class Prepared:
    """A project with one run in its table and whom that allowed, and how long recording took.

    The killed run is of the same list half an hour later, which allows the same.
    """

    zygote: Zygote
    used: Path
    allowed: list[str]
    seconds: float


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Prepared:
    folder = tmp_path_factory.mktemp("kill-table")
    used = small_project(folder / "used")
    (used / "config.yaml").write_text(
        CONFIG + "output: {sql: 'sqlite:///dialer.db', table: tonight}\n"
    )
    (used / "list.csv").write_text(long_list(ROWS))
    (used / "dialer").mkdir()
    status, begun = zygote.run(used, EARLIER)
    assert status == 0
    held = sqlite_held(used)
    assert held is not None
    return Prepared(zygote, used, held[1], begun["release"] - begun["record"])


def sqlite_held(folder: Path) -> Held:
    connection = sqlite3.connect(folder / "dialer.db")
    try:
        (run_id,) = connection.execute("SELECT run_id FROM upfront_outputs").fetchone()
        return run_id, [row[0] for row in connection.execute("SELECT lead FROM tonight")]
    finally:
        connection.close()


def released(folder: Path, run_id: str) -> list[str]:
    with (folder / "out" / run_id / "allowed.csv").open(encoding="utf-8", newline="") as stream:
        return [row["lead"] for row in csv.DictReader(stream)]


def kill_and_run_again(
    prepared: Prepared, project: Path, number: int, held: Callable[[Path], Held] = sqlite_held
) -> bool:
    """One attempt; returns whether the run was killed before it ended by itself."""
    chance = random.Random(number)
    # What follows a release, which is short: its last files and the table.
    stage, longest = (("release", 0.2), ("record", prepared.seconds))[number % 3 == 2]
    delay = chance.uniform(0, longest)
    status, _ = prepared.zygote.run(project, AS_OF, stage=stage, delay=delay)
    assert status in (0, -9)
    ledger = open_ledger(f"sqlite:///{project / 'upfront.db'}", project / "upfront.key")
    found = held(project)
    if found is not None:
        run_id, leads = found
        assert ledger.find_run(run_id) is not None
        assert leads == released(project, run_id)
    assert prepared.zygote.run(project, AS_OF)[0] == 0
    again = held(project)
    assert again is not None
    assert again[1] == prepared.allowed == released(project, again[0])
    assert len(ledger.runs()) == 2
    return status == -9


def campaign(prepared: Prepared, folder: Path, attempts: range) -> None:
    killed = 0
    for number in attempts:
        project = shutil.copytree(prepared.used, folder / f"attempt-{number}")
        killed += kill_and_run_again(prepared, project, number)
        shutil.rmtree(project)
    # A run that ended before its kill was due proves nothing.
    assert killed >= 0.4 * len(attempts)


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_a_whole_list_in_the_table(
    prepared: Prepared, tmp_path: Path
) -> None:
    campaign(prepared, tmp_path, range(2))


@pytest.mark.soak
def test_a_run_that_is_killed_at_many_instants_leaves_a_whole_list_in_the_table(
    prepared: Prepared, tmp_path: Path
) -> None:
    campaign(prepared, tmp_path, range(100, 160))


@pytest.mark.soak
def test_a_run_that_is_killed_leaves_a_whole_list_in_a_table_of_postgresql(
    prepared: Prepared, tmp_path: Path, postgres: Server
) -> None:
    for number in range(20):
        database = postgres.new()
        project = shutil.copytree(prepared.used, tmp_path / f"attempt-{number}")
        text = CONFIG + f"output: {{sql: '{database.url}', table: tonight}}\n"
        (project / "config.yaml").write_text(text)

        def held(_: Path, run: Callable[..., list[Any]] = database.run) -> Held:
            if run("SELECT to_regclass('tonight')::text") == [(None,)]:
                return None
            ((run_id,),) = run("SELECT run_id FROM upfront_outputs")
            return run_id, [row[0] for row in run("SELECT lead FROM tonight")]

        kill_and_run_again(prepared, project, number, held)
