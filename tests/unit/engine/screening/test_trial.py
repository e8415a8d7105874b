"""Rule authors' tests are screened as a run screens, and fail where they should."""

from __future__ import annotations

from engine.language.ruleset import Outcome, Strength
from engine.screening.concerned import Telling
from engine.screening.trial import line_of
from tests.support.trials import VOCABULARY, ZONE, rulebook, tried, wrong


def test_what_is_as_expected_passes() -> None:
    tests = """\
  - name: good
    expect: {verdict: allowed, passed: [eligibility.adult, stock.some-left], warned: []}
  - name: too young
    given: {candidate: {age: 17}}
    expect:
      verdict: blocked
      cause: failed
      failed: [eligibility.adult]
      says: {eligibility.adult: 17 is too young}
  - name: of unknown age
    unknown: [candidate.age]
    expect: {cause: unknown, unknown: [eligibility.adult]}
  - name: young and gold
    given: {candidate: {age: 17}, customer: {segment: gold}}
    expect: {verdict: allowed, waived: [eligibility.adult]}
  - name: not for sale
    given: {candidate: {sku: null}, stock: null}
    expect: {verdict: allowed, not_applicable: [stock.some-left]}
  - name: two doubts
    given: {stock: {available: 200}, customer: {asked_at: 2026-03-02T09:00:00+01:00}}
    expect:
      cause: failed
      failed: [stock.some-left]
      decision: [two-doubts]
      warned: [contact-policy.rested]
      outcome: {contact-policy.rested: failed, eligibility.adult: passed}
      says: {two-doubts: two doubts, stock.some-left: 200 left}
"""
    with tried(tests) as trial:
        assert wrong(trial) == []


NOT_SO = {
    "{verdict: allowed}": "verdict",
    "{cause: unknown}": "cause",
    "{failed: []}": "failed",
    "{unknown: [eligibility.adult]}": "unknown",
    "{failed: [eligibility.adult, consent.not-listed]}": "failed",
    "{failed: [eligibility.adult], no_room: [stock.units]}": "no_room",
    "{failed: [eligibility.adult], decision: [two-doubts]}": "decision",
    "{waived: [eligibility.adult]}": "waived",
    "{proposed: [FIBRE]}": "proposed",
    "{warned: [contact-policy.rested]}": "warned",
    "{passed: [eligibility.adult]}": "eligibility.adult",
    "{not_applicable: [stock.some-left]}": "stock.some-left",
    "{outcome: {eligibility.adult: unknown}}": "eligibility.adult",
    "{says: {eligibility.adult: 18 is too young}}": "eligibility.adult says",
    "{says: {consent.not-listed: x}}": "consent.not-listed says",
}
"""Expectations that a candidate who is too young does not meet, with what is told of each."""


def test_every_expectation_that_is_not_met_is_told() -> None:
    tests = "".join(
        f"""\
  - name: '{what}, {number}'
    given: {{candidate: {{age: 17}}}}
    expect: {expect}
"""
        for number, (expect, what) in enumerate(NOT_SO.items())
    )
    with tried(tests) as trial:
        told = wrong(trial)
    for number, what in enumerate(NOT_SO.values()):
        found = [mismatch.what for name, mismatch in told if name == f"{what}, {number}"]
        assert what in found


def test_candidates_of_a_list_share_room_and_queue_by_priority() -> None:
    tests = """\
  - name: two units for three
    list:
      - name: last
        given: {candidate: {priority: 1}}
        expect: {verdict: blocked, cause: no-room, no_room: [stock.units]}
      - name: first
        times: 2
        given: {candidate: {priority: 9}}
        expect: {verdict: allowed, no_room: []}
  - name: another list has room of its own
    list:
      - times: 2
        expect: {verdict: allowed}
"""
    with tried(tests) as trial:
        assert wrong(trial) == []
        ids = [one.facts["candidate.candidate_id"] for _, one in trial.bench.candidates]
        assert ids == ["L1-1", "L1-2", "L1-3", "L1-1", "L1-2"]


def test_the_same_customer_and_offer_twice_is_a_duplicate() -> None:
    tests = """\
  - name: twice
    given: {candidate: {customer_id: C7, sku: null}}
    list:
      - given: {candidate: {priority: 9}}
        expect: {verdict: allowed}
      - expect: {cause: duplicate, no_room: [duplicate]}
"""
    with tried(tests) as trial:
        assert wrong(trial) == []


