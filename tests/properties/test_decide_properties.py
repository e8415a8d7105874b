"""What must be true of every group of decisions, whatever they read, raise and do."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.language.ruleset import Decision, Outcome, Strength
from engine.screening.decide import Effects, Group, Signature, decide, groups
from tests.support.decisions import decision, group, naively, rule, rulebook

RULES = [f"rule-{letter}" for letter in "abcdef"]
SIGNALS = [f"signal-{letter}" for letter in "stuv"]

# What a code may become when less is known.
LESS_KNOWN_OUTCOMES: dict[int, list[Outcome]] = {
    Outcome.NOT_APPLICABLE: [Outcome.PASSED_IF_IT_APPLIES, Outcome.UNKNOWN],
    Outcome.PASSED: [Outcome.PASSED_IF_IT_APPLIES, Outcome.UNKNOWN],
    Outcome.FAILED: [Outcome.UNKNOWN],
    Outcome.UNKNOWN: [],
    Outcome.PASSED_IF_IT_APPLIES: [Outcome.UNKNOWN],
}
LESS_KNOWN_STRENGTHS: dict[int, list[Strength]] = {
    Strength.NO: [Strength.POSSIBLE],
    Strength.POSSIBLE: [],
    Strength.CERTAIN: [Strength.POSSIBLE],
}

# No deadline: the machine may be busy with other tests.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
briefly = settings(unhurried, max_examples=25)


@st.composite
def some_decisions(draw: st.DrawFn) -> list[Decision]:
    made = []
    for number in range(draw(st.integers(1, 9))):
        failed = draw(st.lists(st.sampled_from(RULES), max_size=4, unique=True))
        passed = draw(st.lists(st.sampled_from(RULES), max_size=2, unique=True))
        signal = draw(st.lists(st.sampled_from(SIGNALS), max_size=2, unique=True))
        if not failed + passed + signal:
            signal = [draw(st.sampled_from(SIGNALS))]
        total = len(failed) + len(passed) + len(signal)
        does = draw(st.sampled_from(["raise", "raise", "block", "waive", "propose"]))
        made.append(
            decision(
                f"decision-{number}",
                failed=failed, passed=passed, signal=signal,
                at_least=draw(st.none() | st.integers(1, total)),
                raises=draw(st.sampled_from(SIGNALS)) if does == "raise" else None,
                block=does == "block",
                waive=["contact-policy.cap"] if does == "waive" else [],
                propose="BASIC" if does == "propose" else None,
            )
        )  # fmt: skip
    return made


def signatures_of(made: Group) -> st.SearchStrategy[Signature]:
    codes: list[st.SearchStrategy[int]] = [st.sampled_from(list(Outcome))] * len(made.rules)
    codes += [st.sampled_from(list(Strength))] * len(made.signals)
    return st.tuples(*codes)


@st.composite
def decided(draw: st.DrawFn) -> tuple[Group, list[Signature]]:
    made = group(*draw(some_decisions()))
    return made, draw(st.lists(signatures_of(made), min_size=1, max_size=12))


@unhurried
@given(decided())
def test_effects_are_what_a_naive_fixpoint_finds(case: tuple[Group, list[Signature]]) -> None:
    made, signatures = case
    for signature, effects in zip(signatures, decide(made, signatures), strict=True):
        n = len(made.rules)
        expected = naively(
            made.decisions,
            {r: Outcome(code) for r, code in zip(made.rules, signature[:n], strict=True)},
            {s: Strength(code) for s, code in zip(made.signals, signature[n:], strict=True)},
        )
        assert set(effects.waived) == expected.waived
        assert set(effects.waivers) == expected.waivers
        assert set(effects.blocked) == expected.blocked
        assert set(effects.proposed) == expected.proposed
        assert dict(effects.fired) == expected.fired
        assert dict(effects.signals) == expected.signals


@unhurried
@given(decided(), st.data())
def test_knowing_less_never_removes_a_block_and_never_adds_a_waiver_or_proposal(
    case: tuple[Group, list[Signature]], data: st.DataObject
) -> None:
    made, signatures = case
    less = []
    for signature in signatures:
        codes: list[int] = list(signature)
        for place in data.draw(st.sets(st.integers(0, len(codes) - 1), min_size=1)):
            known = LESS_KNOWN_OUTCOMES if place < len(made.rules) else LESS_KNOWN_STRENGTHS
            if known[codes[place]]:
                codes[place] = data.draw(st.sampled_from(known[codes[place]]))
        less.append(tuple(codes))
    for before, after in zip(decide(made, signatures), decide(made, less), strict=True):
        assert set(after.blocked) >= set(before.blocked)
        assert set(after.waived) <= set(before.waived)
        assert set(after.waivers) <= set(before.waivers)
        assert set(after.proposed) <= set(before.proposed)


@briefly
@given(decided(), st.randoms(use_true_random=False))
def test_the_order_of_decisions_and_signatures_does_not_matter(
    case: tuple[Group, list[Signature]], chance: random.Random
) -> None:
    made, signatures = case
    expected = dict(zip(signatures, decide(made, signatures), strict=True))
    shuffled = list(made.decisions)
    chance.shuffle(shuffled)
    chance.shuffle(signatures)
    again = decide(Group(made.rules, made.signals, tuple(shuffled)), signatures)
    assert again == [expected[signature] for signature in signatures]


@unhurried
@given(some_decisions(), st.sets(st.sampled_from(RULES)), st.data())
def test_groups_decide_together_what_the_whole_rulebook_would(
    decisions: list[Decision], shadows: set[str], data: st.DataObject
) -> None:
    book = rulebook(decisions, [rule(r, shadow=r in shadows) for r in RULES], SIGNALS)
    outcomes = {r: data.draw(st.sampled_from(list(Outcome))) for r in RULES}
    strengths = {s: data.draw(st.sampled_from(list(Strength))) for s in SIGNALS}
    seen = {r: outcome for r, outcome in outcomes.items() if r not in shadows}
    expected = naively(decisions, seen, strengths)

    fired: dict[str, Strength] = {}
    signals = dict(strengths)
    for made in groups(book):
        signature = (*(outcomes[r] for r in made.rules), *(strengths[s] for s in made.signals))
        effects = decide(made, [signature])[0]
        fired.update(effects.fired)
        signals.update(effects.signals)
    assert fired == expected.fired
    assert signals == expected.signals


@briefly
@given(some_decisions(), st.sets(st.sampled_from(RULES)))
def test_groups_share_nothing_and_leave_out_only_what_shadow_rules_alone_would_fire(
    decisions: list[Decision], shadows: set[str]
) -> None:
    made = groups(rulebook(decisions, [rule(r, shadow=r in shadows) for r in RULES], SIGNALS))
    for part in ("rules", "signals", "decisions"):
        members = [m for g in made for m in getattr(g, part)]
        names = [m.id if isinstance(m, Decision) else m for m in members]
        assert len(names) == len(set(names))
    inside = {d.id for g in made for d in g.decisions}
    for d in decisions:
        read = {*d.given.failed, *d.given.passed}
        blind = not d.given.signal and d.signal is None and read <= shadows
        assert (d.id in inside) is not blind
    assert not {r for g in made for r in g.rules} & shadows


@briefly
@given(decided())
def test_effects_are_sorted_and_agree_with_each_other(case: tuple[Group, list[Signature]]) -> None:
    made, signatures = case
    by_id = {d.id: d for d in made.decisions}
    for effects in decide(made, signatures):
        fired = dict(effects.fired)
        for names in (effects.waived, effects.waivers, effects.blocked, effects.proposed):
            assert list(names) == sorted(set(names))
        assert tuple(s for s, _ in effects.signals) == made.signals
        assert len(fired) == len(effects.fired)
        assert_consistent(effects, fired, by_id)


def assert_consistent(
    effects: Effects, fired: dict[str, Strength], by_id: dict[str, Decision]
) -> None:
    assert set(effects.blocked) == {d for d in fired if by_id[d].block}
    assert set(effects.proposed) == {d for d in fired if by_id[d].propose}
    assert set(effects.waivers) == {d for d in fired if by_id[d].waive}
    assert set(effects.waived) == {r for d in effects.waivers for r in by_id[d].waive}
    final = dict(effects.signals)
    for name, strength in fired.items():
        raised = by_id[name].signal
        assert raised is None or final[raised] >= strength
        assert strength == Strength.CERTAIN or not (by_id[name].waive or by_id[name].propose)
