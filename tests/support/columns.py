"""Conditions as columns: texts compiled by the engine and run on the default backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from adapters.backends.duckdb import DuckDBBackend
from engine.diagnostics import Diagnostic, Place
from engine.language.condition import parse_condition
from engine.language.expression import CelType, Expression
from engine.language.vocabulary import FactDeclaration, FactType, Vocabulary
from engine.screening.columns import Compiler
from engine.screening.facts import FactState, microseconds, state_column
from engine.screening.inputs import ROW
from tests.oracle.states import ABSENT, UNKNOWN, Fact

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.int64(),
    "timestamp": pa.int64(),
    "list<string>": pa.list_(pa.string()),
}

Types = Mapping[str, str]
"""Names of facts, `source.field`, each with its type as config.yaml says it."""


def vocabulary_of(types: Types) -> Vocabulary:
    """The vocabulary of facts that have these types."""
    return Vocabulary(FactDeclaration(name, FactType(kind)) for name, kind in types.items())


def facts_table(types: Types, rows: Sequence[Mapping[str, Fact]]) -> pa.Table:
    """A wide table as gather makes it: each fact's value and state, rows numbered from 1."""
    columns: dict[str, Any] = {ROW: pa.array(range(1, len(rows) + 1), pa.int64())}
    for name, kind in types.items():
        cells = [_cell(row[name]) for row in rows]
        columns[name] = pa.array([value for value, _ in cells], _ARROW[kind])
        columns[state_column(name)] = pa.array([int(state) for _, state in cells], pa.int8())
    return pa.table(columns)


def _cell(fact: Fact) -> tuple[Any, FactState]:
    if fact is ABSENT:
        return None, FactState.ABSENT
    if fact is UNKNOWN:
        return None, FactState.SOURCE_FAILED
    if isinstance(fact, datetime):
        return microseconds(fact), FactState.VALUE
    return list(fact) if isinstance(fact, tuple) else fact, FactState.VALUE


def tree_of(text: str, types: Types, expected: CelType | None = CelType.BOOL) -> Expression:
    """The checked tree of a text; AssertionError, with the problem, where it is refused."""
    result = parse_condition(text, Place("condition"), vocabulary_of(types), expected)
    assert not isinstance(result, Diagnostic), result.render({"condition": text})
    return result.tree


def in_columns(
    texts: Sequence[str],
    types: Types,
    rows: Sequence[Mapping[str, Fact]],
    clock: tuple[datetime, datetime],
) -> list[list[bool | None]]:
    """What each condition is worth in each row, by row, in one query; None for unknown."""
    backend = DuckDBBackend()
    try:
        table = backend.load("facts", facts_table(types, rows))
        now, today = clock
        compiler = Compiler(table, backend.dialect, microseconds(now), microseconds(today))
        columns = {f"c{i}": compiler.value(tree_of(text, types)) for i, text in enumerate(texts)}
        found = backend.rows(table.select(row=table[ROW], **columns).order_by("row"))
    finally:
        backend.close()
    return [[row[f"c{i}"] for i in range(len(texts))] for row in found]
