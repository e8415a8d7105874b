"""One screening: a rulebook and a list with its sources → who may be contacted, and why not.

OPEN THIS FIRST. Data flows one way: gather → match → judge (decide) → allocate, each stage a
table that the next one reads; what is recorded and released is read off the last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from engine.language.ruleset import Ruleset
from engine.language.text import midnight
from engine.language.vocabulary import Vocabulary
from engine.ports import Backend, Progress
from engine.screening.allocate import Allocation, allocate, denies_column, draws_column
from engine.screening.columns import Compiler
from engine.screening.explain import Explainer
from engine.screening.facts import microseconds
from engine.screening.gather import gather, needed_facts
from engine.screening.inputs import ROW, Inputs
from engine.screening.judge import judge
from engine.screening.match import match
from engine.screening.reasons import facts_read
from engine.screening.relations import columns_of, joined, selected


@dataclass(frozen=True)
class Screening:
    """A list that was screened; its tables live in the backend until that is closed.

    `facts` and `verdicts` have one row per row of the list: its facts; its outcomes, decisions,
    denials and, as a boolean column, whether it is `allowed`. `failures` tells why
    sources can't be used of which only their rows showed it.
    """

    ruleset: Ruleset
    inputs: Inputs
    facts: ir.Table
    verdicts: ir.Table
    allocation: Allocation
    explainer: Explainer
    failures: Mapping[str, str]

    def blocked(self, backend: Backend, rows: ir.Table | None = None) -> list[dict[str, Any]]:
        """The blocked as `explainer` writes them, with all their reasons: a few, in order; those of
        `rows` if given.
        """
        seen = self.explainer.seen if rows is None else self.explainer.seen.semi_join(rows, ROW)
        batches = backend.stream(seen.order_by(ROW))
        parts = (part for batch in batches for part in self.explainer.parts(batch))
        return [row for part in parts for row in self.explainer.written(part).to_pylist()]

    def allowed_rows(self) -> ir.Table:
        """The numbers of the rows that may be contacted: one column, `row`, in order."""
        return self.verdicts.filter(self.verdicts["allowed"]).select(ROW).order_by(ROW)


def screen(
    ruleset: Ruleset,
    inputs: Inputs,
    backend: Backend,
    progress: Progress = lambda stage: None,
) -> Screening:
    """Screen a list. `inputs.as_of` is the only clock.

    Raises DuplicateKey when a source contradicts itself; anything the data itself lacks makes an
    outcome unknown, and unknown blocks.
    """
    settled = gather_and_settle(ruleset, inputs, backend, progress)
    explainer = Explainer(
        ruleset,
        settled.facts,
        settled.verdicts,
        settled.compiler,
        inputs.vocabulary,
        inputs.zone,
    )
    return Screening(
        ruleset,
        inputs,
        settled.facts,
        settled.verdicts,
        settled.allocation,
        explainer,
        settled.failures,
    )


@dataclass(frozen=True)
class Settled:
    """A list with its verdicts and no reasons yet; `facts` and `verdicts` as in a Screening."""

    facts: ir.Table
    compiler: Compiler
    verdicts: ir.Table
    allocation: Allocation
    failures: Mapping[str, str]


def gather_and_settle(
    ruleset: Ruleset,
    inputs: Inputs,
    backend: Backend,
    progress: Progress = lambda stage: None,
    also: Collection[str] = (),
) -> Settled:
    """Gather the facts that the rulebook reads, and those of `also`, and settle the list."""
    wanted = needed_facts({*facts_read(ruleset), *also}, inputs)
    now, today = microseconds(inputs.as_of), midnight(inputs.as_of, ZoneInfo(inputs.zone))
    progress("gather")
    wide = gather(inputs, wanted, backend)
    facts = backend.keep("facts", wide.table)
    compiler = Compiler(facts, backend.dialect, now, microseconds(today))
    verdicts, allocation = settle(
        ruleset, facts, compiler, today.date(), inputs.vocabulary, backend, progress
    )
    return Settled(facts, compiler, verdicts, allocation, wide.failures)


def settle(
    ruleset: Ruleset,
    facts: ir.Table,
    compiler: Compiler,
    day: date,
    vocabulary: Vocabulary,
    backend: Backend,
    progress: Progress = lambda stage: None,
) -> tuple[ir.Table, Allocation]:
    """Facts → verdicts: outcomes, decisions, denials and, as a boolean column, `allowed`.

    `facts` is a wide table as gather makes it; `compiler` is for it, `day` the day of its clock.
    """
    progress("match")
    matched = backend.keep("matched", match(ruleset, facts, compiler, day))
    progress("decide")
    judged = backend.keep("judged", judge(ruleset, matched, backend))
    progress("allocate")
    allocation = allocate(ruleset, facts, judged, compiler, vocabulary, backend)
    return backend.keep("verdicts", _with_denials(judged, allocation)), allocation


def _with_denials(judged: ir.Table, allocation: Allocation) -> ir.Table:
    """Outcomes, decisions and denials of every row, with `place` in the queue and the verdict `allowed`."""
    queue = allocation.queue
    both = joined(judged, (queue, lambda mine, theirs: [mine[ROW] == theirs[ROW]]))
    columns = columns_of(both)
    for name in queue.columns:
        if name.startswith((denies_column(""), draws_column(""))):
            columns[name] = columns[name].fill_null(False)
    # Who queued was blocked by nothing else; who won was denied by no pool.
    columns["allowed"] = columns.pop("won").fill_null(False)
    return selected(both, columns)
