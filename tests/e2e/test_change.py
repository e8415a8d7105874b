"""Changing rules with confidence: shadow mode, compare and explain, as a marketer types them."""

from __future__ import annotations

import csv
import shlex
from pathlib import Path

import pytest

from tests.e2e.conftest import SampleRun
from tests.support.command_line import AS_OF, ROOT, copy_sample, upfront, write
from tests.support.small_project import RULES

RULE_FILE = "rules/contact-policy.yaml"
ON_TRIAL = """\
rules:
  - id: eligibility.not-so-young
    title: Thirty-five or older
    owner: tests
    stage: eligibility
    mode: shadow
    require: candidate.age >= 35
    moment: ZMOT
    pain: wrong-person
    reason: {en: "{candidate.age} is rather young"}
"""


def test_a_rule_in_shadow_mode_tells_whom_it_would_stop_and_who_of_them_is_allowed_now(
    small: Path,
) -> None:
    write(small, {"rules/trial.yaml": ON_TRIAL})
    manifest = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--json").data()
    # L1 (34), L2 (17), L6 (29) and L7, whose age nobody knows; only L1 is allowed.
    told = {"eligibility.not-so-young": {"would_block": 4, "newly_blocked": 1}}
    assert manifest["shadow"] == told
    assert manifest["counts"]["allowed"] == 3
    plan = upfront(small, "plan", "list.csv", "--as-of", AS_OF)
    (line,) = (li for li in plan.out.splitlines() if li.startswith("eligibility.not-so-young"))
    assert line.split() == ["eligibility.not-so-young", "4", "1", "3", "1"]
    # Put in force, it stops exactly that one.
    write(small, {"drafts/trial.yaml": ON_TRIAL.replace("    mode: shadow\n", "")})
    arguments = ("compare", "list.csv", "--to", "drafts/trial.yaml", "--as-of", AS_OF, "--json")
    (sample,) = upfront(small, *arguments).data()["samples"]["newly_blocked"]
    assert sample["candidate_id"] == "L1"
    assert sample["rules"] == [
        {"rule": "eligibility.not-so-young", "outcome": "failed", "before": "in-shadow-mode"}
    ]


def test_without_a_rule_in_shadow_mode_nothing_is_said_of_it(small: Path) -> None:
    said = upfront(small, "plan", "list.csv", "--as-of", AS_OF)
    assert "shadow" not in said.out


