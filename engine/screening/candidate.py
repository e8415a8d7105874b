"""Everything about one candidate of a screening: what was known, what each rule made of it, in
which order decisions fired, where it stood in the queue, and what would have to change.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from engine.language.ruleset import Condition, Outcome, Rule, Ruleset, Strength
from engine.language.text import midnight
from engine.language.vocabulary import CANDIDATE, FactType
from engine.ports import Backend
from engine.screening.clauses import Compiled
from engine.screening.decide import groups
from engine.screening.explain import called
from engine.screening.facts import (
    INVALID,
    FactState,
    dated_column,
    problem_column,
    state_column,
)
from engine.screening.inputs import ROW
from engine.screening.judge import decision_column, raised_column
from engine.screening.match import rule_column
from engine.screening.put_in import put_in
from engine.screening.queued import queued, would_queue
from engine.screening.reasons import facts_of, facts_read
from engine.screening.redecide import Truth, redecide
from engine.screening.screen import Screening
from engine.screening.seen import MASK, shown
from engine.screening.way_out import Way, ways_out

_OUTCOMES = {
    Outcome.NOT_APPLICABLE: "not-applicable",
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.PASSED_IF_IT_APPLIES: "passed",
}
_AS_WRITTEN = (FactType.STRING, FactType.STRINGS, FactType.NUMBER)
"""Values that a condition writes otherwise than a sentence does: "tv", ["a","b"], 1.0."""


def explain_candidate(
    screening: Screening, backend: Backend, candidate_id: str
) -> list[dict[str, Any]]:
    """Each row of the list that is `called` that (several only if the list repeats an id).

    Keys: `row, candidate_id, verdict, as_of, reasons` (details as in the blocked list); `facts`
    {name: {value, state, as_of, age_seconds}}; `rules` [{id, title, at, outcome, in_effect,
    waived_by, blocks, mode, applies, conditions, facts}], where a line is {text, put_in, holds};
    `signals` {id: {strength, when}}; `decisions` [{id, title, strength, given, does, because}]
    that fired, what raises a signal before what reads it; `queue` (engine.screening.queued), None if it had no turn; and for
    the blocked `way_out`: {shortest, without_waivers: [{changes, waived_by}], given_up, queue},
    the queue as it would be if no rule and no decision blocked it.
    Facts marked `pii` are masked.
    """
    facts = screening.facts
    mine = facts.filter(called(facts) == candidate_id)
    found = backend.rows(mine.select(**_columns(screening, mine)))
    verdicts = {r[ROW]: r for r in backend.rows(screening.verdicts.semi_join(mine, ROW))}
    blocked = {r[ROW]: r for r in screening.blocked(backend, mine)}
    explained = [
        _Explained(screening, backend, row, verdicts[row[ROW]], blocked.get(row[ROW]))
        for row in sorted(found, key=lambda r: int(r[ROW]))
    ]
    return [one.told() for one in explained]


def every_line(ruleset: Ruleset) -> dict[str, Condition]:
    """Every condition line of rules and signals, by its text: what says the same is one line."""
    rules = (c for rule in ruleset.rules for c in (*rule.applies, *rule.require))
    return {c.text: c for c in (*rules, *(c for s in ruleset.signals for c in s.when))}


def _columns(screening: Screening, mine: ir.Table) -> dict[str, Any]:
    inputs, vocabulary = screening.inputs, screening.inputs.vocabulary
    here = replace(screening.explainer.compiler, table=mine)
    columns: dict[str, Any] = {ROW: mine[ROW], "id": called(mine)}
    for text, condition in every_line(screening.ruleset).items():
        columns[f"holds {text}"] = here.value(condition.tree)
    for name in sorted(facts_read(screening.ruleset)):
        fact = vocabulary[name]
        columns[f"value {name}"] = shown(name, mine, vocabulary, here.dialect, inputs.zone)
        if fact.type in _AS_WRITTEN and not fact.pii:
            columns[f"written {name}"] = here.dialect.json(mine[name], fact.type, inputs.zone)
        columns[f"state {name}"] = mine[state_column(name)]
        for also in (dated_column(fact.source), problem_column(fact.source)):
            if also in mine.columns:
                columns[also] = mine[also]
    return columns


class _Explained:
    """One row of the list. `row` has its lines and facts, `verdict` its outcomes, `blocked` its
    reasons, None if it is allowed.
    """

    def __init__(
        self,
        screening: Screening,
        backend: Backend,
        row: dict[str, Any],
        verdict: dict[str, Any],
        blocked: dict[str, Any] | None,
    ) -> None:
        self._screening, self._backend, self._row = screening, backend, row
        self._ruleset, self._verdict, self._blocked = screening.ruleset, verdict, blocked
        self._holds: dict[str, Truth] = {t: row[f"holds {t}"] for t in every_line(self._ruleset)}
        self._facts = {name: self._fact(name) for name in sorted(facts_read(self._ruleset))}
        self._values = {name: self._value(name) for name in self._facts} | self._clocks()
        self._valid = verdict[INVALID] is None
        self._judged = redecide(self._ruleset, self._holds, self._day) if self._valid else None

    @property
    def _day(self) -> date:
        return self._midnight.date()

    @property
    def _midnight(self) -> datetime:
        inputs = self._screening.inputs
        return midnight(inputs.as_of, ZoneInfo(inputs.zone))

    def told(self) -> dict[str, Any]:
        """Everything, as `explain_candidate` describes it."""
        told = {
            "row": self._row[ROW],
            "candidate_id": self._row["id"],
            "verdict": "allowed" if self._verdict["allowed"] else "blocked",
            "as_of": self._local(self._screening.inputs.as_of),
            "reasons": json.loads(self._blocked["details"]) if self._blocked else [],
            "rules": [self._rule(rule) for rule in self._ruleset.rules],
            "signals": self._signals(),
            "decisions": self._decisions(),
            "queue": queued(self._screening, self._row[ROW], self._backend),
            "facts": self._facts,
        }
        if self._blocked is not None and self._valid:
            told["way_out"] = self._way_out(told["queue"])
        return told

    def _fact(self, name: str) -> dict[str, Any]:
        state = FactState(self._row[f"state {name}"])
        inputs = self._screening.inputs
        source = inputs.vocabulary[name].source
        dated = json.loads(self._row.get(dated_column(source)) or "null")
        as_of = None if dated is None else datetime.fromisoformat(dated)
        if as_of is None and source != CANDIDATE:
            # What is absent, or in a source that is too old as a whole, is as old as the source.
            as_of = next((s.as_of for s in inputs.sources if s.name == source), None)
        age = None if as_of is None else round((inputs.as_of - as_of).total_seconds())
        value = self._row[f"value {name}"] if state is FactState.VALUE else None
        problem = self._row.get(problem_column(source))
        return {
            "value": value,
            "state": state.label,
            **({} if problem is None else {"problem": problem}),
            "as_of": None if as_of is None else self._local(as_of),
            "age_seconds": age,
        }

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(ZoneInfo(self._screening.inputs.zone)).isoformat()

    def _value(self, name: str) -> str:
        """A fact as it would be written in a condition, or what it is instead of a value."""
        fact = self._facts[name]
        if fact["state"] != FactState.VALUE.label:
            return f"‹{fact['state']}›"
        if self._screening.inputs.vocabulary[name].pii:
            return MASK
        return str(self._row.get(f"written {name}", fact["value"]))

    def _clocks(self) -> dict[str, str]:
        inputs = self._screening.inputs
        now = inputs.as_of.astimezone(ZoneInfo(inputs.zone))
        return {"now": f"{now:%Y-%m-%d %H:%M}", "today": f"{self._day}"}

    def _lines(self, conditions: tuple[Condition, ...]) -> list[dict[str, Any]]:
        return [self._line(c.text) for c in conditions]

    def _line(self, text: str) -> dict[str, Any]:
        return {"text": text, "put_in": put_in(text, self._values), "holds": self._holds[text]}

    def _rule(self, rule: Rule) -> dict[str, Any]:
        code = self._verdict[rule_column(rule.id)]
        waived = dict(self._judged.waived) if self._judged else {}
        return {
            "id": rule.id,
            "title": rule.title,
            "at": rule.place.at,
            "outcome": None if code is None else _OUTCOMES[Outcome(code)],
            "in_effect": rule.in_effect(self._day),
            "waived_by": list(waived.get(rule.id, ())),
            "blocks": rule.can_block,
            "mode": "shadow" if rule.shadow else "enforce",
            "applies": self._lines(rule.applies),
            "conditions": self._lines(rule.require),
            "facts": list(facts_of(*rule.applies, *rule.require)),
        }

    def _signals(self) -> dict[str, Any]:
        return {
            s.id: {
                "strength": _strength(self._verdict.get(raised_column(s.id))),
                "when": self._lines(s.when),
            }
            for s in self._ruleset.signals
        }

    def _decisions(self) -> list[dict[str, Any]]:
        language = self._ruleset.languages[0]
        fired = []
        for group in groups(self._ruleset):
            for decision in Compiled(group.rules, group.signals, group.decisions).decisions:
                code = self._verdict[decision_column(decision.id)]
                if not code:
                    continue
                does = {
                    "signal": decision.signal,
                    "waive": list(decision.waive),
                    "propose": decision.propose,
                    "block": None if decision.block is None else str(decision.block.stage),
                }
                fired.append(
                    {
                        "id": decision.id,
                        "title": decision.title,
                        "strength": _strength(code),
                        "given": {
                            key: list(getattr(decision.given, key))
                            for key in ("signal", "failed", "passed")
                            if getattr(decision.given, key)
                        },
                        "does": {key: value for key, value in does.items() if value},
                        "because": decision.because.get(language, ""),
                    }
                )
        return fired

    def _way_out(self, turn: dict[str, Any] | None) -> dict[str, Any]:
        found = ways_out(self._ruleset, self._holds, self._day)
        if turn is None:
            turn = would_queue(self._screening, self._row[ROW], self._backend)
        return {
            "shortest": [self._way(way) for way in _real(found.shortest)],
            "without_waivers": [self._way(way) for way in _real(found.without_waivers)],
            "given_up": found.given_up,
            "queue": turn,
        }

    def _way(self, way: Way) -> dict[str, Any]:
        return {
            "changes": [
                {**self._line(text), "must_hold": must, "of": self._of(text)}
                for text, must in way.changes
            ],
            "waived_by": {decision: list(rules) for decision, rules in way.waived_by},
        }

    def _of(self, text: str) -> list[str]:
        """Ids of the rules and signals that a line stands in."""
        rules = [r.id for r in self._ruleset.rules if text in _texts(*r.applies, *r.require)]
        return rules + [s.id for s in self._ruleset.signals if text in _texts(*s.when)]


def _real(ways: tuple[Way, ...]) -> list[Way]:
    """Ways with something to do: a candidate that only lacks room has none."""
    return [way for way in ways if way.changes]


def _texts(*conditions: Condition) -> set[str]:
    return {c.text for c in conditions}


def _strength(code: int | None) -> str:
    return Strength(code or 0).name.lower()
