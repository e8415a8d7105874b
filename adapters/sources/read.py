"""One source of config.yaml → a table of text columns named like the source's own columns.

Whatever prevents a source from being read whole is a `SourceFailure`, never half a table:
absence may only be concluded from data that is all there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.sources.csv_text import read_csv
from adapters.sources.digest import file_digest
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import did_you_mean


class SourceFailure(Exception):
    """Why a source could not be read; the words are for people and hold no data."""


@dataclass(frozen=True)
class SourceText:
    """A source's wanted columns as text, and a digest of everything it said."""

    table: pa.Table
    digest: str


def read_file(
    path: Path, columns: Sequence[str], separators: dict[str, str], delimiter: str | None
) -> SourceText:
    """A CSV (plain or .gz) or Parquet file; SourceFailure says why not.

    `separators` tells with what the elements of list columns are put together.
    """
    try:
        if path.suffix == ".parquet":
            table = _parquet(path, columns, separators)
        else:
            table = _csv(path, columns, delimiter)
        return SourceText(table, file_digest(path))
    except RefusedInput as error:
        raise SourceFailure(error.message) from error


def _csv(path: Path, columns: Sequence[str], delimiter: str | None) -> pa.Table:
    read = read_csv(path, delimiter, columns)
    if read.misfits:
        number, cells = read.misfits[0]
        raise SourceFailure(
            f"{path}: {len(read.misfits)} rows do not fit the header, the first is row {number} "
            f"with {cells} cells instead of {len(read.header)}"
        )
    found: dict[str, pa.ChunkedArray] = {}
    for name in columns:
        column = read.column(name)
        if column is None:
            raise SourceFailure(no_column(str(path), name, read.header))
        found[name] = read.table[column]
    return pa.table(found)


def _parquet(path: Path, columns: Sequence[str], separators: dict[str, str]) -> pa.Table:
    if not path.is_file():
        raise SourceFailure(f"there is no file {path}")
    try:
        names = pq.read_schema(path).names
        for name in columns:
            if name not in names:
                raise SourceFailure(no_column(str(path), name, names))
        table = pq.read_table(path, columns=list(columns))
    except (pa.ArrowException, OSError) as error:
        raise SourceFailure(f"{path} is not a whole Parquet file") from error
    return pa.table({name: _as_text(table[name], separators.get(name)) for name in columns})


def _as_text(column: pa.ChunkedArray, separator: str | None) -> pa.ChunkedArray | pa.Array:
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_list(column.type) or pa.types.is_decimal(column.type):
        return text_column(column.to_pylist(), separator)
    return column.cast(pa.string())


def no_column(where: str, name: str, known: Iterable[str]) -> str:
    """Says that a source lacks a column, and which it has."""
    known = list(known)
    hint = did_you_mean(name, known) or f"it has: {', '.join(known)}"
    return f"{where} has no column `{name}`; {hint}"


def text_column(values: Sequence[Any], separator: str | None = None) -> pa.Array:
    """Typed values as the text config.yaml's types are read from; None stays null.

    Numbers are plain decimals, moments ISO 8601, booleans `true` and `false`, lists joined with
    `separator`.
    """
    return pa.array([_text(v, separator) for v in values], pa.string())


def _text(value: Any, separator: str | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (list, tuple)) and separator is not None:
        return separator.join(str(v) for v in value)
    return str(value)


def file_moment(path: Path) -> datetime:
    """When a file was last modified, in UTC."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise SourceFailure(f"there is no file {path}") from error
