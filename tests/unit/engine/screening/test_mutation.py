"""The mutation check finds exactly the changes under which every test passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.language.mutants import Mutant, mutants
from engine.language.ruleset import Ruleset
from engine.screening.mutation import survivors
from tests.support.trials import VOCABULARY, rulebook, tried, wrong

TESTS = """\
  - name: good
    expect: {verdict: allowed, warned: []}
  - name: too young
    given: {candidate: {age: 17}}
    expect: {failed: [eligibility.adult]}
  - name: just old enough
    given: {candidate: {age: 18}}
    expect: {verdict: allowed}
  - name: of unknown age
    unknown: [candidate.age]
    expect: {unknown: [eligibility.adult]}
  - name: young and gold
    given: {candidate: {age: 17}, customer: {segment: gold}}
    expect: {waived: [eligibility.adult], says: {}}
  - name: listed too lately
    as_of: 2026-03-01T10:00:00+01:00
    given: {register: {listed_on: 2026-01-30}}
    expect: {failed: [consent.not-listed], says: {consent.not-listed: listed on 2026-01-30}}
  - name: two doubts
    given: {stock: {available: 200}, customer: {asked_at: 2026-03-02T09:00:00+01:00}}
    expect: {failed: [stock.some-left], decision: [two-doubts]}
  - name: two units for three
    list:
      - times: 2
        given: {candidate: {priority: 9}}
        expect: {verdict: allowed}
      - expect: {no_room: [stock.units]}
"""


def named(found: list[Mutant]) -> list[tuple[str, str]]:
    return [(m.part, m.after) for m in found]


def one_by_one(ruleset: Ruleset, every: list[Mutant]) -> list[Mutant]:
    """The same by the longest way: each changed rulebook screens all tests afresh."""
    left = []
    for mutant in every:
        with tried(TESTS, mutant.variant(ruleset)) as trial:
            if not wrong(trial):
                left.append(mutant)
    return left


def agree_on(some: Callable[[list[Mutant]], list[Mutant]]) -> None:
    """Both ways must find the same among some of the changes."""
    ruleset = rulebook()
    with tried(TESTS) as trial:
        assert wrong(trial) == []
        every = mutants(ruleset, VOCABULARY)
        picked = some(every)
        found = [s.mutant for s in survivors(trial, picked)]
    expected = one_by_one(ruleset, picked)
    assert named(found) == named(expected)
    assert 0 < len(expected) < len(picked)


@pytest.mark.slow
def test_trying_changes_at_once_finds_what_trying_each_alone_finds() -> None:
    def some(every: list[Mutant]) -> list[Mutant]:
        at = {shows: [m for m in every if m.shows == shows] for shows in ("judge", "allocate")}
        picked = {*every[::16], *at["judge"][::5], *at["allocate"][::4]}
        return [m for m in every if m in picked]

    agree_on(some)


@pytest.mark.soak
def test_trying_all_changes_at_once_finds_what_trying_each_alone_finds() -> None:
    agree_on(lambda every: every)


@pytest.mark.slow
def test_what_no_test_notices_is_found_and_what_one_notices_is_not() -> None:
    seen_only = """\
  - name: nobody left
    given: {stock: {available: 0}}
    expect: {passed: [eligibility.adult]}
"""
    ruleset = rulebook()
    with tried(TESTS + seen_only) as trial:
        left = survivors(trial, mutants(ruleset, VOCABULARY))
    found = {(s.mutant.part, s.mutant.after): s for s in left}
    assert [name for name in found if name[0] == "eligibility.adult"] == []
    # Nobody has exactly 99 units; what has none is there, but nothing is expected of it.
    assert found["stock.some-left", "stock.available < 99"].seen_by is None
    seen_by = found["stock.some-left", "stock.available >= 0"].seen_by
    assert seen_by is not None
    assert seen_by.name == "nobody left"
    for noticed in (
        ("stock.some-left", "stock.available > 100"),
        ("two-doubts", "at_least: 1"),
        ("two-doubts", "without given failed stock.some-left"),
        ("gold-may-be-young", "without this decision"),
        ("stock.units", "limit: stock.available + 1"),
        ("stock.units", "order: candidate.priority asc"),
    ):
        assert noticed not in found


def test_without_changes_nothing_survives() -> None:
    with tried(TESTS) as trial:
        assert survivors(trial, []) == []


def test_no_change_of_a_rule_that_tests_do_not_look_at_is_noticed() -> None:
    tests = """\
  - name: too young, and nobody asks
    given: {candidate: {age: 17}}
    expect: {verdict: allowed, not_applicable: [eligibility.adult]}
"""
    with tried(tests, unseen={"eligibility.adult"}) as trial:
        assert wrong(trial) == []
        every = [m for m in mutants(rulebook(), VOCABULARY) if m.part == "eligibility.adult"]
        assert len(every) > 3
        assert [s.mutant for s in survivors(trial, every)] == every
        assert {s.seen_by for s in survivors(trial, every)} == {None}
