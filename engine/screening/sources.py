"""One source, ready to be joined: typed keys and fields, one row per key, or why it can't be used."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.ports import Backend, Dialect
from engine.screening.facts import (
    FactState,
    as_of_column,
    cleaned,
    dated_column,
    field_columns,
    microseconds,
    problem_column,
    state_column,
)
from engine.screening.inputs import DuplicateKey, Field, Inputs, Source
from engine.screening.relations import ByName, columns_of, filtered, selected


@dataclass(frozen=True)
class SourceRows:
    """A source as gather joins it.

    `table` has key_columns, the row's date, and value and state of the `wanted` fields; it is None
    when nothing may be concluded from the source, `failure` then says why, and for one that is
    asked, before it is (`failure` is VALUE). `oldest` is the oldest date that is still fresh,
    `newest` the newest that can be believed, in microseconds. `why` is a sentence where only its
    rows showed that it can't be used.
    """

    source: Source
    wanted: tuple[Field, ...]
    table: ir.Table | None
    failure: FactState
    oldest: int | None
    newest: int | None
    why: str = ""

    @property
    def to_ask(self) -> bool:
        """Whether the source has yet to be asked about keys."""
        return self.table is None and self.failure is FactState.VALUE


def key_columns(source: Source) -> list[str]:
    """The columns that hold the source's keys, in the order of `source.keys`."""
    return [f"{source.name}:key{i}" for i in range(len(source.keys))]


def _unreadable(key: str) -> str:
    """The column that is true in rows whose key is there and can't be read, and so is anybody's."""
    return f"{key}:unreadable"


def source_rows(inputs: Inputs, facts: Collection[str], backend: Backend) -> list[SourceRows]:
    """Every source's rows, judged as a whole: fresh enough, one row per key.

    Raises DuplicateKey, naming the key unless it is private.
    """
    # All are begun before the first is judged, so that a backend can go on while we ask.
    begun = [_begin(source, facts, inputs, backend) for source in inputs.sources]
    found = _looked_over(begun, backend)
    return [
        rows
        if rows.table is None
        else _judged(rows, rows.table, found[rows.source.name], inputs, backend)
        for rows in begun
    ]


def _begin(source: Source, facts: Collection[str], inputs: Inputs, backend: Backend) -> SourceRows:
    wanted = tuple(f for f in source.fields if f.fact in facts)
    oldest = None if source.max_age is None else microseconds(inputs.as_of - source.max_age)
    skew = source.clock_skew
    newest = None if skew is None else microseconds(inputs.as_of + skew)
    rows = SourceRows(source, wanted, None, FactState.VALUE, oldest, newest)
    failure = _failure(rows)
    if failure is not FactState.VALUE or source.table is None:
        return replace(rows, failure=failure)
    typed = _typed(rows, source.table, inputs, backend)
    return replace(rows, table=backend.keep(f"source {source.name}", typed))


def _failure(rows: SourceRows) -> FactState:
    """What can be held against a source before its rows are looked at."""
    source = rows.source
    if source.failure or (source.table is None and source.lookup is None):
        return FactState.SOURCE_FAILED
    if source.as_of_field is not None:
        return FactState.VALUE
    if source.as_of is not None:
        if rows.newest is not None and microseconds(source.as_of) > rows.newest:
            return FactState.FROM_THE_FUTURE
        if rows.oldest is not None and microseconds(source.as_of) < rows.oldest:
            return FactState.STALE
    elif rows.oldest is not None and source.lookup is None:
        return FactState.STALE
    return FactState.VALUE


def _judged(
    rows: SourceRows, table: ir.Table, found: dict[str, Any], inputs: Inputs, backend: Backend
) -> SourceRows:
    source, readable = rows.source, _readable(rows.source, table)
    if (found["most"] or 0) > 1:
        raise _duplicate(source, readable, inputs, backend)
    for (column, fact), count in zip(source.keys, found["unreadable"], strict=True):
        if count:
            kind, many = inputs.vocabulary[fact].type, "1 row" if count == 1 else f"{count} rows"
            why = f"its key `{column}` can't be read as {kind} in {many}, which may be anybody's"
            return replace(rows, table=None, failure=FactState.SOURCE_FAILED, why=why)
    if source.as_of_field is not None:
        newest = found["newest"]
        if newest is None and found["latest"] is not None:
            return replace(rows, table=None, failure=FactState.FROM_THE_FUTURE)
        if rows.oldest is not None and (newest is None or newest < rows.oldest):
            return replace(rows, table=None, failure=FactState.STALE)
    return replace(rows, table=readable)


def _typed(rows: SourceRows, raw: ir.Table, inputs: Inputs, backend: Backend) -> ir.Table:
    source, dialect = rows.source, backend.dialect
    dated = source.as_of_field
    texts = {*(column for column, _ in source.keys), *(f.column for f in rows.wanted)}
    if dated is not None:
        texts.add(dated.column)
    cells = cleaned(raw, sorted(texts), dialect)
    columns: dict[str, Any] = {}
    keys = key_columns(source)
    for key, (column, fact) in zip(keys, source.keys, strict=True):
        declared = inputs.vocabulary[fact]
        how = inputs.fields.get(fact, Field(fact, column, declared.type, inputs.zone))
        text: Any = cells[column]
        columns[key] = dialect.parse(text, declared.type, how)
        state = dialect.state(columns[key], text, declared.type)
        columns[_unreadable(key)] = state == int(FactState.UNREADABLE)
    moment: Any = ibis.null("int64")
    if dated is not None:
        text = cells[dated.column]
        moment = dialect.parse(text, dated.type, dated)
    elif source.as_of is not None:
        moment = ibis.literal(microseconds(source.as_of), type="int64")
    typed = read_rows(rows, cells, columns, moment, dialect)
    known = reduce(and_, (typed[key].notnull() | typed[_unreadable(key)] for key in keys))
    typed = filtered(typed, known)
    return _latest(source, typed) if source.pick_latest else typed


