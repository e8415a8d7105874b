"""What is compared with what, and how a list is broken down, on a project small enough to count."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.compare import NoSuchColumn, compare_lists, other_project
from adapters.config.load import NotReadable, load_project
from engine.diagnostics import RefusedDocuments, UpfrontError
from tests.support.command_line import AS_OF, write
from tests.support.small_project import CONFIG, LIST, RULES, small_project

STRICTER = RULES.replace("candidate.age >= 18", "candidate.age >= 35")
WAIVER = """
signals:
  - id: customer.matters
    when: candidate.priority >= 5
decisions:
  - id: who-matters-may-be-called
    given: {signal: customer.matters}
    waive: stock.some-left
  - id: who-matters-is-called-by-hand
    given: {signal: customer.matters, failed: eligibility.adult}
    signal: customer.by-hand
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_project(tmp_path / "project")


def compared(folder: Path, to: Path, by: tuple[str, ...] = (), samples: int = 99) -> Any:
    project = load_project(folder / "config.yaml")
    other = other_project(project, to)
    moment = datetime.fromisoformat(AS_OF)
    return compare_lists(project, other, folder / "list.csv", moment, by, samples)


def moved(found: Any, kind: str) -> dict[str, list[str]]:
    return {s["candidate_id"]: [r["rule"] for r in s["rules"]] for s in found["samples"][kind]}


def test_a_stricter_rule_names_whom_it_stops_and_frees_room_for_the_next(folder: Path) -> None:
    write(folder, {"drafts/stricter.yaml": STRICTER})
    found = compared(folder, folder / "drafts" / "stricter.yaml")
    assert found["counts"] == {
        "read": 8, "same_allowed": 2, "same_blocked": 5, "newly_blocked": 1, "newly_allowed": 0,
    }  # fmt: skip
    assert moved(found, "newly_blocked") == {"L1": ["eligibility.adult"]}
    (told,) = found["moved_by"]["newly_blocked"]
    assert told == {
        "rule": "eligibility.adult", "candidates": 1, "alone": 1, "outcomes": {"failed": 1},
        "before": {"passed": 1}, "waived_by": {},
    }  # fmt: skip
    assert found["pools"]["stock.units"] == {
        "before": {"granted": 2, "denied": 1},
        "after": {"granted": 1, "denied": 0},
    }
    # L6 is 29: the pool no longer stops it, the rule does.
    assert found["other_reasons"] == {
        "candidates": 1,
        "rules": [
            {"rule": "eligibility.adult", "gone": 0, "new": 1, "changed": 0},
            {"rule": "stock.units", "gone": 1, "new": 0, "changed": 0},
        ],
    }


def test_room_that_is_freed_is_given_to_the_next_and_the_pool_is_named(folder: Path) -> None:
    # Without L3 (51 years), there is a unit left for L6.
    younger = RULES.replace("candidate.age >= 18", "candidate.age >= 18 && candidate.age < 45")
    write(folder, {"younger.yaml": younger})
    found = compared(folder, folder / "younger.yaml")
    assert moved(found, "newly_blocked") == {"L3": ["eligibility.adult"]}
    assert moved(found, "newly_allowed") == {"L6": ["stock.units"]}
    assert found["moved_by"]["newly_allowed"][0]["after"] == {"granted": 1}


