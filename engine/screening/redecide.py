"""One candidate judged anew from what its condition lines say, without tables.

For questions of the kind «and if this line held?», which are many and about one candidate. What
`match`, `decide` and `judge` make of columns is said here once more in plain Python; properties
hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.language.ruleset import Decision, Outcome, Rule, Ruleset, Strength

Truth = bool | None
"""Whether a condition holds; None: unknown."""


@dataclass(frozen=True)
class Redecided:
    """What rules and decisions come to: the ids of all reasons, sorted, and of each rule that
    would have been one the decisions that waive it.
    """

    reasons: tuple[str, ...]
    waived: tuple[tuple[str, tuple[str, ...]], ...]


def redecide(ruleset: Ruleset, holds: Mapping[str, Truth], day: date) -> Redecided:
    """Reasons and waivers, rooms in pools aside; `holds` is by the text of a condition."""
    outcomes = {r.id: outcome_of(r, holds, day) for r in ruleset.rules}
    visible = {r.id: outcomes[r.id] for r in ruleset.rules if not r.shadow}
    own = {
        s.id: _CERTAINTY[_all(holds[c.text] for c in s.when)] if s.when else Strength.NO
        for s in ruleset.signals
    }
    strengths = _fixpoint(ruleset.decisions, visible, own)
    fired = [d for d in ruleset.decisions if _given(d, visible, strengths) >= _enough(d)]
    reasons = [d.id for d in fired if d.block is not None]
    waived = []
    for rule in ruleset.rules:
        outcome = outcomes[rule.id]
        objects = outcome is Outcome.FAILED or (
            outcome is Outcome.UNKNOWN and not rule.allow_unknown
        )
        if not (rule.can_block and objects):
            continue
        lifting = tuple(d.id for d in fired if rule.id in d.waive)
        if lifting:
            waived.append((rule.id, lifting))
        else:
            reasons.append(rule.id)
    return Redecided(tuple(sorted(reasons)), tuple(waived))


def outcome_of(rule: Rule, holds: Mapping[str, Truth], day: date) -> Outcome:
    """What a rule says when its lines hold so; `day` is the run's, in the configured zone."""
    applies = _all(holds[c.text] for c in rule.applies)
    required = _all(holds[c.text] for c in rule.require)
    if applies is False or not rule.in_effect(day):
        return Outcome.NOT_APPLICABLE
    if required is True:
        return Outcome.PASSED if applies else Outcome.PASSED_IF_IT_APPLIES
    return Outcome.FAILED if applies and required is False else Outcome.UNKNOWN


def _all(truths: Iterable[Truth]) -> Truth:
    """Kleene's «and»; true of nothing."""
    told = list(truths)
    if False in told:
        return False
    return None if None in told else True


_CERTAINTY: Mapping[Truth, Strength] = {
    True: Strength.CERTAIN,
    None: Strength.POSSIBLE,
    False: Strength.NO,
}
_FAILED = {Outcome.FAILED: Strength.CERTAIN, Outcome.UNKNOWN: Strength.POSSIBLE}
_PASSED = {
    Outcome.PASSED: Strength.CERTAIN,
    Outcome.PASSED_IF_IT_APPLIES: Strength.POSSIBLE,
    Outcome.UNKNOWN: Strength.POSSIBLE,
}


def _fixpoint(
    decisions: Iterable[Decision], outcomes: Mapping[str, Outcome], own: Mapping[str, Strength]
) -> Mapping[str, Strength]:
    """How surely each signal is there once no decision raises one any further."""
    strengths = dict(own)
    raising = [d for d in decisions if d.signal is not None]
    grown = True
    while grown:
        grown = False
        for decision in raising:
            strength = _given(decision, outcomes, strengths)
            if strength > strengths.get(decision.signal or "", Strength.NO):
                strengths[decision.signal or ""] = strength
                grown = True
    return strengths


def _given(
    decision: Decision, outcomes: Mapping[str, Outcome], strengths: Mapping[str, Strength]
) -> Strength:
    """The strength that enough of what it waits for has; a rule it can't see never holds."""
    given = decision.given
    seen = [
        *(_FAILED.get(outcomes[r], Strength.NO) for r in dict.fromkeys(given.failed) if r in outcomes),
        *(_PASSED.get(outcomes[r], Strength.NO) for r in dict.fromkeys(given.passed) if r in outcomes),
        *(strengths.get(s, Strength.NO) for s in dict.fromkeys(given.signal)),
    ]  # fmt: skip
    named = {("f", r) for r in given.failed} | {("p", r) for r in given.passed}
    needed = given.at_least or len(named) + len(set(given.signal))
    if needed > len(seen):
        return Strength.NO
    return sorted(seen, reverse=True)[needed - 1]


def _enough(decision: Decision) -> Strength:
    """How surely its `given` must hold for a decision to do anything."""
    sure = bool(decision.waive) or decision.propose is not None
    return Strength.CERTAIN if sure else Strength.POSSIBLE
