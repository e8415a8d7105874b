"""The two lists a run releases: the allowed rows as they came, the blocked with their reasons."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pac
import pyarrow.csv as pc

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
)
"""Columns of the blocked list; `reasons` is the long JSON (`details` of the engine)."""


def write_allowed(
    path: Path,
    header: Sequence[str],
    rows: Iterable[pa.RecordBatch],
    *,
    delimiter: str,
    ending: str,
    quoted: bool,
    mark: bool,
) -> None:
    """The input's own columns with each cell's own text, in the input's own dress.

    `rows` have the columns of the list, as text, in order. Durable when it returns.
    """
    with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as stream:
        writer = csv.writer(
            stream,
            delimiter=delimiter,
            lineterminator=ending,
            quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
        )
        # A lone carriage return ends a row for many readers; this writer would not quote it.
        careful = csv.writer(
            stream, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL
        )
        (careful if any("\r" in title for title in header) else writer).writerow(header)
        for batch in rows:
            cells = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            if not any(_holds_return(column) for column in batch.columns):
                writer.writerows(cells)
                continue
            for row in cells:
                (careful if any("\r" in cell for cell in row) else writer).writerow(row)
        sync(stream)


def _holds_return(column: pa.Array) -> bool:
    return bool(pac.any(pac.match_substring(column, "\r")).as_py())


def write_blocked(path: Path, blocked: pa.RecordBatchReader) -> None:
    """The blocked list as CSV; `blocked` has BLOCKED's columns. Durable when it returns."""
    with path.open("wb") as stream:
        with pc.CSVWriter(stream, blocked.schema) as writer:
            for batch in blocked:
                writer.write_batch(batch)
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
