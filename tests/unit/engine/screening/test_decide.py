"""What one decision does for each outcome and strength that it reads, and what chains do."""

from __future__ import annotations

import itertools

import pytest

from engine.language.ruleset import Outcome, Strength
from engine.screening.decide import DecisionError, Group, decide
from tests.support.decisions import decision, group, one

NOT_APPLICABLE, PASSED, FAILED = Outcome.NOT_APPLICABLE, Outcome.PASSED, Outcome.FAILED
UNKNOWN, PASSED_IF_IT_APPLIES = Outcome.UNKNOWN, Outcome.PASSED_IF_IT_APPLIES
NO, POSSIBLE, CERTAIN = Strength.NO, Strength.POSSIBLE, Strength.CERTAIN


@pytest.mark.parametrize(
    ("kind", "outcome", "strength"),
    [
        ("failed", NOT_APPLICABLE, NO),
        ("failed", PASSED, NO),
        ("failed", FAILED, CERTAIN),
        ("failed", UNKNOWN, POSSIBLE),
        ("failed", PASSED_IF_IT_APPLIES, NO),
        ("passed", NOT_APPLICABLE, NO),
        ("passed", PASSED, CERTAIN),
        ("passed", FAILED, NO),
        ("passed", UNKNOWN, POSSIBLE),
        ("passed", PASSED_IF_IT_APPLIES, POSSIBLE),
    ],
)
def test_doubt_blocks_and_raises_but_neither_waives_nor_proposes(
    kind: str, outcome: Outcome, strength: Strength
) -> None:
    failed, passed = (["r"], []) if kind == "failed" else ([], ["r"])
    made = group(
        decision("block", failed=failed, passed=passed, block=True),
        decision("propose", failed=failed, passed=passed, propose="BASIC"),
        decision("raise", failed=failed, passed=passed, raises="s"),
        decision("waive", failed=failed, passed=passed, waive=["a", "b"]),
    )
    effects = one(made, outcome, NO)
    assert effects.blocked == (("block",) if strength >= POSSIBLE else ())
    assert effects.proposed == (("propose",) if strength == CERTAIN else ())
    assert effects.waivers == (("waive",) if strength == CERTAIN else ())
    assert effects.waived == (("a", "b") if strength == CERTAIN else ())
    assert effects.signals == (("s", strength),)
    names = {CERTAIN: ["block", "propose", "raise", "waive"], POSSIBLE: ["block", "raise"], NO: []}
    assert effects.fired == tuple((name, strength) for name in names[strength])


@pytest.mark.parametrize("strength", Strength)
def test_a_signal_counts_as_surely_as_it_holds(strength: Strength) -> None:
    made = group(
        decision("block", signal=["s"], block=True), decision("waive", signal=["s"], waive=["r"])
    )
    effects = one(made, strength)
    assert effects.blocked == (("block",) if strength >= POSSIBLE else ())
    assert effects.waived == (("r",) if strength == CERTAIN else ())
    assert effects.signals == (("s", strength),)


def test_all_of_a_given_must_hold_and_its_doubt_is_that_of_the_least_sure() -> None:
    made = decision("d", failed=["a"], passed=["b"], signal=["s"], block=True)
    assert one(made, FAILED, PASSED, CERTAIN).fired == (("d", CERTAIN),)
    assert one(made, FAILED, PASSED_IF_IT_APPLIES, CERTAIN).fired == (("d", POSSIBLE),)
    assert one(made, UNKNOWN, UNKNOWN, POSSIBLE).fired == (("d", POSSIBLE),)
    assert one(made, FAILED, PASSED, NO).fired == ()
    assert one(made, FAILED, FAILED, CERTAIN).fired == ()
    assert one(made, NOT_APPLICABLE, PASSED, CERTAIN).fired == ()


def test_at_least_counts_the_certain_for_certainty_and_the_possible_for_doubt() -> None:
    made = decision("d", failed=["a", "b", "c"], at_least=2, block=True)
    for signature in itertools.product([PASSED, FAILED, UNKNOWN], repeat=3):
        sure, doubted = signature.count(FAILED), signature.count(UNKNOWN)
        expected = CERTAIN if sure >= 2 else POSSIBLE if sure + doubted >= 2 else NO
        assert dict(one(made, *signature).fired).get("d", NO) == expected, signature


def test_at_least_counts_failures_passes_and_signals_together() -> None:
    made = decision("d", failed=["a"], passed=["b"], signal=["s"], at_least=2, waive=["w"])
    assert one(made, FAILED, FAILED, CERTAIN).waived == ("w",)
    assert one(made, PASSED, PASSED, CERTAIN).waived == ("w",)
    assert one(made, PASSED, PASSED, POSSIBLE).waived == ()


def test_a_name_said_twice_counts_once() -> None:
    assert one(decision("d", failed=["a", "a", "b"], at_least=2, block=True), FAILED, PASSED) == (
        one(decision("d", failed=["a", "b"], at_least=2, block=True), FAILED, PASSED)
    )
    assert one(decision("d", failed=["a", "a"], block=True), FAILED).blocked == ("d",)


