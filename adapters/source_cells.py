"""What the cells of a source hold: keys that stand twice, blanks, what can't be read.

Typed as the engine types them, so that they say what a run would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from engine.ports import Backend
from engine.screening.facts import (
    FactState,
    cleaned,
    field_columns,
    microseconds,
    state_column,
)
from engine.screening.inputs import Field, Inputs, Source
from engine.screening.relations import selected

_SHOWN = 3
_NUMBER = "number of the row"
Report = dict[str, Any]


def numbered(table: pa.Table) -> pa.Table:
    """The table with the numbers of its rows, from 1."""
    return table.append_column(_NUMBER, pa.array(range(1, table.num_rows + 1), pa.int64()))


def key_report(
    source: Source, raw: ir.Table, inputs: Inputs, backend: Backend, problems: list[str]
) -> Report:
    """How many keys there are, how many stand twice, and how many rows have none.

    `raw` is `numbered`. An example is given unless a key is personal; what can't be read is added
    to `problems`.
    """
    cells = cleaned(raw, [column for column, _ in source.keys], backend.dialect)
    typed: dict[str, Any] = {_NUMBER: cells[_NUMBER]}
    names = []
    for i, (column, fact) in enumerate(source.keys):
        how = inputs.fields.get(
            fact, Field(fact, column, inputs.vocabulary[fact].type, inputs.zone)
        )
        key = replace(how, fact=f"key{i}", column=column)
        typed |= field_columns(cells, key, backend.dialect)
        names.append(key.fact)
    table = backend.keep(f"keys of {source.name}", selected(cells, typed))
    states = [table[state_column(name)] for name in names]
    unreadable = _any(state == int(FactState.UNREADABLE) for state in states)
    blank = _any(state == int(FactState.ABSENT) for state in states) & ~unreadable
    whole = table.filter([state == int(FactState.VALUE) for state in states])
    grouped = whole.group_by(names).aggregate(n=whole.count())
    counts = backend.rows(grouped.aggregate(keys=grouped.count(), twice=(grouped["n"] > 1).sum()))
    marked = backend.rows(table.aggregate(blank=blank.sum(), bad=unreadable.sum()))[0]
    bad = _rows(table, unreadable, backend)
    if marked["bad"]:
        problems.append(
            f"{_count(marked['bad'], 'row')} with a key that can't be read ({_spoken(bad)}): "
            "whom they are about can't be told"
        )
    twice = counts[0]["twice"] or 0
    example = None
    if twice and not any(inputs.vocabulary[fact].pii for _, fact in source.keys):
        first = backend.rows(grouped.filter(grouped["n"] > 1).order_by(names).limit(1))[0]
        pairs = zip(source.keys, names, strict=True)
        example = {column: str(first[name]) for (column, _), name in pairs}
    return {
        "distinct": counts[0]["keys"],
        "twice": twice,
        "example": example,
        "blank": marked["blank"] or 0,
        "unreadable": {"rows": marked["bad"] or 0, "first": bad},
    }


def field_report(source: Source, raw: ir.Table, backend: Backend, problems: list[str]) -> Report:
    """Of each field how many cells are blank, and which can't be read as what it is declared.

    `raw` is `numbered`. No cell is shown; what can't be read is added to `problems`.
    """
    cells = cleaned(raw, [field.column for field in source.fields], backend.dialect)
    columns: dict[str, Any] = {_NUMBER: cells[_NUMBER]}
    for field in source.fields:
        columns[field.fact] = field_columns(cells, field, backend.dialect)[state_column(field.fact)]
    table = backend.keep(f"cells of {source.name}", selected(cells, columns))
    sums: dict[str, Any] = {"rows": table.count()}
    for i, field in enumerate(source.fields):
        sums[f"blank{i}"] = (table[field.fact] == int(FactState.ABSENT)).sum()
        sums[f"bad{i}"] = (table[field.fact] == int(FactState.UNREADABLE)).sum()
    counts = backend.rows(table.aggregate(**sums))[0]
    found = {}
    for i, field in enumerate(source.fields):
        bad = counts[f"bad{i}"] or 0
        where = table[field.fact] == int(FactState.UNREADABLE)
        first = _rows(table, where, backend) if bad else []
        if bad:
            problems.append(
                f"{_count(bad, 'cell')} of `{field.fact}` that can't be read as {field.type} "
                f"({_spoken(first)})"
            )
        blank = counts[f"blank{i}"] or 0
        found[field.fact] = {
            "type": str(field.type),
            "blank": blank,
            "share": blank / counts["rows"] if counts["rows"] else 0.0,
            "unreadable": {"rows": bad, "first": first},
        }
    return found


def date_report(
    source: Source, raw: ir.Table, inputs: Inputs, backend: Backend, problems: list[str]
) -> None:
    """Add to `problems` rows that are dated in the future, and those whose date can't be read or is
    blank, where somebody asks for it.

    `raw` is `numbered`.
    """
    dated = source.as_of_field
    if dated is None or source.clock_skew is None:
        return
    cells = cleaned(raw, [dated.column], backend.dialect)
    columns = {_NUMBER: cells[_NUMBER], **field_columns(cells, dated, backend.dialect)}
    table = backend.keep(f"dates of {source.name}", selected(cells, columns))
    bad = table[state_column(dated.fact)] != int(FactState.VALUE)
    later = table[dated.fact] > microseconds(inputs.as_of + source.clock_skew)
    (counts,) = backend.rows(table.aggregate(bad=bad.sum(), later=later.sum()))
    if counts["bad"] and source.max_age is not None:
        problems.append(
            f"{_count(counts['bad'], 'row')} without a date that can be read "
            f"({_spoken(_rows(table, bad, backend))}): nobody knows how old, so unknown"
        )
    if counts["later"]:
        problems.append(
            f"{_count(counts['later'], 'row')} dated in the future "
            f"({_spoken(_rows(table, later, backend))}), so unknown"
        )


def _any(conditions: Iterable[Any]) -> Any:
    result = ibis.literal(value=False)
    for condition in conditions:
        result = result | condition
    return result


def _rows(table: ir.Table, where: Any, backend: Backend) -> list[int]:
    """The numbers of the first rows for which that holds."""
    first = table.filter(where).select(_NUMBER).order_by(_NUMBER).limit(_SHOWN)
    return [row[_NUMBER] for row in backend.rows(first)]


def _spoken(rows: list[int]) -> str:
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}{', …' if len(rows) == _SHOWN else ''}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
