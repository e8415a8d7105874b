"""Every kind of source in every kind of trouble: who depended on it is not allowed, nobody else
is affected, and the reason says why.

To save time several sources have a bad night at once, each another one; the long campaign (`make
soak`) has every trouble alone.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.batch import run_list
from adapters.config.load import load_project
from adapters.presence import SourceNotThere
from adapters.screened import read_list, screen_list
from adapters.shrinking import SourceShrank, refuse_shrunk
from adapters.wiring import Gathered, project_ledger
from engine.screening.inputs import DuplicateKey
from tests.support.troubled_sources import (
    AS_OF,
    CONFIG,
    EVERYBODY,
    FACTS,
    FRESH,
    LATER,
    RARE_TROUBLES,
    ROWS,
    SOURCES,
    TROUBLES,
    Night,
    Trouble,
    change,
    dated,
    drop_table,
    empty,
    good_project,
    nights,
    nothing_at_all,
    put,
    remove,
    say,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return good_project(tmp_path)


def screened(folder: Path) -> tuple[set[str], dict[str, list[dict[str, Any]]]]:
    """Who is allowed, and the reasons of the others."""
    project = load_project(folder / "config.yaml")
    done = screen_list(project, folder / "list.csv", AS_OF, lambda step: None)
    try:
        blocked = done.screening.blocked(done.backend)
        reasons = {row["candidate_id"]: json.loads(row["reasons"]) for row in blocked}
        return EVERYBODY - set(reasons), reasons
    finally:
        done.backend.close()


def read(folder: Path) -> Gathered:
    """The list and its sources, as a run reads them before it screens."""
    project = load_project(folder / "config.yaml")
    backend, gathered = read_list(project, folder / "list.csv", AS_OF, lambda step: None)
    backend.close()
    return gathered


ALONE: list[Night] = [
    ((name, trouble),)
    for trouble, (_, _, names) in (TROUBLES | RARE_TROUBLES).items()
    for name in names
]


def bad_night(folder: Path, night: Night) -> None:
    """Only those who depend on a source in trouble are blocked, and only since nobody can tell."""
    every = TROUBLES | RARE_TROUBLES
    for name, trouble in night:
        every[trouble][0](folder, name)
    allowed, reasons = screened(folder)
    assert allowed == EVERYBODY - {f"L-{name}" for name, _ in night}
    for name, trouble in night:
        (reason,) = reasons[f"L-{name}"]
        assert (reason["rule"], reason["outcome"]) == (f"eligibility.{name}", "unknown")
        fact = reason["facts"][FACTS[name]]
        assert every[trouble][1] in (fact["state"], fact.get("problem"))


@pytest.mark.parametrize("night", nights(), ids=str)
def test_whoever_depends_on_a_source_in_trouble_is_not_allowed_and_nobody_else_is_affected(
    folder: Path, night: Night
) -> None:
    bad_night(folder, night)


@pytest.mark.soak
@pytest.mark.parametrize("night", ALONE, ids=str)
def test_every_source_in_turn_in_every_trouble(folder: Path, night: Night) -> None:
    bad_night(folder, night)


def test_each_trouble_of_each_source_has_its_night() -> None:
    told = [pair for night in nights() for pair in night]
    assert sorted(told) == sorted((n, t) for t, (_, _, names) in TROUBLES.items() for n in names)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("trouble", [remove, empty, nothing_at_all, drop_table])
def test_what_is_missing_or_empty_stops_the_run_unless_it_is_optional(
    folder: Path, name: str, trouble: Trouble
) -> None:
    if trouble is drop_table and name != "care":
        return
    trouble(folder, name)
    place = next(n for n, line in enumerate(CONFIG.splitlines(), 1) if line == f"  {name}:")
    with pytest.raises(
        SourceNotThere, match=f"config.yaml:{place}:3: source `{name}` is "
    ) as caught:
        read(folder)
    assert caught.value.exit_code == 1
    assert caught.value.hint
    say(folder, name, "optional: true")
    assert read(folder).answers[name].failure


@pytest.mark.parametrize("name", SOURCES)
def test_what_may_be_empty_is_as_good_without_rows(folder: Path, name: str) -> None:
    empty(folder, name)
    say(folder, name, "may_be_empty: true")
    if name == "stock":
        change(folder, "as_of: updated_at", f"as_of: {{value: {FRESH}}}")
    assert read(folder).answers[name].failure == ""


@pytest.mark.parametrize("name", ["stock", "register", "care"])
def test_two_rows_for_one_key_stop_the_run(folder: Path, name: str) -> None:
    put(folder, name, [*ROWS[name], ROWS[name][-1]])
    with pytest.raises(DuplicateKey, match=f"source `{name}` has 2 rows for one key"):
        screened(folder)


def test_clocks_may_differ_by_as_much_as_config_says(folder: Path) -> None:
    # A contact that is logged twice is two contacts.
    put(folder, "calls", [*ROWS["calls"], ROWS["calls"][1]])
    for name in ("stock", "register", "care"):
        dated(LATER)(folder, name)
        say(folder, name, "clock_skew: 10m")
    allowed, reasons = screened(folder)
    assert allowed == EVERYBODY - {"L-calls"}
    assert reasons["L-calls"][0]["outcome"] == "failed"


# ── fewer rows than before ───────────────────────────────────────────────────────────────────────


def run(folder: Path, *accepted: str, minutes: int = 0) -> dict[str, Any]:
    moment = AS_OF + timedelta(minutes=minutes)
    return run_list(
        load_project(folder / "config.yaml"),
        folder / "list.csv",
        as_of=moment,
        started_at=moment,
        out=folder / "out",
        allowed=None,
        overwrite=False,
        progress=lambda step: None,
        accept_shrink=accepted,
    )


def test_what_shrank_stops_the_run_until_it_is_accepted(folder: Path) -> None:
    first = run(folder)
    assert {name: s["rows"] for name, s in first["sources"].items()} == dict.fromkeys(SOURCES, 10)
    for name in SOURCES:
        put(folder, name, ROWS[name][:-2])
    with pytest.raises(SourceShrank) as caught:
        run(folder, minutes=1)
    assert caught.value.exit_code == 1
    for name in SOURCES:
        assert f"source `{name}` has 8 rows" in str(caught.value)
        assert f"--accept-shrink {name}" in caught.value.hint
    assert "had 10: it shrank by 20.0%, more than `max_shrink: 10%`" in str(caught.value)
    assert [p.name for p in (folder / "out").iterdir()] == [first["run_id"]]
    ledger = project_ledger(load_project(folder / "config.yaml"), create=False)
    assert [r.run_id for r in ledger.runs()] == [first["run_id"]]
    accepted = run(folder, *SOURCES, minutes=1)
    # To make it again needs no word, and it is the measure of the next.
    assert run(folder, minutes=1)["run_id"] == accepted["run_id"]
    project = load_project(folder / "config.yaml")
    refuse_shrunk(project, read(folder), ledger, ())
