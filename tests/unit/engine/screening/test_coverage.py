"""Coverage counts what tests show, and asks for nothing that cannot be."""

from __future__ import annotations

from engine.screening.coverage import Coverage, Covered, coverage
from tests.support.trials import rulebook, tried

TESTS = """\
  - name: good
    expect: {verdict: allowed}
  - name: too young
    given: {candidate: {age: 17}}
    expect: {verdict: blocked}
  - name: too many
    given: {stock: {available: 100}}
    expect: {verdict: blocked}
  - name: nothing to sell
    given: {candidate: {sku: null}, stock: {available: 0}}
    expect: {verdict: allowed}
"""


def of(found: Coverage, part: str, kind: str = "") -> list[Covered]:
    return [c for c in found.parts if c.part == part and kind in ("", c.kind)]


def test_outcomes_are_counted_by_rule_line_signal_decision_and_pool() -> None:
    with tried(TESTS) as trial:
        found = coverage(trial.bench.ruleset, trial.seen)
    (adult,) = of(found, "eligibility.adult")
    assert adult.shown == {"passed": 3, "failed": 1, "unknown": 0}
    (stock,) = of(found, "stock.some-left", "rule")
    assert stock.shown == {"passed": 2, "failed": 1, "unknown": 0, "not-applicable": 1}
    # Where the rule does not apply, its lines do not count.
    some, few = of(found, "stock.some-left", "line")
    assert some.shown == {"passed": 3, "failed": 0, "unknown": 0}
    assert few.shown == {"passed": 2, "failed": 1, "unknown": 0}
    assert few.text == "stock.available < 100"
    (gold,) = of(found, "customer.is-gold")
    assert gold.shown == {"certain": 0, "possible": 0, "no": 4}
    (young,) = of(found, "gold-may-be-young")
    assert young.shown == {"fired": 0, "not fired": 4}
    (units,) = of(found, "stock.units")
    assert units.shown == {"granted": 1, "denied": 0}


def test_the_percentage_is_of_outcomes_and_never_rounded_up_to_all() -> None:
    with tried(TESTS) as trial:
        found = coverage(trial.bench.ruleset, trial.seen)
    missing = sum(len(part.missing) for part in found.missing)
    assert found.covered == found.total - missing
    assert found.percent == int(1000 * found.covered / found.total) / 10
    place = found.parts[0].place
    nearly = Coverage(
        [Covered("x", "rule", place, dict.fromkeys(map(str, range(9999)), 1) | {"y": 0})]
    )
    assert nearly.percent == 99.9
    assert Coverage([]).percent == 100.0


def test_unknown_is_not_asked_for_where_every_candidate_has_the_facts() -> None:
    text = rulebook().texts["rules/a.yaml"]
    changed = text.replace("candidate.age >= 18", 'candidate.channel == "call"')
    changed = changed.replace('customer.segment == "gold"', 'candidate.offer_id == "GOLD"')
    found = coverage(rulebook(changed), [])
    assert list(of(found, "eligibility.adult")[0].shown) == ["passed", "failed"]
    assert list(of(found, "customer.is-gold")[0].shown) == ["certain", "no"]


def test_a_signal_that_a_decision_raises_may_be_possible() -> None:
    text = rulebook().texts["rules/a.yaml"]
    changed = text.replace('customer.segment == "gold"', 'candidate.offer_id == "GOLD"').replace(
        "pools:\n",
        "  - id: raises\n    given: {failed: stock.some-left}\n    signal: customer.is-gold\npools:\n",
    )
    found = coverage(rulebook(changed), [])
    assert list(of(found, "customer.is-gold")[0].shown) == ["certain", "possible", "no"]


def test_coverage_can_be_that_of_some_files() -> None:
    found = coverage(rulebook(), [])
    assert found.of_files(["rules/a.yaml"]).total == found.total
    assert found.of_files(["rules/b.yaml"]).total == 0
