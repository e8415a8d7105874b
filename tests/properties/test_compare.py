"""Comparing two rulebooks says exactly what the oracle's two answers differ in, and conserves."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from adapters.compare import compare_lists, other_project
from adapters.config.load import load_project
from tests.oracle.screen import screen_job
from tests.support.strategies_project import Project, projects, vocabulary_of, write_project
from tests.support.strategies_rulebook import rulebooks

# An example takes two seconds, so that making a failing one smaller takes minutes.
some = settings(
    deadline=None,
    max_examples=3,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
SIDES = {"newly_blocked": 1, "newly_allowed": 0}


@st.composite
def changes(draw: st.DrawFn) -> tuple[Project, Project]:
    """A project, and the same with another rulebook."""
    project = draw(projects())
    other = draw(rulebooks(vocabulary_of(project.config)))
    assume(any(other.values()))
    return project, replace(project, rulebook=other)


def compared(before: Project, after: Project, to: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        config, candidates = write_project(Path(folder, "before"), before)
        write_project(Path(folder, "after"), after)
        project = load_project(config)
        other = other_project(project, Path(folder, "after", to))
        return compare_lists(
            project, other, candidates, before.as_of, by=("candidate.offer_id",), samples=100
        )


def expected(before: Project, after: Project) -> tuple[Counter[str], dict[str, Any]]:
    """How many moved or stayed, and the rules that moved each row, by the oracle."""
    counts = Counter[str]()
    moved: dict[str, Any] = {kind: {} for kind in SIDES}
    for pair in zip(screen_job(before.job()), screen_job(after.job()), strict=True):
        was, now = (side["verdict"] for side in pair)
        kind = f"same_{was}" if was == now else f"newly_{now}"
        counts[kind] += 1
        if kind in moved:
            reasons = pair[SIDES[kind]]["reasons"]
            moved[kind][pair[0]["row"]] = {rule: cause for rule, cause, _ in reasons}
    return counts, moved


@given(changes(), st.sampled_from(["config.yaml", "rules"]))
@some
@pytest.mark.slow
def test_what_changes_is_what_the_oracle_finds(case: tuple[Project, Project], to: str) -> None:
    agree(*case, to)


@pytest.mark.soak
@given(changes(), st.sampled_from(["config.yaml", "rules"]))
@settings(some, max_examples=100)
def test_what_changes_is_what_the_oracle_finds_many_times(
    case: tuple[Project, Project], to: str
) -> None:
    agree(*case, to)


def agree(before: Project, after: Project, to: str) -> None:
    found = compared(before, after, to)
    counts, moved = expected(before, after)
    assert {k: n for k, n in found["counts"].items() if n and k != "read"} == counts
    assert found["counts"]["read"] == counts.total() == len(before.rows)
    for kind in SIDES:
        seen = {
            s["row"]: {r["rule"]: r["outcome"] for r in s["rules"]} for s in found["samples"][kind]
        }
        assert seen == moved[kind]
        assert all(seen.values()), "a candidate moved and no rule moved it"
        told = {r["rule"]: r["candidates"] for r in found["moved_by"][kind]}
        assert told == Counter(rule for rules in moved[kind].values() for rule in rules)
        alone = {r["rule"]: r["alone"] for r in found["moved_by"][kind] if r["alone"]}
        assert alone == Counter(next(iter(r)) for r in moved[kind].values() if len(r) == 1)
    (by,) = found["by"]
    for key, whole in (("read", "read"), ("newly_blocked",) * 2, ("newly_allowed",) * 2):
        assert sum(row[key] for row in by["values"]) == found["counts"][whole]
    for side in ("before", "after"):
        assert sum(row[f"allowed_{side}"] for row in by["values"]) == found[side]["allowed"]


@given(projects())
@some
@pytest.mark.slow
def test_a_rulebook_compared_with_itself_changes_nothing(project: Project) -> None:
    found = compared(project, project, "rules")
    assert found["counts"]["newly_blocked"] == found["counts"]["newly_allowed"] == 0
    assert found["other_reasons"] == {"candidates": 0, "rules": []}
    assert all(pool["before"] == pool["after"] for pool in found["pools"].values())
