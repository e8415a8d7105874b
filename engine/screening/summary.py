"""What a screening came to, in numbers: the counts of the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from engine.language.ruleset import CAUSES, Outcome, Ruleset, Stage
from engine.ports import Backend
from engine.screening.allocate import DUPLICATE, draws_column
from engine.screening.facts import FactState, state_column
from engine.screening.held import causes_of, firsts, held
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column, decision_column, objects, waived
from engine.screening.match import rule_column
from engine.screening.reasons import Reason, facts_of
from engine.screening.relations import joined, selected
from engine.screening.screen import Screening

_PER_RULE = ("passed", "failed", "unknown", "waived", "not_applicable", "blocked")
_PER_SHADOW = ("would_block", "newly_blocked")


def summarise(screening: Screening, backend: Backend) -> dict[str, Any]:
    """Counts of a screening.

    Keys: `counts` {read, allowed, blocked, by_cause{…}, by_stage{…}}, `rules` {id: {passed,
    failed, unknown, waived, not_applicable, blocked, alone}}, `decisions` {id: {fired}}, `pools` {id:
    {granted, denied}}, `unknown` [{fact, state, candidates}]: blocked candidates with a rule in
    doubt over the fact, the most frequent first; `found` {source: candidates of whom it told a value
    for such a fact}; `shadow` {id: {would_block, newly_blocked}}: of a rule in shadow mode the
    candidates it objects to, and those of them that are allowed today.
    """
    ruleset = screening.ruleset
    doubtful = _doubtful(ruleset)
    totals, causes, alone = _totals(screening, doubtful, backend)
    return {
        "counts": {
            **{name: totals[name] for name in ("read", "allowed", "blocked")},
            **_by(causes, screening.explainer.reasons),
        },
        "rules": {
            r.id: {**{key: totals[f"{key} {r.id}"] for key in _PER_RULE}, "alone": alone[r.id]}
            for r in ruleset.rules
        },
        "decisions": {d.id: {"fired": totals[f"fired {d.id}"]} for d in ruleset.decisions},
        "pools": {
            p: {"granted": totals[f"granted {p}"], "denied": totals[f"blocked {p}"]}
            for p in _pools(screening)
        },
        "unknown": _unknown(totals),
        "found": {name: totals[f"found {name}"] for name in _by_source(doubtful)},
        "shadow": {
            r.id: {key: totals[f"{key} {r.id}"] for key in _PER_SHADOW}
            for r in ruleset.rules
            if r.shadow
        },
    }


def _pools(screening: Screening) -> list[str]:
    return [*(p.id for p in screening.ruleset.pools), DUPLICATE]


def _totals(
    screening: Screening, doubtful: Mapping[str, Sequence[str]], backend: Backend
) -> tuple[Counter[str], Counter[int], Counter[str]]:
    """How many candidates each number of the summary counts, by its name and what it is of; how
    many are blocked by each first cause, by its number; and how many by each reason and nothing else.

    Raises ValueError unless as many have reasons as are blocked.
    """
    ruleset, told_by = screening.ruleset, _by_source(doubtful)
    reasons = screening.explainer.reasons
    every = causes_of(reasons)
    totals: Counter[str] = Counter()
    causes: Counter[int] = Counter()
    alone: Counter[str] = Counter()
    # Counted here, from bare columns: as SQL every count is an expression to be planned.
    for batch in backend.stream(_bare(screening, doubtful)):
        allowed = batch.column("allowed").true_count
        blocked = batch.num_rows - allowed
        totals.update(read=batch.num_rows, allowed=allowed, blocked=blocked)
        for rule in ruleset.rules:
            for code, rows in _counts(batch.column(rule_column(rule.id))):
                totals[f"{_OUTCOMES[Outcome(code)]} {rule.id}"] += rows
        for reason in reasons:
            totals[f"blocked {reason.id}"] += held(reason, batch).true_count
        for name in batch.schema.names:
            if name.startswith(_FLAGS):
                totals[name] += batch.column(name).true_count
        totals.update(_in_doubt(doubtful, batch))
        for source, facts in told_by.items():
            states = (batch.column(state_column(fact)) for fact in facts)
            told = reduce(pc.or_kleene, (pc.equal(s, FactState.VALUE.value) for s in states))
            totals[f"found {source}"] += told.true_count
        number, count = firsts(reasons, batch)
        if batch.num_rows - number.null_count != blocked:
            raise ValueError("the blocked are not those who have a reason")
        for place, rows in _counts(number):
            causes[place] += rows
        for place, rows in _counts(number.filter(pc.equal(count, 1))):
            alone[every[place][1].id] += rows
    return totals, causes, alone


_FLAGS = tuple(f"{w} " for w in ("waived", "fired", "granted", *_PER_SHADOW))
"""How the names of columns begin that are counted where they are true."""
_OUTCOMES = {
    Outcome.PASSED: "passed",
    Outcome.PASSED_IF_IT_APPLIES: "passed",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_APPLICABLE: "not_applicable",
}


def _bare(screening: Screening, doubtful: Collection[str]) -> ir.Table:
    """What is counted, of each row: outcomes, flags, and states of the facts that can be in doubt."""
    ruleset, table = screening.ruleset, screening.verdicts
    flags = [reason.flag for reason in screening.explainer.reasons]
    columns: dict[str, Any] = {name: table[name] for name in (ROW, "allowed", *flags)}
    for rule in ruleset.rules:
        outcome = columns[rule_column(rule.id)] = table[rule_column(rule.id)]
        if any(rule.id in decision.waive for decision in ruleset.decisions):
            against = outcome.isin([Outcome.FAILED.value, Outcome.UNKNOWN.value])
            columns[f"waived {rule.id}"] = waived(ruleset, rule.id, table) & against
        if rule.shadow and not rule.warn:
            would = objects(ruleset, rule, table)
            columns[f"would_block {rule.id}"] = would
            columns[f"newly_blocked {rule.id}"] = would & table["allowed"]
    for decision in ruleset.decisions:
        columns[f"fired {decision.id}"] = table[decision_column(decision.id)] > 0
    for pool in _pools(screening):
        columns[f"granted {pool}"] = table[draws_column(pool)] & table["allowed"]
    facts = {name: screening.facts[name] for name in (ROW, *map(state_column, doubtful))}
    return joined(
        selected(table, columns),
        (selected(screening.facts, facts), lambda mine, theirs: [mine[ROW] == theirs[ROW]]),
        how="inner",
    )


def _doubtful(ruleset: Ruleset) -> dict[str, list[str]]:
    """The facts over which rules can block for being in doubt, and these rules."""
    found: dict[str, list[str]] = {}
    for rule in ruleset.rules:
        if rule.can_block and not rule.allow_unknown:
            for fact in facts_of(*rule.applies, *rule.require):
                found.setdefault(fact, []).append(rule.id)
    return found


def _by_source(facts: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in facts:
        found.setdefault(fact.split(".", 1)[0], []).append(fact)
    return found


def _in_doubt(doubtful: Mapping[str, Sequence[str]], batch: pa.RecordBatch) -> Counter[str]:
    """Per state and fact the rows of which a rule that reads the fact blocks as unknown."""
    totals: Counter[str] = Counter()
    unknown = {}
    for rule in {rule for rules in doubtful.values() for rule in rules}:
        is_unknown = pc.equal(batch.column(rule_column(rule)), Outcome.UNKNOWN.value)
        unknown[rule] = pc.and_kleene(batch.column(blocks_column(rule)), is_unknown)
    for fact, rules in doubtful.items():
        doubt = reduce(pc.or_kleene, (unknown[rule] for rule in rules))
        for code, rows in _counts(batch.column(state_column(fact)).filter(doubt)):
            if code > FactState.VALUE:
                totals[f"{FactState(code).label} {fact}"] += rows
    return totals


def _counts(column: pa.Array) -> Iterator[tuple[int, int]]:
    """The numbers in a column, nulls left out, and how many rows have each."""
    for pair in pc.value_counts(column.drop_null()).to_pylist():
        yield pair["values"], pair["counts"]


def _by(causes: Mapping[int, int], reasons: Sequence[Reason]) -> dict[str, dict[str, int]]:
    """The blocked by cause and by stage, of how many are blocked by each first cause."""
    by_cause = dict.fromkeys(CAUSES, 0)
    by_stage = dict.fromkeys(map(str, Stage), 0)
    for number, (cause, reason) in enumerate(causes_of(reasons)):
        rows = causes[number]
        by_cause[cause] += rows
        by_stage[str(reason.stage)] += rows
    return {"by_cause": by_cause, "by_stage": by_stage}


def _unknown(totals: Counter[str]) -> list[dict[str, Any]]:
    labels = [state.label for state in FactState]
    found = []
    for name, rows in totals.items():
        state, _, fact = name.partition(" ")
        if fact and state in labels:
            found.append({"fact": fact, "state": state, "candidates": rows})
    return sorted(found, key=lambda f: (-f["candidates"], f["fact"], labels.index(f["state"])))