def test_each_test_has_its_own_clock() -> None:
    tests = """\
  - name: thirty days and a bit after the listing
    given: {register: {listed_on: 2026-01-30}}
    expect: {verdict: allowed}
  - name: the same listing on the day before
    as_of: 2026-03-01T23:59:59+01:00
    given: {register: {listed_on: 2026-01-30}}
    expect: {failed: [consent.not-listed]}
  - name: in Rome it is the next day already
    as_of: 2026-03-01T23:00:00Z
    given: {register: {listed_on: 2026-01-30}}
    expect: {verdict: allowed}
"""
    with tried(tests) as trial:
        assert wrong(trial) == []


def test_rules_begin_and_end_by_the_clock_of_each_test() -> None:
    bounded = "    stage: eligibility\n    from: 2026-03-02\n    until: 2026-03-03\n"
    ruleset = rulebook().texts["rules/a.yaml"].replace("    stage: eligibility\n", bounded)
    tests = "".join(
        f"""\
  - name: on {day}
    as_of: {day}T08:00:00+01:00
    given: {{candidate: {{age: 17}}}}
    expect: {{outcome: {{eligibility.adult: {outcome}}}}}
"""
        for day, outcome in (
            ("2026-03-01", "not-applicable"),
            ("2026-03-02", "failed"),
            ("2026-03-03", "failed"),
            ("2026-03-04", "not-applicable"),
        )
    )
    with tried(tests, rulebook(ruleset)) as trial:
        assert wrong(trial) == []


def test_a_pool_that_looks_at_the_clock_sees_that_of_each_test() -> None:
    text = rulebook().texts["rules/a.yaml"]
    limit = 'limit: "now < timestamp(\\"2026-04-01T00:00:00Z\\") ? 0 : 1"'
    ruleset = rulebook(text.replace("limit: stock.available", limit))
    tests = """\
  - name: in March there are none
    expect: {no_room: [stock.units]}
  - name: in April there is one
    as_of: 2026-04-02T10:00:00+02:00
    expect: {verdict: allowed}
"""
    with tried(tests, ruleset) as trial:
        assert wrong(trial) == []


def test_what_is_seen_has_outcomes_lines_and_strengths() -> None:
    tests = """\
  - name: t
    given: {candidate: {age: 17}, stock: {available: 200}}
    unknown: [customer.segment, register]
    expect: {verdict: blocked}
"""
    with tried(tests) as trial:
        (seen,) = trial.seen
        ruleset = trial.bench.ruleset
    (rule,) = (r for r in ruleset.rules if r.id == "stock.some-left")
    names = [line_of(rule, part, n) for part, n in (("applies", 1), ("require", 1), ("require", 2))]
    assert [seen.lines[name] for name in names] == [True, True, False]
    assert seen.outcomes["consent.not-listed"] is Outcome.UNKNOWN
    assert seen.signals == {"customer.is-gold": Strength.POSSIBLE}
    assert seen.fired == {"gold-may-be-young": Strength.NO, "two-doubts": Strength.CERTAIN}
    assert seen.reasons == {
        "eligibility.adult", "stock.some-left", "consent.not-listed", "two-doubts",
    }  # fmt: skip


def test_a_failing_test_tells_its_rules_fact_by_fact() -> None:
    tests = """\
  - name: t
    given: {candidate: {age: 17}, register: {listed_on: 2026-01-30}}
    unknown: [stock]
    expect: {verdict: blocked}
"""
    with tried(tests) as trial:
        ((case, candidate),) = trial.bench.candidates
        (seen,) = trial.seen
        telling = Telling(trial.bench.ruleset, VOCABULARY, ZONE)
    parts = ["consent.not-listed", "two-doubts", "stock.units"]
    named = telling.concerned(case, candidate, seen, parts)
    listed, doubts, units = named
    assert listed.said == "passed"
    assert listed.lines[0][0] == "holds"
    assert listed.facts == [("register.listed_on", "2026-01-30")]
    assert ("failed", "given failed eligibility.adult") in doubts.lines
    assert ("customer.asked_at", "2026-02-01T10:00:00+01:00") in doubts.facts
    assert ("stock.available", "unknown") in units.facts
    assert units.said == "not asked"
    # Where no part is named, those are told that read what the test changes.
    unnamed = telling.concerned(case, candidate, seen, [])
    assert [c.part for c in unnamed] == [
        "consent.not-listed", "eligibility.adult", "stock.some-left",
    ]  # fmt: skip
