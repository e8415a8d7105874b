"""Rulebooks with one small change."""

from __future__ import annotations

from dataclasses import replace

from engine.language.mutants import Mutant, mutants
from engine.language.ruleset import Ruleset
from tests.support.trials import VOCABULARY, rulebook


def of(part: str, ruleset: Ruleset | None = None) -> dict[str, Mutant]:
    every = mutants(ruleset or rulebook(), VOCABULARY)
    return {m.after: m for m in every if m.part == part}


def test_each_line_of_a_rule_is_changed_and_left_out() -> None:
    found = of("stock.some-left")
    assert {
        "without stock.available > 0", "stock.available >= 0", "stock.available > 1",
        "without stock.available < 100", "stock.available < 99", "stock.available <= 100",
        "without has(candidate.sku)", "!(has(candidate.sku))", "on_unknown: allow",
    } <= set(found)  # fmt: skip
    changed = found["stock.available < 99"]
    assert changed.before == "stock.available < 100"
    assert changed.place.line == found["without stock.available < 100"].place.line
    (rule,) = changed.variant(rulebook()).rules[-1:]
    assert [c.text for c in rule.require] == ["stock.available > 0", "stock.available < 99"]


def test_what_nobody_could_write_is_no_change() -> None:
    # Two moments can't be added, and a legal rule can't allow what it could not check.
    listed = of("consent.not-listed")
    assert not any("today + duration" not in a and " + " in a for a in listed)
    assert "on_unknown: allow" not in listed
    # Neither can a warning, which blocks nothing.
    assert "on_unknown: allow" not in of("contact-policy.rested")


def test_decisions_lose_what_they_wait_for_and_what_they_do() -> None:
    doubts = of("two-doubts")
    assert {
        "without this decision", "at_least: 1", "at_least: 3",
        "without given failed eligibility.adult", "given passed eligibility.adult",
    } <= set(doubts)  # fmt: skip
    assert doubts["at_least: 3"].variant(rulebook()).decisions[1].given.at_least == 3
    turned = doubts["given passed eligibility.adult"].variant(rulebook()).decisions[1].given
    assert turned.passed == ("eligibility.adult",)
    assert "eligibility.adult" not in turned.failed
    # With one thing to wait for, none can be left out; with one rule waived, the decision goes.
    assert set(of("gold-may-be-young")) == {"without this decision"}


def test_a_decision_that_waives_several_rules_loses_each() -> None:
    text = (
        rulebook()
        .texts["rules/a.yaml"]
        .replace("waive: eligibility.adult", "waive: [eligibility.adult, stock.some-left]")
    )
    assert {"without waive eligibility.adult", "without waive stock.some-left"} <= set(
        of("gold-may-be-young", rulebook(text))
    )


def test_pools_change_room_key_order_and_take_up() -> None:
    text = (
        rulebook()
        .texts["rules/a.yaml"]
        .replace(
            "per: candidate.sku",
            "per: [candidate.sku, customer.segment]\n    take_up: 0.5\n    risk: 0.1",
        )
    )
    found = of("stock.units", rulebook(text))
    assert {
        "without has(candidate.sku)", "limit: stock.available - 1", "limit: stock.available + 1",
        "without per candidate.sku", "without per customer.segment", "without take_up",
        "order: candidate.priority asc", "without order candidate.priority",
    } <= set(found)  # fmt: skip
    assert {m.shows for m in found.values()} == {"allocate"}
    fixed = of("stock.units", rulebook(text.replace("limit: stock.available", "limit: 3")))
    assert {"limit: 2", "limit: 4"} <= set(fixed)
    assert "limit: 3 + 1" not in fixed


def test_dates_move_by_a_day() -> None:
    text = (
        rulebook()
        .texts["rules/a.yaml"]
        .replace(
            "    stage: eligibility\n",
            "    stage: eligibility\n    from: 2026-03-01\n    until: 2026-03-31\n",
        )
    )
    names = {n for n in of("eligibility.adult", rulebook(text)) if n.startswith(("from", "until"))}
    assert names == {
        "from: 2026-02-28",
        "from: 2026-03-02",
        "until: 2026-03-30",
        "until: 2026-04-01",
    }


def test_every_change_changes_its_part_and_nothing_else_and_has_a_name_of_its_own() -> None:
    ruleset = rulebook()
    every = mutants(ruleset, VOCABULARY)
    assert len({(m.part, m.after) for m in every}) == len(every)
    for mutant in every:
        variant = mutant.variant(ruleset)
        assert variant != ruleset
        assert mutant.part in {part.id for part in mutant.changed}
        kinds = ("rules", "signals", "decisions", "pools")
        assert replace(variant, **{kind: getattr(ruleset, kind) for kind in kinds}) == ruleset
        for kind in kinds:
            was, is_ = getattr(ruleset, kind), getattr(variant, kind)
            assert {b.id for a, b in zip(was, is_, strict=True) if a != b} <= {mutant.part}
        assert mutant.hint


def test_the_same_change_of_two_lines_has_two_names() -> None:
    text = (
        rulebook()
        .texts["rules/a.yaml"]
        .replace(
            "require: candidate.age >= 18",
            "applies: candidate.age >= 18\n    require: candidate.age >= 18",
        )
    )
    found = of("eligibility.adult", rulebook(text))
    assert {"candidate.age > 18", "candidate.age > 18 (2)"} <= set(found)
