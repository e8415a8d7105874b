"""`upfront lint` as people and CI use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.lint import solver
from tests.support.command_line import AS_OF, ROOT, upfront, write
from tests.support.small_project import RULES, small_project

CONTRADICTION = RULES.replace("candidate.age >= 18", "candidate.age >= 18 && candidate.age < 8")
# Takes a solver: which of two facts is greater.
DEEP = RULES.replace(
    "candidate.age >= 18",
    "candidate.age > candidate.priority && candidate.age < candidate.priority",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_project(tmp_path)


def codes(folder: Path, *options: str) -> list[str]:
    data = upfront(folder, "lint", "--json", "--as-of", AS_OF, *options).data()
    return [warning["code"] for warning in data["warnings"]]


@pytest.mark.parametrize("as_of", [AS_OF, "2027-11-10T18:00:00+01:00"])
def test_the_starter_rulebook_is_clean_on_any_day(as_of: str) -> None:
    said = upfront(ROOT, "lint", "--strict", "--as-of", as_of)
    assert said.code == 0, said.out
    assert said.out.startswith("no warnings; ")


def test_a_warning_is_shown_with_its_line_and_stops_nothing_unless_asked(folder: Path) -> None:
    write(folder, {"rules/all.yaml": CONTRADICTION})
    said = upfront(folder, "lint", "--as-of", AS_OF)
    assert said.code == 0
    assert "rules/all.yaml:6:14: warning[lint-never-true]: this can't be true" in said.out
    assert "  6 |     require: candidate.age >= 18 && candidate.age < 8\n" in said.out
    assert upfront(folder, "lint", "--as-of", AS_OF, "--strict").code == 2


def test_json_has_place_example_and_counts(folder: Path) -> None:
    write(folder, {"rules/all.yaml": RULES.replace(">= 18", ">= 18 || candidate.age < 18")})
    data = upfront(folder, "lint", "--json", "--as-of", AS_OF).data()
    warning = next(w for w in data["warnings"] if w["code"] == "lint-never-false")
    assert (warning["file"], warning["line"], warning["column"]) == ("rules/all.yaml", 6, 14)
    assert warning["severity"] == "warning"
    assert warning["example"] == {"candidate.age": "absent"}
    assert data["questions"]["by_proof"] == 1
    assert data["proofs"] == "z3"
    assert data["open"] == []
    assert "settled" not in data
    verbose = upfront(folder, "lint", "--json", "--verbose", "--as-of", AS_OF).data()
    assert verbose["settled"]


def test_without_the_solver_the_rest_is_checked_and_the_extra_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.cli.lint.installed", lambda: False)
    write(folder, {"rules/all.yaml": DEEP})
    said = upfront(folder, "lint", "--as-of", AS_OF)
    assert "lint-never-true" not in said.out
    assert "lint-no-test" in said.out
    assert said.out.splitlines()[-1].endswith(f"not proven: to prove them, {solver.INSTALL}")
    # What needs no solver is proven without.
    write(folder, {"rules/all.yaml": CONTRADICTION})
    assert "lint-never-true" in codes(folder)


def test_proofs_can_be_left_out(folder: Path) -> None:
    write(folder, {"rules/all.yaml": DEEP})
    assert "lint-never-true" in codes(folder)
    assert "lint-never-true" not in codes(folder, "--no-proofs")
    said = upfront(folder, "lint", "--no-proofs", "--as-of", AS_OF)
    assert said.out.splitlines()[-1].endswith("not proven: left out by --no-proofs")


def test_verbose_answers_every_question(folder: Path) -> None:
    said = upfront(folder, "lint", "--verbose", "--as-of", AS_OF)
    assert (
        "rules/all.yaml:6:14: can `candidate.age >= 18` be false? yes: candidate.age = " in said.out
    )


def test_a_test_beside_the_rules_is_read(folder: Path) -> None:
    assert codes(folder).count("lint-no-test") == 4
    test = (
        "as_of: 2026-03-02T09:30:00+01:00\n"
        "tests:\n  - name: t\n    given: {candidate: {age: 3}}\n"
        "    expect: {failed: eligibility.adult}\n"
    )
    write(folder, {"rules/all.test.yaml": test})
    assert codes(folder).count("lint-no-test") == 3
    write(folder, {"rules/all.test.yaml": test.replace("age", "aeg")})
    said = upfront(folder, "lint")
    assert said.code == 2
    assert "there is no fact `candidate.aeg`" in said.err
    assert upfront(folder, "lint", "--json").data()["valid"] is False


def test_rules_that_are_not_valid_are_told_as_by_validate(folder: Path) -> None:
    write(folder, {"rules/all.yaml": RULES.replace("candidate.age >= 18", "candidate.aeg >= 18")})
    assert upfront(folder, "lint").err == upfront(folder, "validate").err
    assert upfront(folder, "lint").code == 2


def test_an_as_of_that_is_no_moment_is_wrong_usage(folder: Path) -> None:
    assert upfront(folder, "lint", "--as-of", "yesterday").code == 2
