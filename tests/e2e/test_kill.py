"""Promise 3: killed at any instant, a run is complete or invisible, and can be made again.

Each attempt kills a run with SIGKILL, looks at what is left, and makes the run again. Half of the
instants are spread over the whole run, half over its stages, however short they are. Of three runs
one is killed in a project whose ledger already holds an earlier one, and one that is in the ledger
itself, made again because its files are gone.
"""

from __future__ import annotations

import csv
import random
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.cli.show import STEPS
from adapters.ledger.auditing import verify_ledger
from adapters.ledger.store import Ledger, open_ledger
from tests.support.small_project import long_list, small_project
from tests.support.zygote import Zygote

AS_OF = "2026-03-02T09:30:00+01:00"
EARLIER = "2026-03-02T09:00:00+01:00"
ROWS = 1000
TARGET = "dialer/tonight.csv"


@dataclass(frozen=True)
class Prepared:
    """Projects to copy: `fresh` was never run, `used` has one run, and `lost` the very run, without
    its files; `whole` shows how it ends.
    """

    zygote: Zygote
    fresh: Path
    used: Path
    lost: Path
    whole: dict[str, bytes]
    seconds: float
    stages: dict[str, tuple[float, float]]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Prepared:
    folder = tmp_path_factory.mktemp("kill")
    fresh = small_project(folder / "fresh")
    (fresh / "list.csv").write_text(long_list(ROWS))
    (fresh / "dialer").mkdir()
    used = shutil.copytree(fresh, folder / "used")
    assert zygote.run(used, EARLIER)[0] == 0
    reference = shutil.copytree(fresh, folder / "reference")
    status, begun = zygote.run(reference, AS_OF)
    assert status == 0
    (released,) = (reference / "out").iterdir()
    whole = {name: (released / name).read_bytes() for name in ("allowed.csv", "blocked.csv")}
    lost = reference
    shutil.rmtree(lost / "out")
    (lost / TARGET).unlink()
    instants = [*begun.values(), begun["release"] * 1.2]
    spans = dict(zip(begun, pairwise(instants), strict=True))
    return Prepared(zygote, fresh, used, lost, whole, instants[-1], spans)


def ledger_of(folder: Path) -> Ledger | None:
    if not (folder / "upfront.db").exists():
        return None
    return open_ledger(f"sqlite:///{folder / 'upfront.db'}", folder / "upfront.key")


def recorded(ledger: Ledger | None, run_id: str) -> list[str | None]:
    """Ids of a run's moments, as the ledger has them."""
    if ledger is None:
        return []
    return [m.candidate_id for m in ledger.moments(run_id=run_id, limit=10 * ROWS)]


def listed(path: Path, column: int) -> list[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [row[column] for row in csv.reader(stream)][1:]


def nothing_is_visible_that_is_not_recorded(folder: Path) -> None:
    ledger = ledger_of(folder)
    for released in (folder / "out").glob("[!.]*"):
        assert {p.name for p in released.iterdir()} == {"allowed.csv", "blocked.csv", "run.json"}
        blocked = listed(released / "blocked.csv", 0)
        assert recorded(ledger, released.name) == blocked
        assert len(listed(released / "allowed.csv", 0)) + len(blocked) == ROWS
    target = folder / TARGET
    if target.exists():
        copies = [p.read_bytes() for p in (folder / "out").glob("[!.]*/allowed.csv")]
        assert target.read_bytes() in copies
    if ledger is not None and ledger.runs():
        result = verify_ledger(ledger)
        assert result.whole, result.findings
        assert result.moments == sum(run.blocked for run in ledger.runs())


def it_ended_as_if_nothing_had_happened(folder: Path, whole: dict[str, bytes], runs: int) -> None:
    names = sorted(p.name for p in (folder / "out").iterdir())
    assert len(names) == runs, names
    assert not [n for n in names if n.startswith(".")]
    last = folder / "out" / names[-1]
    assert {name: (last / name).read_bytes() for name in whole} == whole
    assert [p.name for p in (folder / "dialer").iterdir()] == ["tonight.csv"]
    assert (folder / TARGET).read_bytes() == whole["allowed.csv"]
    ledger = ledger_of(folder)
    assert ledger is not None
    assert sorted(run.run_id for run in ledger.runs()) == names
    assert recorded(ledger, names[-1]) == listed(last / "blocked.csv", 0)
    result = verify_ledger(ledger)
    assert result.whole, result.findings
    assert result.moments == sum(run.blocked for run in ledger.runs())


def kill_and_run_again(prepared: Prepared, folder: Path, number: int) -> bool:
    """One attempt; returns whether the run was killed before it ended by itself."""
    chance = random.Random(number)
    cases = ((prepared.fresh, 1), (prepared.used, 2), (prepared.lost, 1))
    template, runs = cases[number % 3]
    project = shutil.copytree(template, folder / f"attempt-{number}")
    if number % 4 < 2:
        status, _ = prepared.zygote.run(project, AS_OF, delay=chance.uniform(0, prepared.seconds))
    else:
        # The last stages are short, and the ones that matter most.
        stage = chance.choice([*STEPS, "write", "record", "record", "release", "release"])
        begin, end = prepared.stages[stage]
        status, _ = prepared.zygote.run(
            project, AS_OF, stage=stage, delay=chance.uniform(0, end - begin)
        )
    assert status in (0, -9)
    nothing_is_visible_that_is_not_recorded(project)
    assert prepared.zygote.run(project, AS_OF)[0] == 0
    it_ended_as_if_nothing_had_happened(project, prepared.whole, runs)
    shutil.rmtree(project)
    return status == -9


def campaign(prepared: Prepared, folder: Path, attempts: range) -> None:
    killed = sum(kill_and_run_again(prepared, folder, number) for number in attempts)
    # A run that ended before its kill was due proves nothing.
    assert killed >= 0.6 * len(attempts)


def test_a_run_killed_at_any_instant_is_complete_or_invisible(
    prepared: Prepared, tmp_path: Path
) -> None:
    campaign(prepared, tmp_path, range(20))


@pytest.mark.soak
def test_a_run_killed_at_any_of_many_instants_is_complete_or_invisible(
    prepared: Prepared, tmp_path: Path
) -> None:
    campaign(prepared, tmp_path, range(1000, 1200))


@pytest.mark.slow
def test_a_run_may_be_killed_again_and_again(prepared: Prepared, tmp_path: Path) -> None:
    project = shutil.copytree(prepared.fresh, tmp_path / "project")
    for stage in ("write", "record", "release", "record"):
        prepared.zygote.run(project, AS_OF, stage=stage, delay=0.0)
        nothing_is_visible_that_is_not_recorded(project)
    assert prepared.zygote.run(project, AS_OF)[0] == 0
    it_ended_as_if_nothing_had_happened(project, prepared.whole, 1)