def test_a_waiver_is_named_on_the_side_that_has_it(folder: Path) -> None:
    rules = RULES.replace("stock.available > 0", "stock.available > 2")
    write(folder, {"rules/all.yaml": rules, "other/all.yaml": rules + WAIVER})
    found = compared(folder, folder / "other")
    assert moved(found, "newly_allowed") == {"L1": ["stock.some-left"]}
    (told,) = found["moved_by"]["newly_allowed"]
    assert told["after"] == {"waived": 1}
    assert told["waived_by"] == {"who-matters-may-be-called": 1}
    (sample,) = found["samples"]["newly_allowed"]
    assert sample["rules"][0]["waived_by"] == ["who-matters-may-be-called"]
    # The other way round, the waiver is what it was before.
    back = folder / "back"
    write(back, {"config.yaml": CONFIG, "rules/all.yaml": rules + WAIVER})
    for name in ("list.csv", "stock.csv", "register.csv.gz"):
        (back / name).write_bytes((folder / name).read_bytes())
    found = compared(back, folder / "config.yaml")
    (told,) = found["moved_by"]["newly_blocked"]
    assert (told["before"], told["waived_by"]) == ({"waived": 1}, {"who-matters-may-be-called": 1})


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ("id: eligibility.adult", "id: eligibility.of-age", "not-in-the-rulebook"),
        ("legal: true", "mode: shadow", "in-shadow-mode"),
        ("legal: true", "severity: warn", "a-warning-only"),
        ("legal: true", "until: 2026-03-01", "not-applicable"),
        ("candidate.age >= 18", "candidate.age >= 16", "passed"),
    ],
)
@pytest.mark.slow
def test_it_is_told_why_a_rule_no_longer_stops(
    folder: Path, old: str, new: str, after: str
) -> None:
    rules = RULES.replace(old, new, 1).replace("limit: stock.available", "limit: 99")
    if after == "not-in-the-rulebook":
        rules = rules.replace("candidate.age >= 18", "true || candidate.age >= 18")
    write(folder, {"other/all.yaml": rules})
    found = compared(folder, folder / "other")
    told = {r["rule"]: r for r in found["moved_by"]["newly_allowed"]}
    assert told["eligibility.adult"]["after"][after] >= 1


def test_a_rule_that_cannot_be_checked_is_told_as_unknown(folder: Path) -> None:
    write(folder, {"stale.yaml": CONFIG.replace("max_age: 15d", "max_age: 1h")})
    found = compared(folder, folder / "stale.yaml")
    (told,) = found["moved_by"]["newly_blocked"]
    assert (told["rule"], told["outcomes"]) == ("consent.not-listed", {"unknown": 3})
    # L5 stood on the register; now nobody can tell.
    assert found["other_reasons"]["candidates"] == 5
    assert found["other_reasons"]["rules"][0] == {
        "rule": "consent.not-listed", "gone": 0, "new": 4, "changed": 1,
    }  # fmt: skip


# ── the other side ───────────────────────────────────────────────────────────────────────────────


def test_one_file_stands_in_for_its_namesake_and_for_files_with_the_same_ids(folder: Path) -> None:
    first, pools = RULES.split("pools:\n")
    write(folder, {"rules/all.yaml": first, "rules/room.yaml": "pools:\n" + pools})
    project = load_project(folder / "config.yaml")
    write(folder, {"drafts/renamed.yaml": STRICTER.split("pools:\n", maxsplit=1)[0]})
    other = other_project(project, folder / "drafts" / "renamed.yaml")
    assert other.instead_of == ("rules/all.yaml",)
    assert [p.id for p in other.project.ruleset.pools] == ["stock.units"]
    write(folder, {"drafts/room.yaml": "pools:\n" + pools.replace("stock.units", "stock.room")})
    assert other_project(project, folder / "drafts" / "room.yaml").instead_of == (
        "rules/room.yaml",
    )
    more = first.split("  - id: consent", maxsplit=1)[0].replace("adult", "older")
    write(folder, {"drafts/more.yaml": more})
    other = other_project(project, folder / "drafts" / "more.yaml")
    assert other.instead_of == ()
    assert len(other.project.ruleset.rules) == 4


def test_a_folder_is_a_whole_rulebook_or_a_project(folder: Path) -> None:
    project = load_project(folder / "config.yaml")
    write(folder, {"other/one.yaml": RULES.split("  - id: consent", maxsplit=1)[0]})
    other = other_project(project, folder / "other")
    assert (len(other.project.ruleset.rules), other.instead_of) == (1, None)
    assert len(other_project(project, folder).project.ruleset.rules) == 3


@pytest.mark.parametrize(
    ("files", "to", "error", "words"),
    [
        ({}, "nowhere", NotReadable, "there is no file"),
        ({"empty/notes.txt": "x"}, "empty", NotReadable, "there is no rule file under"),
        ({"bad.yaml": "rules: [1"}, "bad.yaml", RefusedDocuments, "bad.yaml:"),
        ({"bad.yaml": "just words"}, "bad.yaml", RefusedDocuments, "bad.yaml:1"),
        ({"bad/a.yaml": "rules:\n  - id: 3"}, "bad", RefusedDocuments, "a.yaml:2"),
    ],
)
def test_an_other_side_that_is_none_is_refused(
    folder: Path, files: dict[str, str], to: str, error: type[UpfrontError], words: str
) -> None:
    write(folder, files)
    with pytest.raises(error) as refused:
        other_project(load_project(folder / "config.yaml"), folder / to)
    assert words in str(refused.value)
    assert refused.value.exit_code == 2


