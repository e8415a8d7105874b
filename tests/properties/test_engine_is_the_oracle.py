"""The engine and the independent oracle give the same verdicts, outcomes, reasons and grants."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from engine.screening import rounds
from tests.oracle.screen import screen, screen_job
from tests.support.command_line import AS_OF, ROOT
from tests.support.engine_view import engine_verdicts
from tests.support.strategies_project import Project, projects, write_project

# No deadline: the machine may be busy with other tests. An example takes a second, so that making
# a failing one smaller takes minutes: the long campaign does.
without_shrinking = (Phase.explicit, Phase.reuse, Phase.generate)
unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck))
some = settings(unhurried, max_examples=6, phases=without_shrinking)
many = settings(unhurried, max_examples=500)


def agree(project: Project) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config, candidates = write_project(Path(folder), project)
        found = engine_verdicts(config, candidates, project.as_of)
    assert found == screen_job(project.job())


@given(projects())
@some
def test_the_engine_agrees_with_the_oracle_on_made_up_rulebooks_and_lists(project: Project) -> None:
    agree(project)


@pytest.mark.soak
@given(projects(most_rows=30))
@many
def test_the_engine_agrees_with_the_oracle_on_many_more(project: Project) -> None:
    agree(project)


@pytest.mark.slow
def test_the_engine_agrees_with_the_oracle_on_the_whole_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # So that some of its queue is settled in rounds and some one by one.
    monkeypatch.setattr(rounds, "FEW", 2_000)
    sample = (
        ROOT / "config.yaml",
        ROOT / "samples" / "call-list.csv.gz",
        datetime.fromisoformat(AS_OF),
    )
    expected, found = screen(*sample), engine_verdicts(*sample)
    assert len(found) == len(expected) == 45_211
    # Rows one by one: a difference of lists this long would take minutes to print.
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == theirs
