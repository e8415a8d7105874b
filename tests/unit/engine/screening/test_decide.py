from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from engine.language.ruleset import Decision, Outcome, Strength
from engine.screening import decide as decide_module
from engine.screening.decide import DecisionError, Effects, Group, Signature, decide, groups
from tests.support.decisions import decision, group, naively, rule, rulebook

ROOT = Path(__file__).parents[4]

NOT_APPLICABLE, PASSED, FAILED = Outcome.NOT_APPLICABLE, Outcome.PASSED, Outcome.FAILED
UNKNOWN, PASSED_IF_IT_APPLIES = Outcome.UNKNOWN, Outcome.PASSED_IF_IT_APPLIES
NO, POSSIBLE, CERTAIN = Strength.NO, Strength.POSSIBLE, Strength.CERTAIN


def one(decisions: Group | Decision, *signature: int) -> Effects:
    made = decisions if isinstance(decisions, Group) else group(decisions)
    (effects,) = decide(made, [signature])
    return effects


# ── what one decision does ───────────────────────────────────────────────────────────────────────


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


# ── groups ───────────────────────────────────────────────────────────────────────────────────────


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


# ── signatures ───────────────────────────────────────────────────────────────────────────────────

DOUBTS = group(
    decision("doubts", failed=["b", "c", "d", "e"], at_least=3, block=True),
    decision("lift", signal=["asked"], waive=["cap"]),
    decision("slower", failed=["a"], passed=["b"], propose="BASIC"),
    decision("vip", signal=["vip"], raises="asked"),
)


def every_signature(made: Group, seed: int) -> list[Signature]:
    codes = [range(len(Outcome))] * len(made.rules) + [range(len(Strength))] * len(made.signals)
    signatures: list[Signature] = list(itertools.product(*codes))
    random.Random(seed).shuffle(signatures)
    return signatures


def assert_as_the_oracle_says(made: Group, signature: Signature, effects: Effects) -> None:
    n = len(made.rules)
    expected = naively(
        made.decisions,
        {r: Outcome(code) for r, code in zip(made.rules, signature[:n], strict=True)},
        {s: Strength(code) for s, code in zip(made.signals, signature[n:], strict=True)},
    )
    assert effects.waived == tuple(sorted(expected.waived))
    assert effects.waivers == tuple(sorted(expected.waivers))
    assert effects.blocked == tuple(sorted(expected.blocked))
    assert effects.proposed == tuple(sorted(expected.proposed))
    assert dict(effects.fired) == expected.fired
    assert len(effects.fired) == len(expected.fired)
    assert effects.signals == tuple(sorted(expected.signals.items()))


def test_five_thousand_signatures_of_a_group_are_decided_as_the_oracle_decides_them() -> None:
    signatures = every_signature(DOUBTS, seed=1)[:5000]
    for signature, effects in zip(signatures, decide(DOUBTS, signatures), strict=True):
        assert_as_the_oracle_says(DOUBTS, signature, effects)


def test_effects_come_in_the_order_of_signatures_however_often_each_is_there() -> None:
    signatures = every_signature(DOUBTS, seed=2)[:40]
    alone = {signature: decide(DOUBTS, [signature])[0] for signature in signatures}
    mixed = signatures + signatures[::-1] + signatures[:1] * 5
    assert decide(DOUBTS, iter(mixed)) == [alone[signature] for signature in mixed]


def test_no_signatures_have_no_effects() -> None:
    assert decide(DOUBTS, []) == []


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ((PASSED,), "1 codes where 2"),
        ((PASSED, NO, NO), "3 codes where 2"),
        ((5, NO), "`rule` has 5"),
        ((PASSED, 3), "`sig` has 3"),
        ((-1, NO), "`rule` has -1"),
        ((None, NO), "`rule` has None"),
        ((PASSED, None), "`sig` has None"),
    ],
)
def test_a_signature_that_can_not_be_read_is_an_error_and_not_a_pass(
    signature: Signature, message: str
) -> None:
    made = group(decision("d", failed=["rule"], signal=["sig"], at_least=1, block=True))
    with pytest.raises(DecisionError, match=message):
        decide(made, [(PASSED, NO), signature])


