"""Parquet files as text, their own types kept to be written as they were."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pac
import pyarrow.parquet as pq

from adapters.sources.packed import Unpacked
from adapters.sources.text_list import TextList, Told
from adapters.sources.typed_text import NoList, as_text
from engine.diagnostics import RefusedInput


def read_parquet(source: Unpacked, told: Told) -> TextList:
    """Read a Parquet file; RefusedInput when it is damaged, or a wanted column has no text.

    Nulls are blank. Columns that nobody asks for, and that have no text, are blank too.
    """
    with _opened(source) as file:
        original = file.read()
    header = tuple(original.column_names)
    columns = []
    for title, column in zip(header, original.columns, strict=True):
        text = _text(source, title, column, told.separators.get(title), title in told.names)
        columns.append(pac.fill_null(text, ""))
    table = pa.table(columns, names=[f"c{i}" for i in range(len(header))])
    listed = TextList(
        header=header,
        table=table,
        rows=pa.arange(1, table.num_rows + 1),
        said=(*source.said, "Parquet"),
        typed=frozenset(
            n for n, c in zip(table.column_names, original.columns, strict=True) if _is_typed(c)
        ),
        form="parquet",
        original=original,
    )
    return listed.without_nuls()


def parquet_titles(source: Unpacked) -> list[str]:
    """The names of a Parquet file's columns."""
    with _opened(source) as file:
        return list(file.schema_arrow.names)


def parquet_columns(
    source: Unpacked, columns: Sequence[str], separators: Mapping[str, str]
) -> tuple[pa.Table, frozenset[str]]:
    """Some columns of a Parquet file as text, which it must have, and those that were not; nulls
    stay null.
    """
    with _opened(source) as file:
        table = file.read(columns=list(columns))
    texts = {n: _text(source, n, table[n], separators.get(n), wanted=True) for n in columns}
    return pa.table(texts), frozenset(n for n in columns if _is_typed(table[n]))


def _is_typed(column: pa.ChunkedArray) -> bool:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return not (pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _text(
    source: Unpacked, title: str, column: pa.ChunkedArray, separator: str | None, wanted: bool
) -> pa.ChunkedArray:
    """A column as text; one that has none is blank, unless it is wanted."""
    try:
        return as_text(column, separator)
    except NoList as error:
        raise RefusedInput(f"{source}, column `{title}`: {error}") from None
    except (pa.ArrowException, ValueError, OverflowError):
        if wanted:
            raise RefusedInput(
                f"{source} has no text in the column `{title}` ({column.type})",
                "write it as a text or a number",
            ) from None
        return pa.nulls(len(column), pa.string())


@contextmanager
def _opened(source: Unpacked) -> Iterator[pq.ParquetFile]:
    with source.open() as stream:
        # It is read from its end.
        seekable = io.BytesIO(stream.read()) if source.how else stream
        try:
            with pq.ParquetFile(seekable) as file:
                yield file
        except (pa.ArrowException, OSError) as error:
            raise RefusedInput(
                f"{source} is not a whole Parquet file", "copy or export it again"
            ) from error
