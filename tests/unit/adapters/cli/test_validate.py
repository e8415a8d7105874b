"""`upfront validate`: problems for people and, the same, for machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import upfront, write
from tests.support.small_project import CONFIG, RULES, small_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_project(tmp_path)


def test_a_good_project_is_counted(folder: Path) -> None:
    said = upfront(folder, "validate")
    assert (said.code, said.err) == (0, "")
    assert said.out == "valid: 3 rules, 0 signals, 0 decisions, 1 pools, 2 sources, 11 facts\n"
    data = upfront(folder, "validate", "--json").data()
    assert (data["valid"], data["rules"], data["problems"]) == (True, 3, [])


def test_problems_are_told_with_place_line_caret_and_hint(folder: Path) -> None:
    write(folder, {"rules/all.yaml": RULES.replace("candidate.age >= 18", "candidate.agee >= 18")})
    said = upfront(folder, "validate")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "rules/all.yaml:6:14: error[unknown-fact]: there is no fact `candidate.agee`\n"
        "  6 |     require: candidate.agee >= 18\n"
        "    |              ^^^^^^^^^^^^^^\n"
        "    = hint: did you mean `candidate.age`?\n"
        "\n"
        "1 problem in configuration or rules\n"
    )


def test_machines_are_told_the_same(folder: Path) -> None:
    write(folder, {"rules/all.yaml": RULES.replace("candidate.age >= 18", "candidate.agee >= 18")})
    said = upfront(folder, "validate", "--json")
    assert (said.code, said.err) == (2, "")
    assert said.data() == {
        "valid": False,
        "problems": [
            {
                "file": "rules/all.yaml",
                "line": 6,
                "column": 14,
                "length": 14,
                "code": "unknown-fact",
                "severity": "error",
                "message": "there is no fact `candidate.agee`",
                "hint": "did you mean `candidate.age`?",
                "source": "    require: candidate.agee >= 18",
            }
        ],
    }


def test_problems_of_config_and_rules_are_told_together(folder: Path) -> None:
    write(folder, {"config.yaml": CONFIG.replace("version: 1", "version: 2")})
    write(folder, {"rules/all.yaml": RULES.replace("moment: FMOT", "moment: SOON")})
    found = upfront(folder, "validate", "--json").data()["problems"]
    assert [p["file"] for p in found] == ["config.yaml", *["rules/all.yaml"] * 2]


def test_a_warning_does_not_make_a_project_invalid(folder: Path) -> None:
    (folder / "stock.csv").unlink()
    said = upfront(folder, "validate")
    assert said.code == 0
    assert "warning[missing-file]: there is no file `stock.csv`" in said.err
    assert said.out.startswith("valid: ")
    data = upfront(folder, "validate", "--json").data()
    assert [p["severity"] for p in data["problems"]] == ["warning"]
    assert data["valid"] is True


def test_a_config_that_is_not_there_is_told_to_machines_too(tmp_path: Path) -> None:
    said = upfront(tmp_path, "validate", "--json")
    assert said.code == 2
    (problem,) = said.data()["problems"]
    assert (problem["code"], problem["file"]) == ("unreadable-file", "config.yaml")


def test_nothing_in_a_file_steers_the_terminal(folder: Path) -> None:
    rules = 'rules:\n  - "\\e[2J\\x07\\u202e": 1\n    title: \x1b]0;x\x07\n'
    write(folder, {"rules/all.yaml": rules})
    said = upfront(folder, "validate")
    assert said.code == 2
    assert not {"\x1b", "\x07", "\u202e"} & set(said.err)
