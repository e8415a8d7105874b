"""Rule authors' tests, read and checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.diagnostics import Diagnostic
from engine.language.cases import Candidate, Case, read_cases, read_equivalent
from tests.support.columns import vocabulary_of
from tests.support.rulebooks import ruleset_of

VOCABULARY = vocabulary_of(
    {
        "candidate.age": "integer",
        "candidate.score": "number",
        "candidate.vip": "boolean",
        "candidate.name": "string",
        "candidate.tags": "list<string>",
        "register.listed_on": "date",
        "register.read_at": "timestamp",
    }
)
RULESET = ruleset_of(
    """
rules:
  - id: eligibility.adult
    title: Adults only
    owner: sales
    stage: eligibility
    require: candidate.age > 17
    moment: FMOT
    pain: wrong-person
    reason: {en: "No"}
signals:
  - id: customer.is-gold
    when: candidate.vip
""",
    vocabulary=VOCABULARY,
)
HEAD = "as_of: 2026-03-02T10:00:00+01:00\n"


def read(text: str) -> tuple[list[Case], list[Diagnostic]]:
    return read_cases("rules/a.test.yaml", text, VOCABULARY, RULESET, "Europe/Rome")


def one(body: str, base: str = "{}") -> Candidate:
    (candidate,) = case(body, base).candidates
    return candidate


def case(body: str, base: str = "{}") -> Case:
    cases, problems = read(HEAD + f"base: {base}\ntests:\n  - name: t\n" + body)
    assert problems == []
    return cases[0]


def facts(given: str, base: str = "{}") -> Any:
    return one(f"    given: {given}\n    expect: {{verdict: allowed}}\n", base).facts


def test_given_is_laid_over_the_base_field_by_field() -> None:
    base = "{candidate: {age: 30, name: Ann}, register: {listed_on: 2026-01-01}}"
    assert facts("{candidate: {age: 17}}", base) == {
        "candidate.age": 17,
        "candidate.name": "Ann",
        "register.listed_on": datetime(2025, 12, 31, 23, tzinfo=UTC),
    }
    assert facts("{candidate: {age: null}}", base)["candidate.age"] is None
    without = facts("{register: null}", base)
    assert (without["register.listed_on"], without["register.read_at"]) == (None, None)
    assert without["candidate.age"] == 30


def test_values_are_of_the_types_of_config() -> None:
    found = facts(
        '{candidate: {score: 3, vip: true, name: "007", tags: [a, b]},'
        " register: {listed_on: 2026-07-01, read_at: 2026-07-01T09:00:00}}"
    )
    assert found["candidate.score"] == 3.0
    assert isinstance(found["candidate.score"], float)
    assert found["candidate.vip"] is True
    assert found["candidate.tags"] == ["a", "b"]
    assert found["register.listed_on"] == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert found["register.read_at"] == datetime(2026, 7, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        "{candidate: {age: 1.5}}",
        "{candidate: {age: true}}",
        '{candidate: {age: "30"}}',
        "{candidate: {score: text}}",
        "{candidate: {vip: 1}}",
        "{candidate: {name: 7}}",
        "{candidate: {tags: a}}",
        "{candidate: {tags: [a, 1]}}",
        "{register: {listed_on: 2026-01-01T10:00:00Z}}",
        "{register: {read_at: 2026-01-01}}",
        "{candidate: {age: {b: 1}}}",
    ],
)
def test_a_value_of_another_type_is_refused_at_its_place(given: str) -> None:
    text = HEAD + f"tests:\n  - name: t\n    given: {given}\n    expect: {{verdict: allowed}}\n"
    cases, problems = read(text)
    assert cases == []
    assert [p.code for p in problems] == ["wrong-type"]
    assert problems[0].place.line == 4


def test_unknown_names_facts_or_whole_sources() -> None:
    body = "    unknown: {}\n    expect: {{verdict: blocked}}\n"
    assert one(body.format("register")).unknown == {"register.listed_on", "register.read_at"}
    assert one(body.format("[candidate.age]")).unknown == {"candidate.age"}
    assert one(body.format("[]")).unknown == frozenset()


@pytest.mark.parametrize(
    ("body", "code", "hint"),
    [
        ("given: {candidate: {agee: 1}}\n    expect: {verdict: allowed}", "unknown-fact", "candidate.age"),
        ("given: {regster: {listed_on: 2026-01-01}}\n    expect: {verdict: allowed}", "unknown-fact", "register"),
        ("given: {regster: null}\n    expect: {verdict: allowed}", "unknown-fact", "register"),
        ("unknown: [registr]\n    expect: {verdict: allowed}", "unknown-fact", "register"),
        ("expect: {failed: eligibility.adlt}", "unknown-rule", "eligibility.adult"),
        ("expect: {outcome: {eligibility.adlt: failed}}", "unknown-rule", "eligibility.adult"),
        ("expect: {says: {eligibility.adlt: x}}", "unknown-rule", "eligibility.adult"),
        ("expect: {no_room: eligibility.adult}", "unknown-rule", "it is a rule: name it under `failed`"),
        ("expect: {passed: duplicate}", "unknown-rule", "it is a pool: name it under `no_room`"),
        ("expect: {decision: customer.is-gold}", "unknown-rule", "it is a signal"),
        ("expect: {outcome: {eligibility.adult: maybe}}", "wrong-value", ""),
        ("expect: {cause: bad-luck}", "wrong-value", ""),
        ("as_of: 2026-03-02T10:00:00\n    expect: {verdict: allowed}", "wrong-value", ""),
        ("as_of: 9999-12-31T23:59:59Z\n    expect: {verdict: allowed}", "wrong-value", ""),
        ("as_of: 0001-01-01T00:00:00+01:00\n    expect: {verdict: allowed}", "wrong-value", ""),
        ("list: []", "wrong-value", ""),
        ("list: [{times: 0, expect: {verdict: allowed}}]", "wrong-value", ""),
        ("list: [{given: {}}]", "missing-key", "expect"),
        ("list: [{expect: {}}]", "empty-test", "verdict"),
        ("expect: {verdict: allowed}\n    list: [{expect: {verdict: allowed}}]", "wrong-value", "below"),
        ("given: {candidate: {candidate_id: A}}\n    list: [{times: 2, expect: {verdict: allowed}}]",
         "same-candidate", "leave candidate_id out"),
        ("expect: {}", "empty-test", "verdict"),
        ("expect: {verdikt: blocked}", "unknown-key", "verdict"),
        ("expect: {verdict: maybe}", "wrong-value", ""),
        ("given: {}", "missing-key", "expect"),
        ("expect: 3", "wrong-value", ""),
    ],
)  # fmt: skip
def test_a_test_that_can_t_be_run_says_why(body: str, code: str, hint: str) -> None:
    cases, problems = read(HEAD + f"tests:\n  - name: t\n    {body}\n")
    assert cases == []
    assert code in [p.code for p in problems]
    assert hint in next(p for p in problems if p.code == code).hint


def test_an_expectation_that_lists_nothing_expects_nothing_to_be_listed() -> None:
    assert one("    expect: {failed: []}\n").expect.failed == []
    assert one("    expect: {failed: eligibility.adult}\n").expect.failed == ["eligibility.adult"]


@pytest.mark.parametrize(
    "text",
    [
        "tests: []\n",
        HEAD,
        HEAD + "tests: []\n",
        HEAD.replace("+01:00", "") + "tests: [{name: t, expect: {verdict: allowed}}]\n",
        "",
        "- a\n",
    ],
)
def test_a_file_without_a_clock_or_without_tests_is_refused(text: str) -> None:
    cases, problems = read(text)
    assert cases == []
    assert problems


def test_candidates_of_a_list_are_somebody_else_unless_the_test_names_them() -> None:
    base = "{candidate: {candidate_id: L, customer_id: C, age: 30}, register: {listed_on: null}}"
    found = case(
        """    given: {candidate: {age: 40}}
    unknown: [register]
    list:
      - times: 2
        expect: {verdict: allowed}
      - name: the same customer
        given: {candidate: {customer_id: C9, age: 50}}
        unknown: [candidate.name]
        expect: {verdict: blocked}
