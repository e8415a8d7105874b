"""A project's files: each is read once, and what is wrong with one does not hide the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.config.load import doubts, load_project
from engine.diagnostics import Diagnostic, RefusedDocuments, Severity
from tests.support.command_line import write
from tests.support.small_project import CONFIG, RULES, small_project

WRONG = RULES.replace("candidate.age >= 18", "candidate.agee >= 18").replace(
    "eligibility.adult", "eligibility.grown-up"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_project(tmp_path)


def problems(folder: Path) -> Sequence[Diagnostic]:
    with pytest.raises(RefusedDocuments) as refused:
        load_project(folder / "config.yaml")
    assert str(refused.value)
    return refused.value.diagnostics


def told(folder: Path) -> list[tuple[str, str]]:
    return [(str(p.place), p.code) for p in problems(folder)]


def rules_with(old: str, new: str) -> str:
    assert RULES.count(old) >= 1
    return RULES.replace(old, new)


def test_a_file_that_is_not_utf_8_does_not_hide_the_others(folder: Path) -> None:
    (folder / "rules/b.yaml").write_bytes("rules: # è\n".encode("latin-1"))
    write(folder, {"rules/all.yaml": rules_with("candidate.age >=", "candidate.agee >=")})
    assert told(folder) == [
        ("rules/all.yaml:6:14", "unknown-fact"),
        ("rules/b.yaml:1:10", "unreadable-file"),
    ]


def test_names_that_an_unreadable_file_may_define_are_not_told_as_missing(folder: Path) -> None:
    (folder / "rules/b.yaml").write_bytes("è".encode("utf-16"))
    uses = "decisions:\n  - {id: d, given: {failed: price.low}, propose: X}\n"
    write(folder, {"rules/c.yaml": uses})
    assert told(folder) == [("rules/b.yaml:1:1", "unreadable-file")]


def test_a_broken_config_does_not_hide_what_is_wrong_with_the_rules(folder: Path) -> None:
    write(
        folder,
        {
            "config.yaml": CONFIG.replace("Europe/Rome", "Rome").replace(
                "max_age: 4h", "max_age: 4"
            ),
            "rules/all.yaml": rules_with("candidate.age >=", "candidate.agee >="),
        },
    )
    assert told(folder) == [
        ("config.yaml:4:12", "wrong-value"),
        ("config.yaml:22:14", "wrong-value"),
        ("rules/all.yaml:6:14", "unknown-fact"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    age: integer\n", "    age: int\n"),
        ("    age: integer\n", "    Age: integer\n"),
        ("  fields:\n    age", "  feilds:\n    age"),
        ("sources:", "sauces:"),
        ("fields: {listed_on: date}", "felds: {listed_on: date}"),
        ("fields: {listed_on: date}", "fields: {listed_on: {type: date, separator: x}}"),
        ("  register:\n", "  stock:\n"),
    ],
)
def test_facts_that_a_broken_config_may_declare_are_not_told_as_missing(
    folder: Path, old: str, new: str
) -> None:
    assert CONFIG.count(old) == 1
    wrong = rules_with("title: Adults only", "titel: Adults only")
    write(folder, {"config.yaml": CONFIG.replace(old, new), "rules/all.yaml": wrong})
    codes = {p.code for p in problems(folder)}
    assert not codes & {"unknown-fact", "unknown-placeholder"}
    assert ("rules/all.yaml:3:5", "unknown-key") in told(folder)


def test_languages_that_can_t_be_read_are_not_held_against_the_rules(folder: Path) -> None:
    write(folder, {"config.yaml": CONFIG.replace("languages: [en]", "languages: [no]")})
    assert told(folder) == [("config.yaml:3:13", "yaml-word")]


def test_a_config_that_is_no_yaml_is_told_alone(folder: Path) -> None:
    write(folder, {"config.yaml": CONFIG.replace("[en]", "[en"), "rules/all.yaml": WRONG})
    assert told(folder) == [("config.yaml:3:12", "yaml-syntax")]


def test_every_path_without_rules_is_told(folder: Path) -> None:
    (folder / "empty").mkdir()
    write(folder, {"config.yaml": CONFIG.replace("[rules/]", "[ruls/, rules/, empty/]")})
    assert told(folder) == [("config.yaml:2:9", "no-rules"), ("config.yaml:2:24", "no-rules")]


def test_a_file_is_read_once_by_whatever_paths_it_is_named(folder: Path) -> None:
    named = "[rules/, rules/all.yaml, ./rules]"
    write(folder, {"config.yaml": CONFIG.replace("[rules/]", named)})
    assert len(load_project(folder / "config.yaml").ruleset.rules) == 3


def test_data_that_is_not_there_is_a_doubt_and_no_error(folder: Path) -> None:
    (folder / "stock.csv").unlink()
    listed = CONFIG.replace("candidates:\n", "candidates:\n  read: lost.csv\n")
    write(folder, {"config.yaml": listed})
    found = doubts(load_project(folder / "config.yaml"))
    assert [(str(d.place), d.code, d.severity) for d in found] == [
        ("config.yaml:8:9", "missing-file", Severity.WARNING),
        ("config.yaml:20:11", "missing-file", Severity.WARNING),
    ]
    assert "a run fails without it" in found[1].hint
    write(folder, {"config.yaml": listed.replace("max_age: 4h", "max_age: 4h\n    optional: true")})
    hints = [d.hint for d in doubts(load_project(folder / "config.yaml"))]
    assert "unknown" in hints[1]


@pytest.mark.parametrize("name", ["consent.yaml.txt", "consent.ymal", "sub/Consent.YML.TXT"])
def test_a_rule_file_with_a_wrong_ending_is_a_doubt(folder: Path, name: str) -> None:
    write(folder, {f"rules/{name}": RULES, "rules/notes.txt": "x", "rules/old.yaml.bak": RULES})
    (doubt,) = doubts(load_project(folder / "config.yaml"))
    assert (doubt.place.file, doubt.code) == (f"rules/{name}", "misnamed-file")


def test_a_good_project_leaves_no_doubts(folder: Path) -> None:
    assert doubts(load_project(folder / "config.yaml")) == []
