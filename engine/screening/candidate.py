"""Everything about one candidate of a screening: what was known, what each rule made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import ibis.expr.types as ir

from engine.language.ruleset import Condition, Outcome, Strength
from engine.ports import Backend
from engine.screening.allocate import DUPLICATE, denies_column, draws_column
from engine.screening.facts import FactState, state_column
from engine.screening.inputs import ROW
from engine.screening.judge import decision_column, raised_column, waived
from engine.screening.match import rule_column
from engine.screening.reasons import facts_of
from engine.screening.screen import Screening
from engine.screening.sentences import shown

_OUTCOMES = {
    Outcome.NOT_APPLICABLE: "not-applicable",
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.PASSED_IF_IT_APPLIES: "passed",
}


def explain_candidate(
    screening: Screening, backend: Backend, candidate_id: str
) -> list[dict[str, Any]]:
    """Each row of the list with that candidate id (several only if the list repeats it).

    Keys: `row, candidate_id, verdict, reasons` (details as in the blocked list), `rules` [{id,
    title, outcome, waived, conditions [{text, holds}], facts {name: {value, state}}}],
    `decisions` {id: strength}, `signals` {id: strength}, `pools` {id: granted | denied},
    `place` in the queue.
    """
    facts = screening.facts
    mine = facts.filter(facts["candidate.candidate_id"] == candidate_id)
    found = backend.rows(mine.select(**_columns(screening, mine)))
    verdicts = {r[ROW]: r for r in backend.rows(_of(screening.verdicts, mine))}
    waivers = screening.verdicts.select(
        ROW,
        **{
            r.id: waived(screening.ruleset, r.id, screening.verdicts)
            for r in screening.ruleset.rules
        },
    )
    lifted = {r[ROW]: r for r in backend.rows(_of(waivers, mine))}
    blocked = {r[ROW]: r for r in backend.rows(_of(screening.blocked, mine))}
    return [
        _explained(screening, row, verdicts[row[ROW]], lifted[row[ROW]], blocked.get(row[ROW]))
        for row in sorted(found, key=lambda r: int(r[ROW]))
    ]


def _of(table: ir.Table, mine: ir.Table) -> ir.Table:
    return table.semi_join(mine, ROW)


def _conditions(screening: Screening) -> list[tuple[str, Condition]]:
    return [
        (f"{part} {rule.id} {number}", condition)
        for rule in screening.ruleset.rules
        for part, conditions in (("applies", rule.applies), ("require", rule.require))
        for number, condition in enumerate(conditions, 1)
    ]


def _columns(screening: Screening, mine: ir.Table) -> dict[str, Any]:
    inputs = screening.inputs
    vocabulary = inputs.vocabulary
    here = replace(screening.explainer.compiler, table=mine)
    columns: dict[str, Any] = {ROW: mine[ROW], "id": mine["candidate.candidate_id"]}
    for name, condition in _conditions(screening):
        columns[name] = here.value(condition.tree)
    for name in {f for _, c in _conditions(screening) for f in c.facts}:
        columns[f"value {name}"] = shown(name, mine, vocabulary, here.dialect, inputs.zone)
        columns[f"state {name}"] = mine[state_column(name)]
    return columns


def _explained(
    screening: Screening,
    row: dict[str, Any],
    verdict: dict[str, Any],
    lifted: dict[str, Any],
    blocked: dict[str, Any] | None,
) -> dict[str, Any]:
    ruleset = screening.ruleset
    rules = []
    for rule in ruleset.rules:
        code = verdict[rule_column(rule.id)]
        facts = facts_of(*rule.applies, *rule.require)
        rules.append(
            {
                "id": rule.id,
                "title": rule.title,
                "at": f"{rule.place.file}:{rule.place.line}",
                "outcome": None if code is None else _OUTCOMES[Outcome(code)],
                "waived": bool(lifted[rule.id]),
                "blocks": rule.can_block,
                "applies": [
                    {"text": c.text, "holds": row[f"applies {rule.id} {n}"]}
                    for n, c in enumerate(rule.applies, 1)
                ],
                "conditions": [
                    {"text": c.text, "holds": row[f"require {rule.id} {n}"]}
                    for n, c in enumerate(rule.require, 1)
                ],
                "facts": {
                    f: {"value": row[f"value {f}"], "state": FactState(row[f"state {f}"]).label}
                    for f in facts
                },
            }
        )
    pools = [*(p.id for p in ruleset.pools), DUPLICATE]
    return {
        "row": row[ROW],
        "candidate_id": row["id"],
        "verdict": "allowed" if verdict["allowed"] else "blocked",
        "reasons": json.loads(blocked["details"]) if blocked else [],
        "rules": rules,
        "signals": {s.id: _strength(verdict.get(raised_column(s.id))) for s in ruleset.signals},
        "decisions": {d.id: _strength(verdict[decision_column(d.id)]) for d in ruleset.decisions},
        "pools": {
            p: "denied"
            if verdict[denies_column(p)]
            else "granted"
            if verdict["allowed"]
            else "not needed"
            for p in pools
            if verdict[draws_column(p)]
        },
        "place": verdict["place"],
    }


def _strength(code: int | None) -> str:
    return Strength(code or 0).name.lower()