def test_configurations_that_do_not_find_the_same_rows_are_not_compared(folder: Path) -> None:
    write(folder, {"other.yaml": CONFIG.replace("  id: lead", '  delimiter: "|"\n  id: row')})
    # A quote that spans lines for one delimiter and not for the other.
    lines = LIST.splitlines()
    (folder / "list.csv").write_text("\n".join([lines[0], 'a|"', *lines[1:], 'b,"', ""]), "utf-8")
    with pytest.raises(UpfrontError):
        compared(folder, folder / "other.yaml")


# ── by a column ──────────────────────────────────────────────────────────────────────────────────


def test_a_column_a_fact_and_a_bare_name_break_the_list_down(folder: Path) -> None:
    write(folder, {"stricter.yaml": STRICTER})
    found = compared(folder, folder / "stricter.yaml", ("offer", "stock.available", "listed_on"))
    offer, available, listed = found["by"]
    assert offer["values"] == [
        {"value": "PHONE", "read": 5, "allowed_before": 2, "allowed_after": 1,
         "newly_blocked": 1, "newly_allowed": 0},
        {"value": "FIBRE", "read": 3, "allowed_before": 1, "allowed_after": 1,
         "newly_blocked": 0, "newly_allowed": 0},
    ]  # fmt: skip
    assert {v["value"]: v["read"] for v in available["values"]} == {
        "2": 4, "0": 1, "(key-missing)": 3,
    }  # fmt: skip
    assert listed["column"] == "register.listed_on"
    assert {v["value"]: v["read"] for v in listed["values"]} == {"(absent)": 7, "2025-01-31": 1}


def test_many_values_are_told_together_and_nothing_is_dropped(folder: Path) -> None:
    header = LIST.splitlines()[0]
    rows = [f"N{n},K{n},FIBRE,{20 + n % 60},1,,+3319999{n:04}" for n in range(120)]
    (folder / "list.csv").write_text("\n".join([header, *rows, ""]), "utf-8")
    write(folder, {"stricter.yaml": STRICTER})
    (by,) = compared(folder, folder / "stricter.yaml", ("age",))["by"]
    assert len(by["values"]) == 20
    assert by["rest"]["values"] == 40
    for key, total in (("read", 120), ("newly_blocked", 30), ("allowed_after", 90)):
        assert sum(v[key] for v in by["values"]) + by["rest"][key] == total
    assert by["values"][0]["newly_blocked"] == 2, "those that moved come first"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("phone", "personal data"),
        ("candidate.phone", "personal data"),
        ("lead", "personal data"),
        ("customer", "personal data"),
        ("candidate.customer_id", "personal data"),
        ("ofer", "there is no column and no fact `ofer`"),
    ],
)
def test_what_is_personal_or_not_there_is_refused(folder: Path, name: str, words: str) -> None:
    with pytest.raises(NoSuchColumn, match=words) as refused:
        compared(folder, folder / "rules", (name,))
    assert refused.value.exit_code == 2
    if name == "ofer":
        assert refused.value.hint == "did you mean `offer`?"


def test_samples_show_as_many_rules_as_they_can_and_ids_only(folder: Path) -> None:
    header = LIST.splitlines()[0]
    rows = [f"N{n},K{n},FIBRE,{19 if n < 50 else 40},1,,+3319999{n:04}" for n in range(60)]
    (folder / "list.csv").write_text("\n".join([header, *rows, ""]), "utf-8")
    other = STRICTER.replace('"!has(register.listed_on)"', "candidate.age < 38")
    write(folder, {"other.yaml": other})
    found = compared(folder, folder / "other.yaml", samples=2)
    assert list(moved(found, "newly_blocked").values()) == [
        ["eligibility.adult"],
        ["consent.not-listed"],
    ]
    assert "+3319999" not in str(found)
