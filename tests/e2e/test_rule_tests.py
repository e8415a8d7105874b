"""`upfront test` as authors and continuous integration use it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from adapters.cli import watch as watching
from tests.support.command_line import upfront, write
from tests.support.small_project import small_project

GOOD = """\
as_of: 2026-03-02T09:30:00+01:00
base: {candidate: {age: 40, sku: X1, priority: 5}, stock: {available: 1}}
tests:
  - name: a good candidate
    expect: {verdict: allowed}
  - name: of age since today
    given: {candidate: {age: 18}}
    expect: {verdict: allowed}
  - name: too young
    given: {candidate: {age: 17}}
    expect: {failed: [eligibility.adult]}
  - name: of unknown age
    unknown: [candidate.age]
    expect: {unknown: [eligibility.adult]}
  - name: listed
    given: {register: {listed_on: 2026-01-01}}
    expect: {failed: [consent.not-listed]}
  - name: perhaps listed
    unknown: [register]
    expect: {unknown: [consent.not-listed]}
  - name: none left
    given: {stock: {available: 0}}
    expect: {failed: [stock.some-left]}
  - name: nobody knows how many
    unknown: [stock]
    expect: {unknown: [stock.some-left]}
  - name: nothing to sell
    given: {candidate: {sku: null}, stock: {available: 0}}
    expect: {verdict: allowed, not_applicable: [stock.some-left]}
  - name: one for two
    list:
      - given: {candidate: {priority: 1}}
        expect: {no_room: [stock.units]}
      - expect: {verdict: allowed}