def _readable(source: Source, table: ir.Table) -> ir.Table:
    """The source's rows whose keys could all be read."""
    return filtered(table, *(table[key].notnull() for key in key_columns(source)))


def read_rows(
    rows: SourceRows, cells: ir.Table, own: ByName, moment: Any, dialect: Dialect
) -> ir.Table:
    """A source's rows: the columns `own`, the date, and value and state of the wanted fields.

    `cells` has the fields' texts `cleaned`, `moment` is the date as a column of it. A row that
    can't be used has no values, and its states say why; where it is known why it could not be asked
    for, `own` has problem_column.
    """
    source = rows.source
    dated, usable = as_of_column(source.name), f"{source.name}:usable"
    # Level by level, for what is worked out once and used several times.
    read = {**own, dated: moment}
    for field in rows.wanted:
        read |= field_columns(cells, field, dialect)
    table = selected(cells, read)
    columns = columns_of(table)
    judged = _usable(rows, columns)
    shown = '"' + dialect.iso(columns[dated]) + '"'
    columns[dated_column(source.name)] = ibis.coalesce(shown, "null")
    if judged is None:
        return selected(table, columns)
    table = selected(table, {**columns, usable: judged})
    found = columns_of(table)
    columns = {name: found[name] for name in columns}
    for field in rows.wanted:
        state, value = found[state_column(field.fact)], found[field.fact]
        # The worse of what the row is and what the cell is.
        columns[state_column(field.fact)] = ibis.greatest(found[usable], state)
        columns[field.fact] = ibis.cases((found[usable] == int(FactState.VALUE), value))
    return selected(table, columns)


def _usable(rows: SourceRows, columns: ByName) -> Any:
    """The state of a row as a whole; None where each row is a value."""
    source, causes = rows.source, []
    moment = columns[as_of_column(source.name)]
    if problem_column(source.name) in columns:
        problem = columns[problem_column(source.name)]
        causes.append((problem.notnull(), int(FactState.SOURCE_FAILED)))
    by_row = source.as_of_field is not None or source.lookup is not None
    if by_row and rows.newest is not None:
        causes.append((moment > rows.newest, int(FactState.FROM_THE_FUTURE)))
    if by_row and rows.oldest is not None:
        stale = moment.isnull() | (moment < rows.oldest)
        causes.append((stale, int(FactState.STALE)))
    return ibis.cases(*causes, else_=int(FactState.VALUE)).cast("int8") if causes else None


def _latest(source: Source, rows: ir.Table) -> ir.Table:
    """The newest row of each key; rows of one date stay both, to be refused."""
    moment = rows[as_of_column(source.name)]
    newest = moment.max().over(ibis.window(group_by=key_columns(source)))
    marked = rows.mutate(is_newest=moment.isnull() | (moment == newest))
    return marked.filter(marked["is_newest"]).drop("is_newest")


def _looked_over(begun: list[SourceRows], backend: Backend) -> dict[str, dict[str, Any]]:
    """Of each source that has rows, by its name: the `latest` date and the `newest` that can be
    believed, the `most` rows that share a key, and how many have each key `unreadable`.
    """
    counted = [_counted(rows, rows.table) for rows in begun if rows.table is not None]
    # In one statement: to plan and to await one for each takes longer than to count.
    found = backend.rows(reduce(lambda a, b: a.union(b), counted)) if counted else []
    return {row["source"]: row for row in found}


def _counted(rows: SourceRows, table: ir.Table) -> ir.Table:
    moment, keys = table[as_of_column(rows.source.name)], key_columns(rows.source)
    # One row with a wrong clock must not make all the others look fresh.
    believed = None if rows.newest is None else moment <= rows.newest
    by_key = table.group_by(keys).aggregate(
        n=table.count(),
        newest=moment.max(where=believed),
        latest=moment.max(),
        **{_unreadable(key): table[_unreadable(key)].sum() for key in keys},
    )
    whole = reduce(and_, (by_key[key].notnull() for key in keys))
    counts = by_key.aggregate(
        most=by_key["n"].max(where=whole),
        newest=by_key["newest"].max(),
        latest=by_key["latest"].max(),
        **{key: by_key[_unreadable(key)].sum() for key in keys},
    )
    columns = {
        "source": ibis.literal(rows.source.name),
        "most": counts["most"],
        "newest": counts["newest"],
        "latest": counts["latest"],
        "unreadable": ibis.array([counts[key] for key in keys]),
    }
    return selected(counts, columns)


def _duplicate(source: Source, rows: ir.Table, inputs: Inputs, backend: Backend) -> DuplicateKey:
    keys = key_columns(source)
    counted = rows.group_by(keys).aggregate(n=rows.count())
    first = backend.rows(counted.filter(counted["n"] > 1).order_by(keys).limit(1))[0]
    vocabulary = inputs.vocabulary
    spoken = ", ".join(
        f"{column} = " + ("***" if vocabulary[fact].pii else repr(first[key]))
        for key, (column, fact) in zip(keys, source.keys, strict=True)
    )
    latest = "say `pick: latest` to take the newest by its `as_of`"
    if source.pick_latest:
        latest = "give each a date of its own in the column of `as_of`"
    message = f"source `{source.name}` has {first['n']} rows for one key: {spoken}"
    return DuplicateKey(message, f"remove all but one, or {latest}")
