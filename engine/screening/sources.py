"""One source, ready to be joined: typed keys and fields, one row per key, or why it can't be used."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.ports import Backend
from engine.screening.facts import (
    FactState,
    as_of_column,
    dated_column,
    field_columns,
    microseconds,
)
from engine.screening.inputs import DuplicateKey, Field, Inputs, Source


@dataclass(frozen=True)
class SourceRows:
    """A source as gather joins it.

    `table` has key_columns, hit_column (true), the row's date, and value and state of the
    `wanted` fields; it is None when nothing may be concluded from the source, `failure` then
    says why. `oldest` is the oldest date that is still fresh, in microseconds.
    """

    source: Source
    wanted: tuple[Field, ...]
    table: ir.Table | None
    failure: FactState
    oldest: int | None


def key_columns(source: Source) -> list[str]:
    """The columns that hold the source's keys, in the order of `source.keys`."""
    return [f"{source.name}:key{i}" for i in range(len(source.keys))]


def hit_column(source: Source) -> str:
    """The column that is true in every row of the source, and so null where none was joined."""
    return f"{source.name}:hit"


def source_rows(inputs: Inputs, facts: Collection[str], backend: Backend) -> list[SourceRows]:
    """Every source's rows, judged as a whole: fresh enough, one row per key.

    Raises DuplicateKey, naming the key unless it is private.
    """
    # All are begun before the first is judged, so that a backend can go on while we ask.
    begun = [_begin(source, facts, inputs, backend) for source in inputs.sources]
    return [_judged(rows, inputs, backend) for rows in begun]


def _begin(source: Source, facts: Collection[str], inputs: Inputs, backend: Backend) -> SourceRows:
    wanted = tuple(f for f in source.fields if f.fact in facts)
    oldest = None if source.max_age is None else microseconds(inputs.as_of - source.max_age)
    if source.table is None or source.failure:
        return SourceRows(source, wanted, None, FactState.SOURCE_FAILED, oldest)
    if (
        oldest is not None
        and source.as_of_field is None
        and (source.as_of is None or microseconds(source.as_of) < oldest)
    ):
        return SourceRows(source, wanted, None, FactState.STALE, oldest)
    typed = _typed(source, source.table, wanted, inputs, backend)
    table = backend.keep(f"source {source.name}", typed)
    return SourceRows(source, wanted, table, FactState.VALUE, oldest)


def _judged(rows: SourceRows, inputs: Inputs, backend: Backend) -> SourceRows:
    if rows.table is None:
        return rows
    newest, most = _newest_and_most(rows.source, rows.table, backend)
    if most > 1:
        raise _duplicate(rows.source, rows.table, inputs, backend)
    by_row = rows.source.as_of_field is not None
    if by_row and rows.oldest is not None and (newest is None or newest < rows.oldest):
        return replace(rows, table=None, failure=FactState.STALE)
    return rows


def _typed(
    source: Source, raw: ir.Table, wanted: tuple[Field, ...], inputs: Inputs, backend: Backend
) -> ir.Table:
    fields, vocabulary, dialect = inputs.fields, inputs.vocabulary, backend.dialect
    columns: dict[str, Any] = {hit_column(source): ibis.literal(value=True)}
    keys = key_columns(source)
    for key, (column, fact) in zip(keys, source.keys, strict=True):
        declared = vocabulary[fact]
        how = fields.get(fact, Field(fact, column, declared.type, inputs.zone))
        columns[key] = dialect.parse(dialect.clean(raw[column]), declared.type, how)
    dated = source.as_of_field
    moment: Any = ibis.null("int64")
    if dated is not None:
        moment = dialect.parse(dialect.clean(raw[dated.column]), dated.type, dated)
    elif source.as_of is not None:
        moment = ibis.literal(microseconds(source.as_of), type="int64")
    columns[as_of_column(source.name)] = moment
    dated_text = '"' + dialect.iso(moment) + '"'
    columns[dated_column(source.name)] = ibis.coalesce(dated_text, "null")
    for field in wanted:
        columns.update(field_columns(raw, field, dialect))
    rows = raw.select(**columns)
    rows = rows.filter([rows[key].notnull() for key in keys])
    return _latest(source, rows) if source.pick_latest else rows


def _latest(source: Source, rows: ir.Table) -> ir.Table:
    """The newest row of each key; rows of one date stay both, to be refused."""
    moment = rows[as_of_column(source.name)]
    newest = moment.max().over(ibis.window(group_by=key_columns(source)))
    marked = rows.mutate(is_newest=moment.isnull() | (moment == newest))
    return marked.filter(marked["is_newest"]).drop("is_newest")


def _newest_and_most(source: Source, rows: ir.Table, backend: Backend) -> tuple[int | None, int]:
    """The newest date of the source, and the most rows that share a key."""
    moment = rows[as_of_column(source.name)]
    by_key = rows.group_by(key_columns(source)).aggregate(n=rows.count(), newest=moment.max())
    found = backend.rows(by_key.aggregate(most=by_key["n"].max(), newest=by_key["newest"].max()))
    return found[0]["newest"], found[0]["most"] or 0


def _duplicate(source: Source, rows: ir.Table, inputs: Inputs, backend: Backend) -> DuplicateKey:
    keys = key_columns(source)
    counted = rows.group_by(keys).aggregate(n=rows.count())
    first = backend.rows(counted.filter(counted["n"] > 1).order_by(keys).limit(1))[0]
    vocabulary = inputs.vocabulary
    spoken = ", ".join(
        f"{column} = " + ("***" if vocabulary[fact].pii else repr(first[key]))
        for key, (column, fact) in zip(keys, source.keys, strict=True)
    )
    return DuplicateKey(
        f"source `{source.name}` has {first['n']} rows for one key: {spoken}",
        "remove all but one, or say `pick: latest` to take the newest by its `as_of`",
    )