def test_at_least_more_than_there_are_never_fires() -> None:
    assert one(decision("d", failed=["a"], at_least=2, block=True), FAILED).fired == ()


@pytest.mark.parametrize("at_least", [None, 1])
def test_a_decision_that_waits_for_nothing_is_refused(at_least: int | None) -> None:
    idle = Group((), ("s",), (decision("idle", raises="s", at_least=at_least),))
    with pytest.raises(DecisionError, match="`idle` waits for nothing"):
        decide(idle, [(NO,)])


def test_a_rule_may_be_read_as_failed_and_as_passed() -> None:
    made = group(
        decision("bad", failed=["r"], block=True), decision("good", passed=["r"], propose="MORE")
    )
    assert one(made, FAILED).fired == (("bad", CERTAIN),)
    assert one(made, PASSED).fired == (("good", CERTAIN),)
    assert one(made, UNKNOWN).fired == (("bad", POSSIBLE),)


# ── chains ───────────────────────────────────────────────────────────────────────────────────────


def test_decisions_chain_through_signals_at_the_strength_they_were_raised() -> None:
    made = group(
        decision("a", failed=["r"], raises="s"),
        decision("b", signal=["s"], raises="t"),
        decision("c", signal=["t"], waive=["cap"]),
        decision("d", signal=["t"], block=True),
    )
    sure, doubtful, no = decide(made, [(FAILED, NO, NO), (UNKNOWN, NO, NO), (PASSED, NO, NO)])
    assert sure.fired == (("a", CERTAIN), ("b", CERTAIN), ("c", CERTAIN), ("d", CERTAIN))
    assert doubtful.fired == (("a", POSSIBLE), ("b", POSSIBLE), ("d", POSSIBLE))
    assert no.fired == ()
    assert sure.signals == (("s", CERTAIN), ("t", CERTAIN))
    assert doubtful.signals == (("s", POSSIBLE), ("t", POSSIBLE))


def test_a_signal_is_as_strong_as_the_strongest_of_what_raises_it() -> None:
    made = group(
        decision("a", failed=["p"], raises="s"),
        decision("b", failed=["q"], raises="s"),
        decision("c", signal=["s"], waive=["w"]),
    )
    assert one(made, FAILED, FAILED, CERTAIN).waived == ("w",)
    assert one(made, UNKNOWN, FAILED, NO).waived == ("w",)
    assert one(made, UNKNOWN, UNKNOWN, CERTAIN).signals == (("s", CERTAIN),)
    assert one(made, UNKNOWN, UNKNOWN, NO).signals == (("s", POSSIBLE),)
    assert one(made, UNKNOWN, UNKNOWN, NO).waived == ()
    assert one(made, PASSED, PASSED, POSSIBLE).signals == (("s", POSSIBLE),)


def test_signals_raised_in_a_circle_hold_only_if_something_outside_holds_them() -> None:
    made = group(
        decision("a", signal=["s"], raises="t"),
        decision("b", signal=["t"], raises="s"),
        decision("c", signal=["t"], waive=["w"]),
        decision("self", signal=["s"], raises="s"),
    )
    nothing, possible, certain = decide(made, [(NO, NO), (POSSIBLE, NO), (NO, CERTAIN)])
    assert nothing.fired == ()
    assert nothing.signals == (("s", NO), ("t", NO))
    assert possible.signals == (("s", POSSIBLE), ("t", POSSIBLE))
    assert possible.waived == ()
    assert certain.signals == (("s", CERTAIN), ("t", CERTAIN))
    assert certain.waived == ("w",)


def test_doubt_of_one_and_certainty_of_another_do_not_add_up() -> None:
    made = group(
        decision("a", failed=["p"], raises="s"),
        decision("b", failed=["q"], raises="t"),
        decision("c", signal=["s", "t"], waive=["w"]),
    )
    assert one(made, FAILED, UNKNOWN, NO, NO).waived == ()
    assert one(made, FAILED, FAILED, NO, NO).waived == ("w",)


def test_what_fired_is_told_in_the_order_of_chaining_then_of_ids() -> None:
    made = group(
        decision("z-first", failed=["r"], raises="s"),
        decision("m-second", signal=["s"], raises="t"),
        decision("b-third", signal=["t", "s"], block=True),
        decision("a-third", signal=["t"], waive=["w"]),
        decision("y-first", failed=["r"], block=True),
    )
    names = [name for name, _ in one(made, FAILED, NO, NO).fired]
    assert names == ["y-first", "z-first", "m-second", "a-third", "b-third"]


def test_decisions_in_a_circle_stand_together_after_what_starts_it() -> None:
    made = group(
        decision("z-start", failed=["r"], raises="s"),
        decision("c-in", signal=["s"], raises="t"),
        decision("b-in", signal=["t"], raises="s"),
        decision("a-after", signal=["t"], block=True),
        decision("y-outside", passed=["q"], failed=["r"], block=True),
    )
    names = [name for name, _ in one(made, PASSED, FAILED, NO, NO).fired]
    assert names == ["y-outside", "z-start", "b-in", "c-in", "a-after"]
