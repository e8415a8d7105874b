"""Rule authors' cases, screened: what each candidate of them showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.language.ruleset import Outcome, Rule, Ruleset, Signal, Strength
from engine.screening.allocate import DUPLICATE, denies_column, draws_column
from engine.screening.bench import Bench, Row
from engine.screening.judge import blocks_column, decision_column, raised_column
from engine.screening.match import rule_column, signal_column

_HOLDS = {Strength.CERTAIN: True, Strength.NO: False, Strength.POSSIBLE: None}


@dataclass(frozen=True)
class Seen:
    """What one candidate of a case showed.

    `lines` has what each condition line of a rule said, by `line_of`; `fired` how surely each
    decision fired, `signals` how surely each signal holds in the end; `reasons` are the rules,
    decisions and pools that block, `drawn` the pools that were asked for room.
    """

    allowed: bool
    outcomes: Mapping[str, Outcome]
    lines: Mapping[str, bool | None]
    fired: Mapping[str, Strength]
    signals: Mapping[str, Strength]
    reasons: frozenset[str]
    waived: frozenset[str]
    drawn: frozenset[str]
    says: Mapping[str, str]


def line_of(rule: Rule, part: str, number: int) -> str:
    """The name of a condition line of a rule; `part` is applies or require, numbers are from 1.

    No id has a space, so no signal is called like that.
    """
    return f"{rule.id} {part} {number}"


@dataclass(frozen=True)
class Trial:
    """Cases that were tried: by row of the bench, the outcomes, what followed, what showed."""

    bench: Bench
    matched: Sequence[Row]
    judged: Sequence[Row]
    seen: Sequence[Seen]


def try_cases(bench: Bench) -> Trial:
    """Screen every case of the bench by its rulebook."""
    ruleset = bench.ruleset
    lines = {
        line_of(rule, part, number): condition
        for rule in ruleset.rules
        for part, conditions in (("applies", rule.applies), ("require", rule.require))
        for number, condition in enumerate(conditions, 1)
    }
    # A line alone is matched as a signal is.
    alone = [Signal(name, (c,), c.place) for name, c in lines.items()]
    found = bench.matched(ruleset.rules, [*ruleset.signals, *alone])
    own = {signal_column(name): name for name in lines}
    matched = [{name: row[name] for name in row if name not in own} for row in found]
    judged = bench.judged(ruleset, matched)
    settled = bench.settled(ruleset, judged, bench.stack)
    seen = [
        replace(
            seen_in(ruleset, row, says),
            lines={name: _HOLDS[Strength(told[column])] for column, name in own.items()},
        )
        for row, says, told in zip(settled, bench.sentences(settled), found, strict=True)
    ]
    return Trial(bench, matched, judged, seen)


def seen_in(ruleset: Ruleset, row: Row, says: Mapping[str, str]) -> Seen:
    """What a settled row shows."""
    decisions = {d.id: Strength(row[decision_column(d.id)]) for d in ruleset.decisions}
    parts = [*(r.id for r in ruleset.rules), *(d.id for d in ruleset.decisions)]
    pools = [*(p.id for p in ruleset.pools), DUPLICATE]
    return Seen(
        allowed=bool(row["won"]),
        outcomes={r.id: Outcome(row[rule_column(r.id)]) for r in ruleset.rules},
        lines={},
        fired=decisions,
        signals={s.id: Strength(row[raised_column(s.id)]) for s in ruleset.signals},
        reasons=frozenset(
            [
                *(p for p in parts if row.get(blocks_column(p))),
                *(p for p in pools if row[denies_column(p)]),
            ]
        ),
        waived=frozenset(r for d in ruleset.decisions if decisions[d.id] for r in d.waive),
        drawn=frozenset(p for p in pools if row[draws_column(p)]),
        says=says,
    )