@pytest.mark.slow
def test_comparing_on_the_sample_list_conserves_and_each_who_moved_names_its_rules(
    sample_run: SampleRun, tmp_path: Path
) -> None:
    folder = sample_run.folder
    rules = (folder / "rules" / "eligibility.yaml").read_text("utf-8")
    changed = rules.replace("candidate.age >= 18", "candidate.age >= 30")
    assert changed != rules
    policy = (folder / "rules" / "contact-policy.yaml").read_text("utf-8")
    laxer = policy.replace("history.contacts_7d < 1", "history.contacts_7d < 3")
    assert laxer != policy
    other = tmp_path / "rules"
    for path in (folder / "rules").glob("*.yaml"):
        write(other, {path.name: path.read_text("utf-8")})
    write(other, {"eligibility.yaml": changed, "contact-policy.yaml": laxer})
    said = upfront(
        folder, "compare", "--to", other, "--by", "segment", "--by", "age", "--as-of", AS_OF,
        "--samples", "99999", "--json",
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    found = said.data()
    counts, run = found["counts"], sample_run.manifest["counts"]
    assert counts["read"] == run["read"] == 45_211
    assert found["before"]["allowed"] == run["allowed"]
    for side in ("before", "after"):
        assert found[side]["allowed"] + found[side]["blocked"] == counts["read"]
    gained = counts["newly_allowed"] - counts["newly_blocked"]
    assert found["after"]["allowed"] - found["before"]["allowed"] == gained
    for kind in ("newly_blocked", "newly_allowed"):
        samples = found["samples"][kind]
        assert len(samples) == counts[kind] > 0
        assert all(sample["rules"] for sample in samples)
    for by in found["by"]:
        rows = [*by["values"], by["rest"]]
        assert sum(row["read"] for row in rows) == counts["read"]
        for kind in ("newly_blocked", "newly_allowed"):
            assert sum(row[kind] for row in rows) == counts[kind]
        for side in ("before", "after"):
            assert sum(row[f"allowed_{side}"] for row in rows) == found[side]["allowed"]
    assert [by["column"] for by in found["by"]] == ["customer.segment", "age"]
    assert found["by"][1]["rest"]["values"] > 0
    with (sample_run.released / "allowed.csv").open(newline="", encoding="utf-8") as stream:
        allowed = {row["lead_id"] for row in csv.DictReader(stream, delimiter=";")}
    moved = {k: {s["candidate_id"] for s in v} for k, v in found["samples"].items()}
    assert moved["newly_blocked"] <= allowed
    assert not moved["newly_allowed"] & allowed


def test_a_comparison_reads_well_and_names_ids_only(small: Path) -> None:
    write(small, {"drafts/all.yaml": RULES.replace("candidate.age >= 18", "candidate.age >= 35")})
    arguments = ("--to", "drafts/all.yaml", "--by", "offer", "--as-of", AS_OF)
    said = upfront(small, "compare", "list.csv", *arguments)
    assert (said.code, said.err) == (0, "")
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert "after: drafts/all.yaml instead of rules/all.yaml; the other files stay" in lines
    assert "newly blocked 1 12.5%" in lines
    assert "same 7 87.5% (allowed 2, blocked 5)" in lines
    assert "eligibility.adult 1 1 · passed 1" in lines
    assert "PHONE 5 2 1 1 ·" in lines
    assert "stock.units 2 1 1 0" in lines
    assert "L1: eligibility.adult failed (it was passed)" in lines
    assert "+3319900" not in said.out
    assert not (small / "upfront.db").exists(), "nothing is recorded"


def test_mistakes_of_a_comparison_are_told(small: Path) -> None:
    said = upfront(small, "compare", "list.csv", "--to", "rules/al.yaml")
    assert (said.code, "there is no file rules/al.yaml" in said.err) == (2, True)
    said = upfront(small, "compare", "list.csv", "--to", "rules", "--by", "phone")
    assert (said.code, "personal data" in said.err) == (2, True)
    said = upfront(small, "compare", "list.csv")
    assert (said.code, "--to" in said.err) == (2, True)
    said = upfront(small, "compare", "config.yaml", "--to", "rules")
    assert said.code == 3


def test_one_candidate_is_explained_in_words(small: Path) -> None:
    said = upfront(small, "explain", "L2", "--list", "list.csv", "--as-of", AS_OF)
    assert (said.code, said.err) == (0, "")
    for words in (
        "L2 (row 2): blocked, as of 2026-03-02T09:30:00+01:00",
        "at the least 1 condition:",
        "✗ eligibility.adult must hold: candidate.age >= 18   →   17 >= 18",
        "it would stand at place 2 and get room",
        "✓ stock.units: room for 2, 2 granted, the last at place 2",
        "✓ applies: has(candidate.sku)   →   has(\"X1\")",
    ):  # fmt: skip
        assert words in said.out
    facts = [" ".join(line.split()) for line in said.out.splitlines()]
    assert "stock.available 2 2026-03-02T08:00:00+01:00 1 h 30 min" in facts
    assert "33199000002" not in said.out


@pytest.mark.pages
def test_what_the_page_for_marketers_shows_is_what_is_printed(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "changing-rules.md").read_text("utf-8")
    folder = copy_sample(tmp_path / "sample")
    write(folder, {"drafts/contact-policy.yaml": (folder / RULE_FILE).read_text("utf-8")})
    shown = [line for line in page.splitlines() if line.startswith("upfront ")]
    assert len(shown) == 3
    said = [upfront(folder, *shlex.split(line)[1:]) for line in shown]
    assert [s.code for s in said] == [0, 0, 0]
    assert "instead of rules/contact-policy.yaml" in said[0].out
    block = page.split("```text\nL000076", 1)[1].split("```", 1)[0]
    for line in f"L000076{block}".splitlines():
        assert line.split("…")[0].rstrip() in said[2].out


def test_a_recorded_run_is_explained_from_the_ledger(small: Path) -> None:
    run = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--json").data()["run_id"]
    said = upfront(small, "explain", "L8", "--run", run)
    assert said.code == 0
    assert "did not hold: stock.available > 0   →   0 > 0" in said.out
    assert "(1 h 30 min old)" in said.out
    (recorded,) = upfront(small, "explain", "L8", "--run", run, "--json").data()
    (reason,) = (r for r in recorded["reasons"] if r["rule"] == "stock.some-left")
    assert reason["put_in"] == ["0 > 0"]
    assert reason["facts"]["stock.available"]["age_seconds"] == 5400
