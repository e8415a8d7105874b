"""One source of config.yaml → a table of text columns named like the source's own columns.

Whatever prevents a source from being read whole is a `SourceFailure`, never half a table:
absence may only be concluded from data that is all there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pac

from adapters.sources.digest import file_digest
from adapters.sources.forms import is_parquet, read_listed
from adapters.sources.given import OnDisk, unchanged
from adapters.sources.packed import Unpacked, unpacked
from adapters.sources.parquet import parquet_columns, parquet_titles
from adapters.sources.text_list import TextList, Told
from adapters.sources.titles import titles_told
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import did_you_mean


class SourceFailure(Exception):
    """Why a source could not be read; the words are for people and hold no data."""


class SourceMissing(SourceFailure):
    """A source that is not there at all, or there without so much as a header: nobody wrote it."""


@dataclass(frozen=True)
class SourceText:
    """A source's wanted columns as text, and a digest of everything it said.

    The `typed` columns have numbers with a point, and dates as ISO 8601 writes them.
    """

    table: pa.Table
    digest: str
    typed: frozenset[str] = frozenset()


def read_file(path: Path, columns: Sequence[str], told: Told) -> SourceText:
    """A file in any form that lists come in; SourceFailure says why not, SourceMissing that it is
    not there. `told` says how it is written, the wanted `columns` are its own.
    """
    if not path.exists():
        raise SourceMissing(f"there is no file {path}")
    if path.is_file() and not path.stat().st_size:
        raise SourceMissing(f"{path} is empty")
    try:
        with unchanged(path):
            source = unpacked(OnDisk(path))
            if is_parquet(source):
                return _parquet(source, columns, told, file_digest(path))
            listed = read_listed(OnDisk(path), replace(told, names=tuple(columns)))
    except RefusedInput as error:
        nothing = error.message == f"{path} is empty"
        raise (SourceMissing if nothing else SourceFailure)(error.message) from error
    if listed.misfits:
        number, why = listed.misfits[0]
        bad = len(listed.misfits)
        raise SourceFailure(
            f"{path}: {bad} row{'s' if bad > 1 else ''} can't be read, the first is row {number}: "
            f"{why[0].lower()}{why[1:]}"
        )
    return _wanted(str(path), listed, columns)


def _wanted(name: str, listed: TextList, columns: Sequence[str]) -> SourceText:
    found: dict[str, pa.ChunkedArray] = {}
    for title in columns:
        column = listed.column(title)
        if column is None and [t.strip() for t in listed.header].count(title) > 1:
            raise SourceFailure(f"{name} has the column `{title}` more than once")
        if column is None:
            raise SourceFailure(no_column(name, title, listed.header))
        found[title] = listed.table[column]
    typed = frozenset(title for title in columns if listed.column(title) in listed.typed)
    return SourceText(pa.table(found), listed.digest, typed)


def _parquet(source: Unpacked, columns: Sequence[str], told: Told, digest: str) -> SourceText:
    names = parquet_titles(source)
    for name in columns:
        if name not in names:
            raise SourceFailure(no_column(str(source), name, names))
        if names.count(name) > 1:
            raise SourceFailure(f"{source} has the column `{name}` more than once")
    table, typed = parquet_columns(source, columns, told.separators)
    return SourceText(without_nuls(str(source), table), digest, typed)


def without_nuls(where: str, table: pa.Table) -> pa.Table:
    """The table; SourceFailure when a cell holds a NUL, which many programs take for a text's end."""
    for name in table.column_names:
        holds = pac.match_substring(table[name], "\x00")
        if pac.any(holds).as_py():
            row = pac.index(holds, value=True).as_py() + 1
            raise SourceFailure(f"{where}: the cell `{name}` of row {row} holds a NUL character")
    return table


def no_column(where: str, name: str, known: Iterable[str]) -> str:
    """Says that a source lacks a column, and which it has."""
    known = list(known)
    hint = did_you_mean(name, known) or titles_told(known)
    return f"{where} has no column `{name}`; {hint}"


def file_moment(path: Path) -> datetime:
    """When a file was last modified, in UTC."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise SourceFailure(f"there is no file {path}") from error