"""
BAD = GOOD.replace("given: {candidate: {age: 17}}", "given: {candidate: {age: 19}}")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(small_project(tmp_path), {"rules/all.test.yaml": GOOD})


def test_tests_that_pass_are_counted_with_what_they_cover(project: Path) -> None:
    said = upfront(project, "test", "--coverage", "--min-coverage", "100")
    assert (said.code, said.err) == (0, "")
    assert "coverage: 100 % of 12 outcomes" in said.out
    assert "eligibility.adult: passed 9, failed 1, unknown 1" in said.out
    assert "10 passed, 0 failed" in said.out


def test_the_file_of_rules_is_not_taken_for_the_file_of_its_tests(project: Path) -> None:
    rules = next(path for path in (project / "rules").iterdir() if path.name != "all.test.yaml")
    said = upfront(project, "test", f"rules/{rules.name}")
    assert said.code == 2
    assert f"rules/{rules.name} holds rules, not tests" in said.err
    assert f"name the file of its tests: rules/{rules.stem}.test.yaml" in said.err


def test_a_test_that_fails_says_what_it_turned_on_fact_by_fact(project: Path) -> None:
    write(project, {"rules/all.test.yaml": BAD})
    said = upfront(project, "test")
    assert said.code == 5
    assert "rules/all.test.yaml:9: failed: too young" in said.out
    assert "failed: expected eligibility.adult, found nothing" in said.out
    assert "eligibility.adult (rules/all.yaml:2): passed" in said.out
    assert "holds  candidate.age >= 18" in said.out
    assert "candidate.age is 19" in said.out
    assert "rules/all.yaml:2: eligibility.adult: never failed" in said.out
    assert "9 passed, 1 failed" in said.out


def test_a_file_of_tests_whose_name_has_capitals_is_read_as_one(project: Path) -> None:
    (project / "rules/all.test.yaml").rename(project / "rules/all.Test.YAML")
    write(project, {"rules/all.Test.YAML": BAD})
    said = upfront(project, "test", "--json")
    assert said.code == 5
    assert [test["file"] for test in said.data()["tests"]] == ["rules/all.Test.YAML"] * 10
    named = upfront(project, "test", "--json", "rules/all.Test.YAML")
    assert named.data() == said.data()


def test_too_little_coverage_fails(project: Path) -> None:
    write(project, {"rules/all.test.yaml": GOOD.replace("unknown: [stock]", "given: {}").replace(
        "unknown: [stock.some-left]", "verdict: allowed")})  # fmt: skip
    assert upfront(project, "test", "--min-coverage", "91").code == 0
    said = upfront(project, "test", "--min-coverage", "92%")
    assert said.code == 5
    assert "the coverage of 91.6 % is below 92 %" in said.err
    data = upfront(project, "test", "--json").data()
    assert data["coverage"]["percent"] == 91.6
    missing = {p["part"]: p["missing"] for p in data["coverage"]["parts"] if p["missing"]}
    assert missing == {"stock.some-left": ["unknown"]}


@pytest.mark.parametrize("wrong", ["nan", "inf", "-1", "101", "much", ""])
def test_a_coverage_that_nothing_can_be_held_to_is_refused(project: Path, wrong: str) -> None:
    said = upfront(project, "test", "--min-coverage", wrong)
    assert said.code == 2
    assert "is no number from 0 to 100; write it like 95" in said.err


@pytest.mark.slow
def test_changes_that_no_test_notices_are_listed_until_they_are_explained(project: Path) -> None:
    weak = GOOD.replace("age: 18", "age: 21")
    write(project, {"rules/all.test.yaml": weak})
    said = upfront(project, "test", "--mutate")
    assert said.code == 5
    assert "rules/all.yaml:6: no test notices: eligibility.adult" in said.out
    assert "  → candidate.age > 18\n" in said.out
    assert said.out.count("no test notices: ") == 2
    names = ["candidate.age > 18", "candidate.age >= 19"]
    explained = "equivalent:\n" + "".join(
        f"  - {{rule: eligibility.adult, mutant: {name}, because: nobody is 18}}\n"
        for name in names
    )
    write(project, {"rules/all.test.yaml": weak + explained})
    said = upfront(project, "test", "--mutate", "--json")
    assert said.code == 0, said.out
    mutation = said.data()["mutation"]
    assert [one["mutant"] for one in mutation["explained"]] == names
    assert (mutation["survivors"], mutation["outdated"]) == ([], [])
    stale = (
        explained + "  - {rule: eligibility.adult, mutant: candidate.age > 17, because: why not}\n"
    )
    write(project, {"rules/all.test.yaml": weak + stale})
    said = upfront(project, "test", "--mutate", "--junit", "results/junit.xml")
    assert said.code == 5
    assert "outdated: no change of eligibility.adult that survives" in said.out
    suite = ET.parse(project / "results/junit.xml").getroot()[-1]
    assert (suite.get("name"), suite.get("failures")) == ("mutation check", "1")


def test_while_tests_fail_no_changes_are_tried(project: Path) -> None:
    write(project, {"rules/all.test.yaml": BAD})
    said = upfront(project, "test", "--mutate", "--json")
    assert said.code == 5
    assert "once all tests pass" in said.err
    assert "mutation" not in said.data()


def test_named_tests_are_held_against_the_rules_beside_them(project: Path) -> None:
    more = {
        "rules/more.yaml": "rules:\n  - {id: data.a, title: a, owner: b, stage: data, moment: FMOT,"
        " pain: c, require: candidate.priority > 0, reason: {en: d}}\n",
        "rules/more.test.yaml": "as_of: 2026-03-02T09:30:00+01:00\n"
        "tests: [{name: none, expect: {outcome: {data.a: unknown}}}]\n",
    }
    write(project, more)
    data = upfront(project, "test", "--json", "rules/more.test.yaml").data()
    assert [part["part"] for part in data["coverage"]["parts"]] == ["data.a"]
    assert [test["name"] for test in data["tests"]] == ["none"]
    both = upfront(project, "test", "--json").data()
    assert len(both["coverage"]["parts"]) > 1


@pytest.mark.slow
def test_rule_files_without_tests_count_where_no_test_files_are_named(project: Path) -> None:
    more = (
        "rules:\n  - {id: data.a, title: a, owner: b, stage: data, moment: FMOT, pain: c,"
        " require: candidate.priority > 0, reason: {en: d}}\n"
    )
    write(project, {"rules/untested.yaml": more})
    said = upfront(project, "test", "--min-coverage", "100")
    assert said.code == 5
    assert "rules/untested.yaml:2: data.a: never failed, never unknown" in said.out
    mutated = upfront(project, "test", "--mutate", "--json").data()
    assert "data.a" in {survivor["rule"] for survivor in mutated["mutation"]["survivors"]}
    named = upfront(project, "test", "rules/all.test.yaml", "--min-coverage", "100")
    assert named.code == 0


def test_junit_has_a_case_for_each_test_and_a_failure_for_each_that_fails(project: Path) -> None:
    spoilt = BAD.replace("a good candidate", '"<good> & \\e[1m \\"so\\""')
    write(project, {"rules/all.test.yaml": spoilt})
    assert upfront(project, "test", "--junit", "junit.xml").code == 5
    root = ET.parse(project / "junit.xml").getroot()
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "10", "1")
    (suite,) = root
    assert (suite.tag, suite.get("name")) == ("testsuite", "rules/all.test.yaml")
    assert {int(suite.get(key, "")) for key in ("errors", "skipped")} == {0}
    cases = list(suite)
    assert [case.tag for case in cases] == ["testcase"] * 10
    assert cases[0].get("name") == '<good> & \ufffd[1m "so"'
    assert all(case.get("classname") and case.get("file") for case in cases)
    (failure,) = suite.iter("failure")
    assert failure.get("message", "").startswith("failed: expected eligibility.adult")
    assert "candidate.age is 19" in (failure.text or "")


def test_a_results_file_that_can_t_be_written_is_an_error_in_words(project: Path) -> None:
    write(project, {"blocked": "a file"})
    said = upfront(project, "test", "--junit", "blocked/junit.xml")
    assert said.code == 2
    assert "blocked/junit.xml can't be written" in said.err


def test_watching_runs_again_on_every_change_and_survives_broken_files(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = (project / "config.yaml").read_text("utf-8")
    edits = iter([
        {"rules/all.test.yaml": BAD},
        {"rules/all.test.yaml": "tests: [\n"},
        {"config.yaml": "version: [\n"},
        {"config.yaml": config, "rules/all.test.yaml": GOOD},
        {"rules/new/more.yaml": "rules: 3\n"},
    ])  # fmt: skip

    def sleep(seconds: float) -> None:
        # Called where the files are as they were; between two writes too, when they are not.
        if seconds < watching._EVERY:
            return
        edit = next(edits, None)
        if edit is None:
            raise KeyboardInterrupt
        write(project, edit)

    monkeypatch.setattr("adapters.cli.watch.time.sleep", sleep)
    said = upfront(project, "test", "--watch")
    assert said.code == 0
    runs = said.out.split("watching for changes; Ctrl-C ends")
    assert len(runs) == 7
    assert "10 passed, 0 failed" in runs[0]
    assert "9 passed, 1 failed" in runs[1]
    assert "10 passed, 0 failed" in runs[4]
    for file in ("rules/all.test.yaml", "config.yaml", "rules/new/more.yaml"):
        assert re.search(rf"^{file}:\d+:\d+: error\[", said.err, re.MULTILINE), file


def test_watching_is_for_people(project: Path) -> None:
    assert upfront(project, "test", "--watch", "--json").code == 2
