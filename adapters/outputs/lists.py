"""The two lists a run releases: the allowed rows as they came, the blocked with their reasons."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.compute as pac
import pyarrow.csv as pc
import pyarrow.parquet as pq

BLOCKED = (
    "candidate_id",
    "customer_id",
    "offer_id",
    "channel",
    "cause",
    "stage",
    "moment",
    "pain",
    "rule",
    "reason",
    "reasons",
    "proposed",
)
"""Columns of the blocked list; `reasons` is the long JSON (`details` of the engine)."""
# What ends a row for many readers, and what this writer would not put in quotes, by how lines end.
_ALSO_ENDS = {"\n": "\r", "\r": "\n"}


@dataclass(frozen=True)
class Dress:
    """How a CSV list is written: what parts its cells, whether its header stands in quotes, how its
    lines end, its encoding by Python's name and whether a byte order mark opens it, whether it
    has a header, and a line that stands before that.
    """

    delimiter: str = ","
    quoted: bool = False
    ending: str = "\n"
    encoding: str = "utf-8"
    mark: bool = False
    headed: bool = True
    before: str = ""


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[pa.RecordBatch], dress: Dress
) -> None:
    """The list's own columns with each cell's own text, in the list's own dress.

    `rows` have the columns of the list, as text, in order. Durable when it returns.
    """
    with path.open("w", encoding=dress.encoding, newline="") as stream:
        form: dict[str, Any] = {"delimiter": dress.delimiter, "lineterminator": dress.ending}
        careful = csv.writer(stream, quoting=csv.QUOTE_ALL, **form)
        writer = careful if dress.quoted else csv.writer(stream, **form)
        if dress.mark:
            stream.write("\ufeff")
        if dress.before:
            stream.write(dress.before + dress.ending)
        sign = _ALSO_ENDS.get(dress.ending)
        if dress.headed:
            wild = any(sign in title for title in header) if sign else False
            (careful if wild else writer).writerow(header)
        for batch in rows:
            lines = None if dress.quoted else _plain(batch, dress.delimiter)
            if lines is not None:
                stream.write(dress.ending.join([*lines, ""]))
                continue
            cells = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            if sign is None or not any(_holds(column, sign) for column in batch.columns):
                writer.writerows(cells)
                continue
            for row in cells:
                (careful if any(sign in cell for cell in row) else writer).writerow(row)
        sync(stream)


def _plain(batch: pa.RecordBatch, delimiter: str) -> list[str] | None:
    """The rows as lines, if there is nothing in any cell for which it would stand in quotes."""
    width = batch.num_columns
    if width < 2:
        # A blank cell on its own does.
        return None
    lines = pac.binary_join_element_wise(
        *batch.columns, delimiter, null_handling="replace", null_replacement=""
    )
    if any(_holds(lines, sign) for sign in ('"', "\r", "\n")):
        return None
    if pac.sum(pac.count_substring(lines, delimiter)).as_py() != (width - 1) * batch.num_rows:
        return None
    return cast("list[str]", lines.to_pylist())


def _holds(column: pa.Array, sign: str) -> bool:
    return bool(pac.any(pac.match_substring(column, sign)).as_py())


def write_lines(path: Path, lines: Iterable[pa.RecordBatch], *, mark: bool) -> None:
    """Lines as they are, byte for byte; `lines` has them in its one column. Durable when it returns."""
    with path.open("wb") as stream:
        if mark:
            stream.write("\ufeff".encode())
        for batch in lines:
            stream.writelines(line + b"\n" for line in batch.column(0).to_pylist())
        sync(stream)


def write_parquet(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """A Parquet file with these columns and types. Durable when it returns."""
    with path.open("wb") as stream:
        with pq.ParquetWriter(stream, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        sync(stream)


@contextmanager
def blocked_writer(path: Path) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """The blocked list as CSV, or as Parquet where `path` ends so: what is called with its rows,
    batch by batch, which have BLOCKED's columns as text.

    Durable when the block ends.
    """
    schema = pa.schema([(name, pa.string()) for name in BLOCKED])
    with path.open("wb") as stream:
        kind = pq.ParquetWriter if path.suffix == ".parquet" else pc.CSVWriter
        with kind(stream, schema) as writer:
            yield writer.write_batch
        sync(stream)


def sync(stream: IO[Any]) -> None:
    """Make what was written survive a power cut."""
    stream.flush()
    os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Make names made or changed in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
