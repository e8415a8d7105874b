"""Decisions made in one line, and a naive way to decide them: the oracle of the decide stage.

The oracle is written from the words of the design, row by row and without durable-rules, clauses
or symbols, so that it shares no mistake with `engine.screening.decide`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.diagnostics import Place
from engine.language.ruleset import (
    Block,
    Decision,
    Given,
    Moment,
    Outcome,
    Rule,
    Ruleset,
    Signal,
    Stage,
    Strength,
)
from engine.screening.decide import Effects, Group, decide

PLACE = Place("rules/made-up.yaml")
BLOCK = Block(Stage.DATA, Moment.FMOT, "wrong-person", {"en": "too many doubts"})


def decision(
    id: str,  # noqa: A002  (the name it has in a rule file)
    *,
    signal: Iterable[str] = (),
    failed: Iterable[str] = (),
    passed: Iterable[str] = (),
    at_least: int | None = None,
    waive: Iterable[str] = (),
    propose: str | None = None,
    block: bool = False,
    raises: str | None = None,
) -> Decision:
    """A decision as a rule file would say it."""
    return Decision(
        id=id,
        given=Given(tuple(signal), tuple(failed), tuple(passed), at_least),
        place=PLACE,
        waive=tuple(waive),
        propose=propose,
        block=BLOCK if block else None,
        signal=raises,
    )


def rule(id: str, *, shadow: bool = False) -> Rule:  # noqa: A002
    """A rule of which only the name matters."""
    return Rule(
        id=id, title=id, owner="tests", stage=Stage.DATA, require=(), moment=Moment.FMOT,
        pain="wrong-person", reason={}, place=PLACE, shadow=shadow,
    )  # fmt: skip


def rulebook(
    decisions: Iterable[Decision],
    rules: Iterable[Rule],
    signals: Iterable[str] = (),
) -> Ruleset:
    """A rulebook with these decisions, in the order given."""
    return Ruleset(
        rules=tuple(rules),
        signals=tuple(Signal(name, (), PLACE) for name in signals),
        decisions=tuple(decisions),
        pools=(),
        languages=("en",),
        texts={},
        digest="",
    )


def group(*decisions: Decision) -> Group:
    """One group of decisions that see no shadow rule."""
    rules = {r for d in decisions for r in (*d.given.failed, *d.given.passed)}
    signals = {s for d in decisions for s in (*d.given.signal, d.signal) if s is not None}
    return Group(
        tuple(sorted(rules)),
        tuple(sorted(signals)),
        tuple(sorted(decisions, key=lambda d: d.id)),
    )


def one(decisions: Group | Decision, *signature: int) -> Effects:
    """What is decided for one signature."""
    made = decisions if isinstance(decisions, Group) else group(decisions)
    (effects,) = decide(made, [signature])
    return effects


@dataclass(frozen=True)
class Naive:
    """What the oracle says of one signature; the fields mean what those of `Effects` mean."""

    waived: set[str]
    waivers: set[str]
    blocked: set[str]
    proposed: set[str]
    fired: dict[str, Strength]
    signals: dict[str, Strength]


def naively(
    decisions: Sequence[Decision],
    outcomes: Mapping[str, Outcome],
    signals: Mapping[str, Strength],
) -> Naive:
    """Look at every decision again and again until nothing changes.

    A rule without an outcome is one that decisions can't see.
    """
    strengths = dict(signals)
    changed = True
    while changed:
        changed = False
        for d in decisions:
            given = _given(d, outcomes, strengths)
            if d.signal is not None and strengths[d.signal] < given:
                strengths[d.signal] = given
                changed = True
    fired: dict[str, Strength] = {}
    for d in decisions:
        given = _given(d, outcomes, strengths)
        sure_only = bool(d.waive) or d.propose is not None
        if given == Strength.CERTAIN or (given == Strength.POSSIBLE and not sure_only):
            fired[d.id] = given
    return Naive(
        waived={r for d in decisions if d.id in fired for r in d.waive},
        waivers={d.id for d in decisions if d.id in fired and d.waive},
        blocked={d.id for d in decisions if d.id in fired and d.block},
        proposed={d.id for d in decisions if d.id in fired and d.propose},
        fired=fired,
        signals=strengths,
    )


def _given(
    d: Decision, outcomes: Mapping[str, Outcome], strengths: Mapping[str, Strength]
) -> Strength:
    literals = [
        *(strengths[s] for s in d.given.signal),
        *(_failed(outcomes.get(r)) for r in d.given.failed),
        *(_passed(outcomes.get(r)) for r in d.given.passed),
    ]
    needed = len(literals) if d.given.at_least is None else d.given.at_least
    literals.sort(reverse=True)
    return literals[needed - 1] if needed <= len(literals) else Strength.NO


def _failed(outcome: Outcome | None) -> Strength:
    if outcome == Outcome.FAILED:
        return Strength.CERTAIN
    return Strength.POSSIBLE if outcome == Outcome.UNKNOWN else Strength.NO


def _passed(outcome: Outcome | None) -> Strength:
    if outcome == Outcome.PASSED:
        return Strength.CERTAIN
    doubtful = outcome in (Outcome.UNKNOWN, Outcome.PASSED_IF_IT_APPLIES)
    return Strength.POSSIBLE if doubtful else Strength.NO
