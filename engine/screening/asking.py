"""Sources that are asked about keys instead of being read whole: services, computed facts."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from engine.diagnostics import UpfrontError
from engine.ports import Backend
from engine.screening.facts import (
    INVALID,
    FactState,
    cleaned,
    microseconds,
    problem_column,
    state_column,
)
from engine.screening.inputs import Found, Source
from engine.screening.relations import ByName
from engine.screening.sources import SourceRows, key_columns, read_rows

_AS_OF, _PROBLEM = "as of", "problem"


def unusable_key(source: Source, states: dict[str, Any]) -> Any:
    """Whether a row lacks a key of the source; `states` has the state columns by their names."""
    return reduce(lambda a, b: a | b, (_lacks(source, key, states) for key in source.keys))


def _lacks(source: Source, key: tuple[str, str], states: dict[str, Any]) -> Any:
    column, fact = key
    state = states[state_column(fact)]
    if column in source.optional:
        return (state != int(FactState.VALUE)) & (state != int(FactState.ABSENT))
    return state != int(FactState.VALUE)


def same_keys(source: Source, table: ByName, rows: ByName) -> list[Any]:
    """What joins a table to the source's rows, by the columns of both; an optional key that is
    absent is a key too.
    """
    pairs = []
    for (column, fact), key in zip(source.keys, key_columns(source), strict=True):
        if column in source.optional:
            pairs.append(table[fact].identical_to(rows[key]))
        else:
            pairs.append(table[fact] == rows[key])
    return pairs


def asked(rows: SourceRows, table: ir.Table, backend: Backend) -> SourceRows:
    """The source's rows for the keys that candidates have; `table` holds facts and states.

    Only rows that are candidates and have all keys are asked for, each distinct key once.
    """
    source = rows.source
    states = {name: table[name] for name in table.columns}
    having = table.filter([table[INVALID].isnull(), ~unusable_key(source, states)])
    names = [column for column, _ in source.keys]
    wanted = having.select(**{column: having[fact] for column, fact in source.keys}).distinct()
    keys = backend.stream(wanted.order_by(names)).read_all()
    if source.lookup is None:
        raise UpfrontError(f"source `{source.name}` can't be asked")
    found = source.lookup(keys)
    if found.table.num_rows != keys.num_rows:
        raise UpfrontError(
            f"source `{source.name}` was asked about {keys.num_rows} keys and answered "
            f"{found.table.num_rows}",
            "please report this as a defect",
        )
    raw = backend.load(f"asked {source.name}", _answers(source, keys, found))
    return replace(rows, table=backend.keep(f"source {source.name}", _typed(rows, raw, backend)))


def _answers(source: Source, keys: pa.Table, found: Found) -> pa.Table:
    """Keys and answers side by side, without the keys that were proven not to be there."""
    columns = dict(zip(key_columns(source), keys.columns, strict=True))
    columns |= {f"text {name}": found.table[name] for name in found.table.column_names}
    nothing = pa.nulls(keys.num_rows, pa.string())
    columns[_PROBLEM] = nothing if found.problem is None else found.problem
    columns[_AS_OF] = pa.nulls(keys.num_rows, pa.int64()) if found.as_of is None else found.as_of
    answers = pa.table(columns)
    return answers if found.known is None else answers.filter(found.known)


def _typed(rows: SourceRows, raw: ir.Table, backend: Backend) -> ir.Table:
    source = rows.source
    wanted = tuple(replace(f, column=f"text {f.column}") for f in rows.wanted)
    cells = cleaned(raw, [field.column for field in wanted], backend.dialect)
    columns: dict[str, Any] = {key: cells[key] for key in key_columns(source)}
    columns[problem_column(source.name)] = cells[_PROBLEM]
    moment = cells[_AS_OF]
    if source.as_of is not None:
        moment = ibis.coalesce(moment, microseconds(source.as_of))
    return read_rows(replace(rows, wanted=wanted), cells, columns, moment, backend.dialect)
