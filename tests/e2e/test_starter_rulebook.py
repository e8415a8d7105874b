"""The starter rulebook is tested as its authors are asked to test theirs."""

from __future__ import annotations

import pytest

from adapters.config.load import Project, load_project
from adapters.rule_tests import find_test_files, run_tests
from tests.support.command_line import ROOT


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT / "config.yaml")


def test_every_outcome_of_the_starter_rulebook_is_shown_by_a_test(project: Project) -> None:
    tested = run_tests(project, find_test_files(project, []))
    assert [result.case.name for result in tested.failed] == []
    assert [(part.part, part.text, part.missing) for part in tested.coverage.missing] == []
    assert tested.coverage.percent == 100


@pytest.mark.soak
def test_no_change_of_the_starter_rulebook_goes_unnoticed(project: Project) -> None:
    mutation = run_tests(project, find_test_files(project, []), mutate=True).mutation
    assert mutation is not None
    assert mutation.tried > 300
    assert [(s.mutant.part, s.mutant.after, s.mutant.hint) for s in mutation.survivors] == []
    assert [(one.part, one.mutant) for one in mutation.outdated] == []