def test_an_exception_while_deciding_is_an_error_and_not_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fire(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(decide_module._Working, "fire", fire)
    with pytest.raises(DecisionError, match=r"deciding `doubts .*` failed"):
        decide(DOUBTS, [(PASSED, FAILED, FAILED, FAILED, PASSED, NO, NO)])


def test_a_decision_error_fails_the_run() -> None:
    assert DecisionError("why").exit_code == 1


# ── sizes ────────────────────────────────────────────────────────────────────────────────────────


def large_group(size: int) -> Group:
    made = []
    for n in range(size):
        failed = [f"r{n:04}", f"r{(7 * n + 1) % size:04}"]
        match n % 10:
            case 0:
                made.append(decision(f"d{n:04}", failed=failed, raises=f"s{n // 10:04}"))
            case 8:
                made.append(
                    decision(f"d{n:04}", signal=[f"s{n // 10:04}"], raises=f"s{n // 10 + 1:04}")
                )
            case 9:
                made.append(decision(f"d{n:04}", signal=[f"s{n // 10:04}"], waive=[f"w{n % 7}"]))
            case 5:
                many = [f"r{(n + k) % size:04}" for k in range(40)]
                made.append(decision(f"d{n:04}", failed=many, at_least=3, block=True))
            case 6:
                many = [f"r{(n + k) % size:04}" for k in range(40)]
                made.append(decision(f"d{n:04}", passed=many, propose="BASIC"))
            case _:
                made.append(decision(f"d{n:04}", failed=failed, block=True))
    return group(*made)


def test_six_hundred_rules_and_decisions_in_one_group_are_decided_as_the_oracle_does() -> None:
    made = large_group(600)
    assert (len(made.rules), len(made.decisions)) == (600, 600)
    chance = random.Random(3)
    signatures = [
        tuple(
            chance.choices(range(5), [1, 40, share, share, 1])[0] for _ in made.rules
        ) + tuple(chance.choices(range(3), [40, 1, 1])[0] for _ in made.signals)
        for share in (0, 1, 4, 16, 64)
    ]  # fmt: skip
    signatures.append((FAILED,) * 600 + (NO,) * len(made.signals))
    for signature, effects in zip(signatures, decide(made, signatures), strict=True):
        assert_as_the_oracle_says(made, signature, effects)


def test_a_chain_of_six_hundred_decisions_is_followed_to_its_end() -> None:
    made = group(
        decision("d000", failed=["r"], raises="s000"),
        *(decision(f"d{n:03}", signal=[f"s{n - 1:03}"], raises=f"s{n:03}") for n in range(1, 599)),
        decision("d599", signal=["s598"], block=True),
    )
    effects = one(made, UNKNOWN, *[NO] * 599)
    assert effects.blocked == ("d599",)
    assert effects.fired == tuple((f"d{n:03}", POSSIBLE) for n in range(600))


FIFTY_THOUSAND = """
import gc, itertools, random, resource, time
from engine.screening.decide import decide
from tests.support.decisions import decision, group

def used():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024

# Each of `a` … `e` is read in such a way that no two of its five outcomes are alike: durable-rules
# decides every one of these signatures.
letters = "abcde"
made = group(
    decision("good", passed=letters, signal=["s"], block=True),
    decision("bad", failed=letters, raises="t"),
    decision("doubts", failed=letters[:3], at_least=2, block=True),
    decision("asked", signal=["s"], raises="u"),
    decision("lift", signal=["t", "u"], waive=["w"]),
)
every = list(itertools.product(*[range(5)] * 5, *[range(3)] * 3))
random.Random(5).shuffle(every)
marks = []

def watched(count):
    for number, signature in enumerate(every[:count]):
        if number % 10000 == 0:
            marks.append((used(), time.process_time()))
        yield signature

decide(made, watched(50001))
for (_, start), (memory, end) in itertools.pairwise(marks):
    print(f"{10000 / (end - start):.0f} signatures a second of processor time, then {memory} KB")
print("grown", marks[-1][0] - marks[1][0])
before = used()
for _ in range(300):
    decide(made, [(2, 2, 2, 2, 2, 1, 1, 1)])
print("grown", used() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_fifty_thousand_signatures_in_one_process_keep_memory_flat() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIFTY_THOUSAND],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    print(done.stdout)  # noqa: T201  (the speed is reported, not asserted)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    within, between = [int(line.split()[1]) for line in lines if line.startswith("grown")]
    # 40,000 remembered signatures are some 12 MB of Python objects. One leaked working memory in a
    # hundred would be 80 MB, and one leaked ruleset in ten 3 MB.
    assert within < 24 * 1024
    assert between < 2 * 1024
