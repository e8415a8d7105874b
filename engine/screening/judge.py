"""Outcomes and decisions → which rule or decision blocks which candidate.

Each group of related decisions is decided once per distinct signature (`engine.screening.decide`)
and joined back, so a list of any length costs as many decisions as it has combinations of
outcomes. Adds `decision_column(id)` with the strength at which a decision fired (0 where it did
not), `raised_column(id)` with each signal's final strength, and `blocks_column(id)`, true where
a rule or decision is a reason.
"""

from __future__ import annotations

from functools import partial
from operator import or_
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from engine.language.ruleset import Outcome, Rule, Ruleset, Strength
from engine.ports import Backend
from engine.screening.balanced import balanced
from engine.screening.decide import Effects, Group, decide, groups
from engine.screening.facts import INVALID
from engine.screening.match import rule_column, signal_column
from engine.screening.relations import (
    ByName,
    On,
    columns_of,
    extended,
    filtered,
    joined,
    selected,
)


def decision_column(decision_id: str) -> str:
    """The column with the strength at which a decision fired."""
    return f"decision:{decision_id}"


def raised_column(signal_id: str) -> str:
    """The column with a signal's strength after every decision was taken."""
    return f"raised:{signal_id}"


def blocks_column(part_id: str) -> str:
    """The column that is true where the rule or decision is a reason to block."""
    return f"blocks:{part_id}"


def judge(ruleset: Ruleset, matched: ir.Table, backend: Backend) -> ir.Table:
    """`matched` with the columns above. Rows that are no candidates block nothing here."""
    links: list[tuple[ir.Table, On]] = []
    decided: dict[str, Any] = {}
    nothing = ibis.literal(0, type="int8")
    for number, group in enumerate(groups(ruleset)):
        present = [c for c in _signature_columns(group) if c in matched.columns]
        if not present:
            # Signals that only decisions raise, with nothing that could raise them.
            continue
        effects = _effects(matched, present, group, number, backend)
        links.append((effects, partial(_same, present)))
        decided |= dict.fromkeys(c for c in effects.columns if not c.endswith(" in"))
    both = joined(matched, *links)
    found = columns_of(both)
    columns = {name: found[name] for name in matched.columns}
    # Every candidate's signature was decided. Should one ever miss the join, what blocks is
    # taken as possible and what lifts a block as not given.
    doubt = ibis.cases((found[INVALID].isnull(), Strength.POSSIBLE.value), else_=0).cast("int8")
    for decision in ruleset.decisions:
        name = decision_column(decision.id)
        lifts = bool(decision.waive) or decision.propose is not None
        columns[name] = found[name].fill_null(0 if lifts else doubt) if name in decided else nothing
    for signal in ruleset.signals:
        name = raised_column(signal.id)
        own = found[signal_column(signal.id)]
        columns[name] = found[name].fill_null(own) if name in decided else own
    for name in decided:
        columns.setdefault(name, found[name])
    table = selected(both, columns)
    return extended(table, _blocks(ruleset, columns_of(table)))


def _same(present: list[str], mine: ByName, theirs: ByName) -> list[Any]:
    return [mine[c] == theirs[f"{c} in"] for c in present]


def waived(ruleset: Ruleset, rule_id: str, table: ir.Table) -> ir.BooleanValue:
    """Whether a decision that waives the rule fired."""
    fired = [table[decision_column(d.id)] > 0 for d in ruleset.decisions if rule_id in d.waive]
    return balanced(or_, fired or [ibis.literal(value=False)])


def objects(ruleset: Ruleset, rule: Rule, table: ir.Table) -> ir.BooleanValue:
    """Whether the rule has something against the contact that no decision waives; it is a reason
    to block unless the rule is in shadow mode or a warning.
    """
    outcome = table[rule_column(rule.id)]
    objecting = outcome == Outcome.FAILED.value
    if not rule.allow_unknown:
        objecting = objecting | (outcome == Outcome.UNKNOWN.value)
    objecting = objecting & ~waived(ruleset, rule.id, table)
    return objecting.fill_null(False)


def _blocks(ruleset: Ruleset, table: ir.Table) -> dict[str, Any]:
    columns: dict[str, Any] = {
        blocks_column(rule.id): objects(ruleset, rule, table)
        for rule in ruleset.rules
        if rule.can_block
    }
    for decision in ruleset.decisions:
        if decision.block is not None:
            fired = table[decision_column(decision.id)] > 0
            columns[blocks_column(decision.id)] = fired.fill_null(False)
    return columns


def _signature_columns(group: Group) -> list[str]:
    return [rule_column(r) for r in group.rules] + [signal_column(s) for s in group.signals]


def _effects(
    matched: ir.Table, present: list[str], group: Group, number: int, backend: Backend
) -> ir.Table:
    """What the group's decisions make of each signature that the list shows."""
    columns = columns_of(matched)
    valid = filtered(matched, columns[present[0]].notnull())
    distinct = selected(valid, {c: valid[c] for c in present}).distinct()
    found = backend.rows(distinct)
    # A signal that only decisions raise has no condition, and so no column of its own.
    signatures = [tuple(int(row.get(c, 0)) for c in _signature_columns(group)) for row in found]
    table = _effects_table(found, present, group, decide(group, signatures))
    return backend.load(f"group {number}", table)


def _effects_table(
    found: list[dict[str, Any]], present: list[str], group: Group, effects: list[Effects]
) -> pa.Table:
    columns: dict[str, pa.Array] = {
        f"{c} in": pa.array([row[c] for row in found], pa.int8()) for c in present
    }
    fired = [dict(effect.fired) for effect in effects]
    for decision in group.decisions:
        strengths = [int(one.get(decision.id, 0)) for one in fired]
        columns[decision_column(decision.id)] = pa.array(strengths, pa.int8())
    final = [dict(effect.signals) for effect in effects]
    for signal in group.signals:
        columns[raised_column(signal)] = pa.array([int(one[signal]) for one in final], pa.int8())
    return pa.table(columns)
