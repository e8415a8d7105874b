"""Which decisions are decided together, and what each such group reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from engine.language.ruleset import Outcome, Strength
from engine.screening.decide import Group, groups
from tests.support.decisions import decision, one, rule, rulebook

PASSED, FAILED, NO, CERTAIN = Outcome.PASSED, Outcome.FAILED, Strength.NO, Strength.CERTAIN


def names(made: Iterable[Group]) -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    return [(g.rules, g.signals, tuple(d.id for d in g.decisions)) for g in made]


def test_decisions_that_share_a_rule_or_signal_are_in_one_group_and_others_are_not() -> None:
    decisions = [
        decision("d1", failed=["b"], raises="t"),
        decision("d2", signal=["t"], block=True),
        decision("d3", failed=["a"], passed=["c"], propose="X"),
        decision("d4", passed=["a"], block=True),
        decision("d5", signal=["u"], waive=["z"]),
    ]
    rules = [rule(r) for r in "abcz"]
    expected = [
        ((), ("u",), ("d5",)),
        (("a", "c"), (), ("d3", "d4")),
        (("b",), ("t",), ("d1", "d2")),
    ]
    for shuffled in itertools.permutations(decisions):
        assert names(groups(rulebook(shuffled, rules, "tuv"))) == expected


def test_a_rule_that_is_waived_connects_nothing_and_is_in_no_signature() -> None:
    decisions = [
        decision("d1", failed=["a"], waive=["c", "b"]),
        decision("d2", failed=["b"], waive=["c"]),
    ]
    made = groups(rulebook(decisions, [rule(r) for r in "abc"]))
    assert names(made) == [(("a",), (), ("d1",)), (("b",), (), ("d2",))]


def test_a_rule_and_a_signal_of_one_name_are_two_things() -> None:
    decisions = [decision("d1", failed=["x"], block=True), decision("d2", signal=["x"], block=True)]
    made = groups(rulebook(decisions, [rule("x")], ["x"]))
    assert names(made) == [((), ("x",), ("d2",)), (("x",), (), ("d1",))]


def test_a_rulebook_without_decisions_has_no_groups() -> None:
    assert groups(rulebook([], [rule("a")], ["s"])) == ()


def test_shadow_rules_are_in_no_signature_and_what_is_said_of_them_never_holds() -> None:
    decisions = [
        decision("all", failed=["seen", "shadow"], block=True),
        decision("some", failed=["seen", "shadow", "other"], at_least=2, block=True),
        decision("lone", failed=["seen", "shadow"], at_least=1, block=True),
        decision("most", failed=["shadow", "other"], at_least=2, block=True),
    ]
    rules = [rule("other"), rule("seen"), rule("shadow", shadow=True)]
    (made,) = groups(rulebook(decisions, rules))
    assert made.rules == ("other", "seen")
    assert one(made, FAILED, FAILED).blocked == ("lone", "some")
    assert one(made, PASSED, FAILED).blocked == ("lone",)
    assert one(made, FAILED, PASSED).blocked == ()


def test_a_decision_that_sees_only_shadow_rules_never_fires() -> None:
    decisions = [
        decision("blocks", failed=["shadow"], block=True),
        decision("raises", passed=["shadow"], raises="s"),
        decision("reads", signal=["s"], block=True),
    ]
    made = groups(rulebook(decisions, [rule("shadow", shadow=True)], ["s"]))
    assert names(made) == [((), ("s",), ("raises", "reads"))]
    assert one(made[0], NO).fired == ()
    assert one(made[0], CERTAIN).fired == (("reads", CERTAIN),)
