"""Outcomes and signals of one candidate → what the decisions make of them, by a naive fixpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.oracle.rulebook import Decision, Rule, Rulebook
from tests.oracle.states import conjunction

NO, POSSIBLE, CERTAIN = 0, 1, 2
STRENGTH = {NO: "no", POSSIBLE: "possible", CERTAIN: "certain"}
_OF_TRUTH = {True: CERTAIN, None: POSSIBLE, False: NO}


@dataclass(frozen=True)
class Decided:
    """`waived` are all rules that a waiver named, whatever their outcome; `blocking` decision ids."""

    signals: dict[str, int]
    waived: frozenset[str]
    proposed: frozenset[str]
    blocking: frozenset[str]


def own_strength(truths: list[bool | None] | None) -> int:
    """How surely a signal holds by its own `when` (None: it has none)."""
    return NO if truths is None else _OF_TRUTH[conjunction(truths)]


def decide(book: Rulebook, outcomes: Mapping[str, str], signals: Mapping[str, int]) -> Decided:
    """Raise signals until nothing changes, then see which decisions fire.

    `outcomes` hold the oracle's five outcomes, `signals` each signal's own strength.
    """
    seen = {r.id: _seen(r, outcomes[r.id]) for r in book.rules}
    strengths = dict(signals)
    changed = True
    while changed:
        changed = False
        for decision in book.decisions:
            raised = _given(decision, seen, strengths)
            if decision.signal is not None and raised > strengths[decision.signal]:
                strengths[decision.signal] = raised
                changed = True
    given = {d.id: _given(d, seen, strengths) for d in book.decisions}
    certain = [d for d in book.decisions if given[d.id] == CERTAIN]
    return Decided(
        signals=strengths,
        waived=frozenset(rule for d in certain for rule in d.waive),
        proposed=frozenset(d.propose for d in certain if d.propose is not None),
        blocking=frozenset(
            d.id for d in book.decisions if d.block_stage is not None and given[d.id] >= POSSIBLE
        ),
    )


def _seen(rule: Rule, outcome: str) -> dict[str, int]:
    """How surely `failed: rule` and `passed: rule` hold, in a decision's eyes."""
    if rule.shadow:
        return {"failed": NO, "passed": NO}
    doubt = outcome in ("unknown", "passed-if-it-applies")
    return {
        "failed": CERTAIN if outcome == "failed" else POSSIBLE if outcome == "unknown" else NO,
        "passed": CERTAIN if outcome == "passed" else POSSIBLE if doubt else NO,
    }


def _given(
    decision: Decision, seen: Mapping[str, Mapping[str, int]], strengths: Mapping[str, int]
) -> int:
    found = [
        strengths[name] if kind == "signal" else seen[name][kind] for kind, name in decision.given
    ]
    if sum(strength == CERTAIN for strength in found) >= decision.needed:
        return CERTAIN
    return POSSIBLE if sum(strength >= POSSIBLE for strength in found) >= decision.needed else NO
