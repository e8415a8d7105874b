"""How many candidates of a list find a row in each source, joined as a run joins them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pac

from engine.language.vocabulary import FactType
from engine.ports import Backend
from engine.screening.facts import INVALID, FactState, state_column
from engine.screening.gather import gather, needed_facts
from engine.screening.inputs import Field, Found, Inputs, Lookup, Source

_HIT = ":hit"
_STATES = {
    FactState.VALUE: "found",
    FactState.ABSENT: "no_row",
    FactState.KEY_MISSING: "no_key",
}
_NOT_ASKED = "not-asked"


@dataclass
class Watched:
    """A lookup that counts what it was asked and could not tell, and asks `most` keys at most."""

    lookup: Lookup
    most: int | None
    keys: int = 0
    asked: int = 0
    absent: int = 0
    problems: Counter[str] = field(default_factory=Counter)

    def __call__(self, keys: pa.Table) -> Found:
        self.keys = keys.num_rows
        self.asked = self.keys if self.most is None else min(self.most, self.keys)
        found = self.lookup(keys.slice(0, self.asked))
        left = self.keys - self.asked
        nothing = pa.nulls(self.asked, pa.string())
        problem = pa.array((nothing if found.problem is None else found.problem).to_pylist())
        self.problems.update(text for text in problem.to_pylist() if text is not None)
        if found.known is not None:
            self.absent = self.asked - (pac.sum(found.known).as_py() or 0)
        # What it said stays, as others may be joined on it; of the rest only that nobody asked.
        unasked = {name: pa.nulls(left, pa.string()) for name in found.table.column_names}
        said = pa.concat_tables([found.table, pa.table(unasked)]) if unasked else found.table
        table = said.append_column(_HIT, pa.array(["1"] * self.keys, pa.string()))
        known = None
        if found.known is not None:
            known = pa.array([*found.known.to_pylist(), *[True] * left], pa.bool_())
        told = pa.array([*problem.to_pylist(), *[_NOT_ASKED] * left], pa.string())
        dated = None
        if found.as_of is not None:
            dated = pa.array([*found.as_of.to_pylist(), *[None] * left], pa.int64())
        return Found(table, known, told, dated)


def matches(
    inputs: Inputs, sampled: Collection[str], most: int | None, backend: Backend
) -> tuple[int, dict[str, dict[str, Any]]]:
    """How many candidates there are; and of each source how many `found` a row, have `no_key` for
    it, find `no_row`, or can't be told (`unknown`).

    Where candidates have keys and none finds a row, `alike` says whether these are written as any
    of the source's: with the same signs, letters and digits. Sources that are asked about keys
    also have `asked`: how many distinct keys there are, how many
    were asked about (`most` of those `sampled`), and the problems by their class. No source may
    have two rows for one key.
    """
    watched = {
        source.name: Watched(source.lookup, most if source.name in sampled else None)
        for source in inputs.sources
        if source.lookup is not None and not source.failure
    }
    sources = tuple(_with_hit(source, watched.get(source.name)) for source in inputs.sources)
    complete = replace(inputs, sources=sources)
    facts = needed_facts({_fact(source) for source in sources}, complete)
    table = backend.keep("matches", gather(complete, facts, backend).table)
    table = table.filter(table[INVALID].isnull())
    sums: dict[str, Any] = {"candidates": table.count()}
    for i, source in enumerate(sources):
        state = table[state_column(_fact(source))]
        for known in _STATES:
            sums[f"{i} {int(known)}"] = (state == int(known)).sum()
    counts = backend.rows(table.aggregate(**sums))[0]
    total = counts["candidates"]
    reports = {}
    for i, source in enumerate(sources):
        told = {word: counts[f"{i} {int(known)}"] or 0 for known, word in _STATES.items()}
        reports[source.name] = {**told, "unknown": total - sum(told.values())}
        if source.name in watched:
            reports[source.name]["asked"] = _asked(watched[source.name])
        elif told["no_row"] and not told["found"]:
            reports[source.name]["alike"] = _is_alike(source, table, inputs, backend)
    return total, reports


def _is_alike(source: Source, candidates: ir.Table, inputs: Inputs, backend: Backend) -> bool:
    """Whether each of the keys is written, for one candidate at least, as for one row."""
    if source.table is None:
        return True
    for column, fact in source.keys:
        if inputs.vocabulary[fact].type is FactType.STRING:
            own = _forms(backend.dialect.clean(source.table[column]), backend)
            if own and not own & _forms(candidates[fact], backend):
                return False
    return True


def _forms(cells: Any, backend: Backend) -> set[str]:
    """How texts are written: `+9` of a number with its country, `9-9` of one with a dash."""
    form = cells.re_replace("[A-Za-z]+", "a").re_replace("[0-9]+", "9")
    rows = backend.rows(form.name("form").as_table().distinct())
    return {row["form"] for row in rows if row["form"]}


def _fact(source: Source) -> str:
    return f"{source.name}.{_HIT}"


def _with_hit(source: Source, lookup: Watched | None) -> Source:
    """The source with a field that has a value wherever a row is joined."""
    column = source.keys[0][0] if lookup is None else _HIT
    hit = Field(_fact(source), column, FactType.STRING, "UTC")
    return replace(source, fields=(*source.fields, hit), lookup=lookup)


def _asked(watched: Watched) -> dict[str, Any]:
    return {
        "keys": watched.keys,
        "asked": watched.asked,
        "absent": watched.absent,
        "problems": dict(sorted(watched.problems.items())),
    }
