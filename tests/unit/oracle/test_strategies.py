"""The generators: valid, varied, and what they say of the oracle holds of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.oracle.screen import screen, screen_job
from tests.support.strategies_changes import degradations, promise_breakers, shuffles
from tests.support.strategies_project import Project, projects, write_project

FIXED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
def test_generated_projects_mix_every_outcome_and_run_out_of_room() -> None:
    seen: Counter[str] = Counter()

    @settings(FIXED, max_examples=120)
    @given(projects())
    def count(project: Project) -> None:
        verdicts = screen_job(project.job())
        seen["projects"] += 1
        for verdict in verdicts:
            seen["rows"] += 1
            seen[verdict["verdict"]] += 1
            seen.update(f"outcome {o}" for o in verdict["outcomes"].values())
            seen.update(f"signal {s}" for s in verdict["signals"].values())
            seen.update({cause for _, cause, _ in verdict["reasons"]})
            seen.update(k for k in ("waived", "proposed", "granted") if verdict[k])
        causes = {cause for v in verdicts for _, cause, _ in v["reasons"]}
        seen["pool ran out"] += "no-room" in causes and any(v["granted"] for v in verdicts)

    count()
    # Not the same in every process: values are drawn from the constants of what is imported, too.
    for kind in ("passed", "failed", "unknown", "not-applicable"):
        share = seen[f"outcome {kind}"] / sum(n for k, n in seen.items() if "outcome" in k)
        assert 0.02 < share < 0.75, (kind, seen)
    for kind in ("certain", "possible", "no"):
        assert seen[f"signal {kind}"] > 50, seen
    for kind in ("failed", "unknown", "decision", "no-room", "duplicate", "invalid"):
        assert seen[kind] > 8, seen
    for kind in ("waived", "proposed", "granted", "pool ran out"):
        assert seen[kind] > 4, seen
    assert 0.15 < seen["allowed"] / seen["rows"] < 0.6, seen


@settings(FIXED, max_examples=25)
@given(projects())
def test_a_project_on_disk_is_screened_like_the_one_in_memory(project: Project) -> None:
    with TemporaryDirectory() as folder:
        config, candidates = write_project(Path(folder), project)
        assert screen(config, candidates, project.as_of) == screen_job(project.job())


@settings(FIXED, max_examples=30)
@given(st.data())
def test_knowing_less_never_turns_a_block_into_an_allow(data: st.DataObject) -> None:
    project = data.draw(projects(fail_closed=True))
    degraded = data.draw(degradations(project))
    before, after = screen_job(project.job()), screen_job(degraded.project.job())
    assert promise_breakers(before, after, degraded.touched) == []


@settings(FIXED, max_examples=20)
@given(st.data())
def test_order_means_nothing(data: st.DataObject) -> None:
    project = data.draw(projects())
    shuffled = data.draw(shuffles(project))
    assert _unordered(screen_job(project.job())) == _unordered(screen_job(shuffled.job()))


def _unordered(verdicts: list[dict[str, Any]]) -> list[list[tuple[str, Any]]]:
    """Verdicts without the number of their row, and dicts as sorted items, sorted themselves."""
    plain = [
        sorted(
            (key, sorted(value.items()) if isinstance(value, dict) else value)
            for key, value in verdict.items()
            if key != "row"
        )
        for verdict in verdicts
    ]
    return sorted(plain, key=repr)
