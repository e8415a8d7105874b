"""One of the two rulebooks that are compared, and the list as it screened it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.language.ruleset import Ruleset
from engine.ports import Backend, Progress
from engine.screening.facts import FactState, state_column
from engine.screening.inputs import ROW, Inputs
from engine.screening.screen import gather_and_settle
from engine.screening.seen import shown
from engine.screening.standing import Standing, parts_of, standings

SIDES = ("before", "after")


@dataclass(frozen=True)
class Dimension:
    """What a list is broken down by: a fact, or a `column` of the list's table of text."""

    name: str
    fact: str | None = None
    column: str = ""


@dataclass(frozen=True)
class Side:
    """A list screened by one rulebook, a row per row of the list.

    Columns: `row` and, each behind the side's name and a colon, `allowed`, `reasons` (how many)
    and a `Standing` per part of the rulebook; `id` and `by NAME` per dimension, without it.
    """

    name: str
    ruleset: Ruleset
    table: ir.Table

    def standing(self, part: str, table: ir.Table) -> Any:
        """The column of a part's standings in a table that has the side's columns."""
        column = f"{self.name}:{part}"
        absent = ibis.literal(Standing.NOT_THERE.value, type="int8")
        return table[column] if column in table.columns else absent


def side(
    name: str,
    ruleset: Ruleset,
    inputs: Inputs,
    backend: Backend,
    by: Sequence[Dimension] = (),
    progress: Progress = lambda stage: None,
) -> Side:
    """Screen a list for a comparison; `name` is one of SIDES.

    Only the table of the side outlasts the next screening in the same backend. Raises as `screen`.
    """
    also = [d.fact for d in by if d.fact]
    settled = gather_and_settle(ruleset, inputs, backend, progress, also)
    facts, verdicts = settled.facts, settled.verdicts
    stood = standings(ruleset, verdicts)
    columns: dict[str, Any] = {f"{name}:{part}": stood[part] for part in parts_of(ruleset)}
    columns[f"{name}:allowed"] = verdicts["allowed"]
    mine = verdicts.select(verdicts[ROW], **columns)
    reasons = [blocks(mine[f"{name}:{part}"]).cast("int32") for part in stood]
    mine = mine.mutate(**{f"{name}:reasons": sum(reasons[1:], reasons[0])})
    if name == SIDES[0]:
        mine = mine.join(_told_by(facts, inputs, by, backend), ROW)
    return Side(name, ruleset, backend.keep(name, mine))


def _told_by(
    facts: ir.Table, inputs: Inputs, by: Sequence[Dimension], backend: Backend
) -> ir.Table:
    """Each row's id, and its value of each dimension as text."""
    identity = facts["candidate.candidate_id"]
    columns: dict[str, Any] = {"id": ibis.coalesce(identity, "row " + facts[ROW].cast("string"))}
    for dimension in by:
        if dimension.fact is None:
            continue
        state = facts[state_column(dimension.fact)]
        text = shown(dimension.fact, facts, inputs.vocabulary, backend.dialect, inputs.zone)
        columns[f"by {dimension.name}"] = ibis.cases(
            (state == FactState.VALUE.value, text),
            *((state == s.value, f"({s.label})") for s in FactState if s is not FactState.VALUE),
        )
    told = facts.select(facts[ROW], **columns)
    listed = inputs.candidates.table
    cells = {
        f"by {d.name}": ibis.coalesce(backend.dialect.clean(listed[d.column]).nullif(""), "(blank)")
        for d in by
        if d.fact is None
    }
    return told.join(listed.select(listed[ROW], **cells), ROW) if cells else told


def blocks(standing: Any) -> Any:
    """Whether a column of standings is a reason to block."""
    return standing <= Standing.INVALID.value
