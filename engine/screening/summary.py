"""What a screening came to, in numbers: the counts of the manifest."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.ruleset import CAUSES, Outcome, Stage
from engine.ports import Backend
from engine.screening.allocate import DUPLICATE, denies_column, draws_column
from engine.screening.facts import FactState, state_column
from engine.screening.judge import blocks_column, decision_column, waived
from engine.screening.match import rule_column
from engine.screening.screen import Screening

_PER_RULE = ("passed", "failed", "unknown", "waived", "not_applicable", "blocked")


def summarise(screening: Screening, backend: Backend) -> dict[str, Any]:
    """Counts of a screening.

    Keys: `counts` {read, allowed, blocked, by_cause{…}, by_stage{…}}, `rules` {id: {passed,
    failed, unknown, waived, not_applicable, blocked, alone}}, `decisions` {id: {fired}}, `pools` {id:
    {granted, denied}}, `unknown` [{fact, state, candidates}]: blocked candidates with a rule in
    doubt over the fact, the most frequent first; `shadow` {id: candidates that the rule would
    have blocked}.
    """
    totals = _numbers(backend, screening.verdicts, _totals(screening))
    totals |= _numbers(backend, screening.stopped, _states(screening))
    alone = _alone(screening, backend)
    ruleset = screening.ruleset
    return {
        "counts": _counts(screening, backend, totals),
        "rules": {
            r.id: {
                **{key: totals[f"{key} {r.id}"] for key in _PER_RULE},
                "alone": alone.get(r.id, 0),
            }
            for r in ruleset.rules
        },
        "decisions": {d.id: {"fired": totals[f"fired {d.id}"]} for d in ruleset.decisions},
        "pools": {
            p: {"granted": totals[f"granted {p}"], "denied": totals[f"denied {p}"]}
            for p in _pools(screening)
        },
        "unknown": _unknown(screening, totals),
        "shadow": {
            r.id: totals[f"failed {r.id}"] + totals[f"unknown {r.id}"]
            for r in ruleset.rules
            if r.shadow
        },
    }


def _pools(screening: Screening) -> list[str]:
    return [*(p.id for p in screening.ruleset.pools), DUPLICATE]


def _totals(screening: Screening) -> dict[str, Any]:
    table, ruleset = screening.verdicts, screening.ruleset
    columns: dict[str, Any] = {
        "read": table.count(),
        "allowed": table["allowed"].sum(),
        "blocked": (~table["allowed"]).sum(),
    }
    for rule in ruleset.rules:
        code = table[rule_column(rule.id)]
        doubtful = code.isin([Outcome.FAILED.value, Outcome.UNKNOWN.value])
        passed = [Outcome.PASSED.value, Outcome.PASSED_IF_IT_APPLIES.value]
        columns |= {
            f"passed {rule.id}": code.isin(passed).sum(),
            f"failed {rule.id}": (code == Outcome.FAILED.value).sum(),
            f"unknown {rule.id}": (code == Outcome.UNKNOWN.value).sum(),
            f"not_applicable {rule.id}": (code == Outcome.NOT_APPLICABLE.value).sum(),
            f"waived {rule.id}": (doubtful & waived(ruleset, rule.id, table)).sum(),
            f"blocked {rule.id}": table[blocks_column(rule.id)].sum()
            if rule.can_block
            else ibis.literal(0),
        }
    for decision in ruleset.decisions:
        columns[f"fired {decision.id}"] = (table[decision_column(decision.id)] > 0).sum()
    for pool in _pools(screening):
        drew, denied = table[draws_column(pool)], table[denies_column(pool)]
        columns[f"granted {pool}"] = (drew & table["allowed"]).sum()
        columns[f"denied {pool}"] = denied.sum()
    return columns


def _states(screening: Screening) -> dict[str, Any]:
    """How many blocked candidates had a rule in doubt over each fact, by the fact's state."""
    table = screening.stopped
    columns: dict[str, Any] = {}
    for fact, in_doubt in _doubts(screening).items():
        for state in FactState:
            if state > FactState.VALUE:
                found = table[state_column(fact)] == int(state)
                columns[f"{state.label} {fact}"] = (found & in_doubt).sum()
    return columns


def _doubts(screening: Screening) -> dict[str, Any]:
    """Per fact, whether a rule that reads it blocks because it is unknown."""
    table = screening.stopped
    doubts: dict[str, Any] = {}
    for rule in screening.ruleset.rules:
        if not rule.can_block or rule.allow_unknown:
            continue
        unknown = table[blocks_column(rule.id)]
        unknown = unknown & (table[rule_column(rule.id)] == Outcome.UNKNOWN.value)
        for fact in {f for c in (*rule.applies, *rule.require) for f in c.facts}:
            doubts[fact] = doubts[fact] | unknown if fact in doubts else unknown
    return doubts


def _numbers(backend: Backend, table: ir.Table, columns: dict[str, Any]) -> dict[str, int]:
    if not columns:
        return {}
    found = backend.rows(table.aggregate(**columns))[0]
    return {name: int(value or 0) for name, value in found.items()}


def _alone(screening: Screening, backend: Backend) -> dict[str, int]:
    """How many each rule, decision or pool blocks that nothing else would."""
    single = screening.blocked.filter(screening.blocked["number_of_reasons"] == 1)
    counted = backend.rows(single.group_by("rule").aggregate(n=single.count()))
    return {row["rule"]: row["n"] for row in counted}


def _counts(screening: Screening, backend: Backend, totals: dict[str, int]) -> dict[str, Any]:
    blocked = screening.blocked
    grouped = backend.rows(blocked.group_by(["cause", "stage"]).aggregate(n=blocked.count()))
    by_cause = dict.fromkeys(CAUSES, 0)
    by_stage: dict[str, int] = dict.fromkeys(map(str, Stage), 0)
    for row in grouped:
        by_cause[row["cause"]] += row["n"]
        by_stage[row["stage"]] += row["n"]
    return {
        "read": totals["read"],
        "allowed": totals["allowed"],
        "blocked": totals["blocked"],
        "by_cause": by_cause,
        "by_stage": by_stage,
    }


def _unknown(screening: Screening, totals: dict[str, int]) -> list[dict[str, Any]]:
    found = [
        {"fact": fact, "state": state.label, "candidates": totals[f"{state.label} {fact}"]}
        for fact in _doubts(screening)
        for state in FactState
        if totals.get(f"{state.label} {fact}")
    ]
    return sorted(found, key=lambda item: (-int(str(item["candidates"])), str(item["fact"])))