""",
        base,
    ).candidates
    assert [c.name for c in found] == ["candidate 1", "candidate 2", "the same customer"]
    assert [c.facts["candidate.candidate_id"] for c in found] == ["L-1", "L-2", "L-3"]
    assert [c.facts["candidate.customer_id"] for c in found] == ["C-1", "C-2", "C9"]
    assert [c.facts["candidate.age"] for c in found] == [40, 40, 50]
    assert [c.line for c in found] == [8, 8, 10]
    assert found[0].unknown == {"register.listed_on", "register.read_at"}
    assert found[2].unknown == {"register.listed_on", "register.read_at", "candidate.name"}
    assert found[0].changed == found[0].unknown | {"candidate.age"}


def test_numbers_of_many_candidates_sort_as_they_count() -> None:
    found = case("    list: [{times: 12, expect: {verdict: allowed}}]\n").candidates
    ids = [c.facts["candidate.candidate_id"] for c in found]
    assert ids == sorted(ids)
    assert len(set(ids)) == 12


def test_a_test_may_have_a_clock_of_its_own() -> None:
    text = (
        HEAD
        + """tests:
  - {name: a, expect: {verdict: allowed}}
  - {name: b, as_of: 2026-07-01T00:00:00Z, expect: {verdict: allowed}}
"""
    )
    cases, problems = read(text)
    assert problems == []
    assert cases[0].as_of == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert cases[1].as_of == datetime(2026, 7, 1, tzinfo=UTC)


def test_explanations_of_changes_are_read_and_must_name_a_part() -> None:
    tests = "tests: [{name: t, expect: {verdict: allowed}}]\nequivalent:\n"
    good = "  - {rule: eligibility.adult, mutant: candidate.age > 16, because: nobody is 17}\n"
    assert read(HEAD + tests + good)[1] == []
    (found,) = read_equivalent("rules/a.test.yaml", HEAD + tests + good)
    assert (found.part, found.mutant, found.because) == (
        "eligibility.adult", "candidate.age > 16", "nobody is 17",
    )  # fmt: skip
    assert found.line == 4
    _, problems = read(HEAD + tests + good.replace("adult", "adlt"))
    assert [(p.code, p.place.line) for p in problems] == [("unknown-rule", 4)]
    assert "eligibility.adult" in problems[0].hint
