"""The promises that relate two runs: with less known (1, fail closed), and in another order (6)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.engine_view import engine_verdicts
from tests.support.strategies_changes import Degraded, degradations, promise_breakers, shuffles
from tests.support.strategies_project import Project, projects, write_project

Verdicts: TypeAlias = list[dict[str, Any]]

# No deadline: the machine may be busy with other tests. An example takes seconds, so that making
# a failing one smaller takes minutes: the long campaign does.
without_shrinking = (Phase.explicit, Phase.reuse, Phase.generate)
unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck))
few = settings(unhurried, max_examples=4, phases=without_shrinking)
fewer = settings(few, max_examples=3)
many = settings(unhurried, max_examples=250)


def screened(project: Project) -> Verdicts:
    with tempfile.TemporaryDirectory() as folder:
        config, candidates = write_project(Path(folder), project)
        return engine_verdicts(config, candidates, project.as_of)


@st.composite
def known_and_less_known(draw: st.DrawFn) -> tuple[Project, Degraded]:
    project = draw(projects(fail_closed=True))
    return project, draw(degradations(project))


@st.composite
def ordered_and_shuffled(draw: st.DrawFn) -> tuple[Project, Project]:
    project = draw(projects())
    return project, draw(shuffles(project))


def no_block_becomes_an_allow(project: Project, degraded: Degraded) -> None:
    before, after = screened(project), screened(degraded.project)
    assert not promise_breakers(before, after, degraded.touched), degraded.how


def by_candidate(verdicts: Verdicts) -> list[tuple[str, str]]:
    """Verdicts without their row numbers, in an order of their own: invalid rows may share an id."""
    return sorted(
        (v["candidate_id"], repr({k: v[k] for k in sorted(v) if k != "row"})) for v in verdicts
    )


def order_means_nothing(project: Project, shuffled: Project) -> None:
    assert by_candidate(screened(project)) == by_candidate(screened(shuffled))


@given(known_and_less_known())
@few
def test_knowing_less_of_somebody_never_allows_who_was_blocked(
    made: tuple[Project, Degraded],
) -> None:
    no_block_becomes_an_allow(*made)


@pytest.mark.soak
@given(known_and_less_known())
@many
def test_knowing_less_never_allows_in_many_projects(made: tuple[Project, Degraded]) -> None:
    no_block_becomes_an_allow(*made)


@given(ordered_and_shuffled())
@fewer
def test_the_order_of_rows_rules_and_sources_means_nothing(made: tuple[Project, Project]) -> None:
    order_means_nothing(*made)


@pytest.mark.soak
@given(ordered_and_shuffled())
@many
def test_order_means_nothing_in_many_projects(made: tuple[Project, Project]) -> None:
    order_means_nothing(*made)
