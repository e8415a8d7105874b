"""What a screening came to, in numbers: the counts of the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import chain
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.ruleset import CAUSES, Outcome, Stage
from engine.ports import Backend
from engine.screening.allocate import DUPLICATE, denies_column, draws_column
from engine.screening.facts import FactState, state_column
from engine.screening.judge import blocks_column, decision_column, objects, waived
from engine.screening.match import rule_column
from engine.screening.reasons import facts_of
from engine.screening.screen import Screening

_PER_RULE = ("passed", "failed", "unknown", "waived", "not_applicable", "blocked")
_PER_SHADOW = ("would_block", "newly_blocked")


def summarise(screening: Screening, backend: Backend) -> dict[str, Any]:
    """Counts of a screening.

    Keys: `counts` {read, allowed, blocked, by_cause{…}, by_stage{…}}, `rules` {id: {passed,
    failed, unknown, waived, not_applicable, blocked, alone}}, `decisions` {id: {fired}}, `pools` {id:
    {granted, denied}}, `unknown` [{fact, state, candidates}]: blocked candidates with a rule in
    doubt over the fact, the most frequent first; `shadow` {id: {would_block, newly_blocked}}: of
    a rule in shadow mode the candidates it objects to, and those of them that are allowed today.
    """
    totals = _totals(screening, backend)
    counts, alone = _blocked(screening, backend)
    ruleset = screening.ruleset
    return {
        "counts": {**{name: totals[name] for name in ("read", "allowed", "blocked")}, **counts},
        "rules": {
            r.id: {**{key: totals[f"{key} {r.id}"] for key in _PER_RULE}, "alone": alone[r.id]}
            for r in ruleset.rules
        },
        "decisions": {d.id: {"fired": totals[f"fired {d.id}"]} for d in ruleset.decisions},
        "pools": {
            p: {"granted": totals[f"granted {p}"], "denied": totals[f"denied {p}"]}
            for p in _pools(screening)
        },
        "unknown": _unknown(totals),
        "shadow": {
            r.id: {key: totals[f"{key} {r.id}"] for key in _PER_SHADOW}
            for r in ruleset.rules
            if r.shadow
        },
    }


def _pools(screening: Screening) -> list[str]:
    return [*(p.id for p in screening.ruleset.pools), DUPLICATE]


def _totals(screening: Screening, backend: Backend) -> Counter[str]:
    """How many candidates each number of the summary counts, by its name and what it is of."""
    table, ruleset = screening.verdicts, screening.ruleset
    codes: dict[str, Any] = {"allowed": _flags(table["allowed"])}
    for rule in ruleset.rules:
        lifted = waived(ruleset, rule.id, table)
        blocks = table[blocks_column(rule.id)] if rule.can_block else ibis.literal(value=False)
        codes[f"rule {rule.id}"] = table[rule_column(rule.id)] + _flags(lifted, blocks) * 8
        if rule.shadow and not rule.warn:
            would = objects(ruleset, rule, table)
            codes[f"shadow {rule.id}"] = _flags(would, would & table["allowed"])
    for decision in ruleset.decisions:
        codes[f"fired {decision.id}"] = _flags(table[decision_column(decision.id)] > 0)
    for pool in _pools(screening):
        drew, denied = table[draws_column(pool)], table[denies_column(pool)]
        codes[f"pool {pool}"] = _flags(drew & table["allowed"], denied)
    totals: Counter[str] = Counter()
    doubts = tally(screening.stopped, _in_doubt(screening), backend)
    for name, code, rows in chain(tally(table, codes, backend), doubts):
        kind, _, of = name.partition(" ")
        for counted in _WORDS[kind](code):
            totals[f"{counted} {of}".strip()] += rows
    return totals


def _flags(*flags: Any) -> Any:
    """Booleans as the bits of one number, the first the lowest."""
    bits = [ibis.cases((flag, 2**i), else_=0) for i, flag in enumerate(flags)]
    return reduce(lambda a, b: a + b, bits)


def _rule_words(code: int) -> Iterator[str]:
    outcome, lifted, blocks = Outcome(code % 8), code & 8, code & 16
    yield _OUTCOMES[outcome]
    if lifted and outcome in (Outcome.FAILED, Outcome.UNKNOWN):
        yield "waived"
    if blocks:
        yield "blocked"


_OUTCOMES = {
    Outcome.PASSED: "passed",
    Outcome.PASSED_IF_IT_APPLIES: "passed",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_APPLICABLE: "not_applicable",
}
_WORDS: dict[str, Callable[[int], Iterable[str]]] = {
    "allowed": lambda code: ("read", "allowed" if code else "blocked"),
    "rule": _rule_words,
    "fired": lambda code: ("fired",) if code else (),
    "pool": lambda code: [w for bit, w in ((1, "granted"), (2, "denied")) if code & bit],
    "shadow": lambda code: _PER_SHADOW[: code.bit_count()],
    "state": lambda code: (FactState(code).label,),
}
"""What each code counts for, by the first word of its name."""


def tally(
    table: ir.Table, codes: dict[str, Any], backend: Backend
) -> Iterator[tuple[str, int, int]]:
    """Each name with each of its codes, and how many rows have it: one pass over the table.

    Codes are below 2**16; a null is not counted.
    """
    if not codes:
        return
    marked = [code.cast("int64") + i * 2**16 for i, code in enumerate(codes.values())]
    flat = table.select(code=ibis.array(marked).unnest())
    names = list(codes)
    for row in backend.rows(flat.group_by("code").aggregate(n=flat.count())):
        if row["code"] is not None:
            number, code = divmod(row["code"], 2**16)
            yield names[number], code, row["n"]


def _in_doubt(screening: Screening) -> dict[str, Any]:
    """Per fact its state, where a rule that reads it blocks because it is unknown."""
    table = screening.stopped
    doubts: dict[str, Any] = {}
    for rule in screening.ruleset.rules:
        if not rule.can_block or rule.allow_unknown:
            continue
        unknown = table[blocks_column(rule.id)]
        unknown = unknown & (table[rule_column(rule.id)] == Outcome.UNKNOWN.value)
        for fact in facts_of(*rule.applies, *rule.require):
            doubts[fact] = doubts[fact] | unknown if fact in doubts else unknown
    codes = {}
    for fact, doubt in doubts.items():
        state = table[state_column(fact)]
        codes[f"state {fact}"] = ibis.cases((doubt & (state > FactState.VALUE.value), state))
    return codes


def _blocked(
    screening: Screening, backend: Backend
) -> tuple[dict[str, dict[str, int]], Counter[str]]:
    """The blocked by cause and by stage, and how many each rule, decision or pool blocks that
    nothing else would.
    """
    written = screening.written
    marked = written.select("cause", "stage", "rule", alone=written["number_of_reasons"] == 1)
    grouped = marked.group_by(["cause", "stage", "rule", "alone"]).aggregate(n=marked.count())
    by_cause = dict.fromkeys(CAUSES, 0)
    by_stage = dict.fromkeys(map(str, Stage), 0)
    alone: Counter[str] = Counter()
    for row in backend.rows(grouped):
        by_cause[row["cause"]] += row["n"]
        by_stage[row["stage"]] += row["n"]
        alone[row["rule"]] += row["n"] if row["alone"] else 0
    return {"by_cause": by_cause, "by_stage": by_stage}, alone


def _unknown(totals: Counter[str]) -> list[dict[str, Any]]:
    labels = [state.label for state in FactState]
    found = []
    for name, rows in totals.items():
        state, _, fact = name.partition(" ")
        if fact and state in labels:
            found.append({"fact": fact, "state": state, "candidates": rows})
    return sorted(found, key=lambda f: (-f["candidates"], f["fact"], labels.index(f["state"])))
