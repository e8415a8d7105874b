"""Files that come out byte for byte the same whenever they are made.

A gzip header would carry the time and the file's name, Parquet and SQLite the version of the
library that wrote them; what can be left out is left out, what cannot is fixed.
"""

from __future__ import annotations

import csv
import gzip
import io
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

Row = Sequence[object]


def csv_text(header: Row, rows: Iterable[Row], delimiter: str = ",") -> str:
    """A CSV text with a header and lines that end in a line feed."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def write_csv(path: Path, header: Row, rows: Iterable[Row], delimiter: str = ",") -> None:
    """Writes a CSV in UTF-8, compressed if the name ends in `.gz`."""
    data = csv_text(header, rows, delimiter).encode("utf-8")
    if path.suffix == ".gz":
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
            file.write(data)
        data = packed.getvalue()
    path.write_bytes(data)


def write_parquet(path: Path, schema: pa.Schema, rows: Sequence[Row]) -> None:
    """Writes rows, whose values are of the schema's types, without any stored metadata."""
    columns = zip(*rows, strict=True)
    arrays = [pa.array(list(c), type=f.type) for c, f in zip(columns, schema, strict=True)]
    pq.write_table(
        pa.Table.from_arrays(arrays, schema=schema),
        path,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=9,
        row_group_size=1_000_000,
        store_schema=False,
    )


def write_sqlite(path: Path, create: str, insert: str, rows: Iterable[Row]) -> None:
    """Makes a new SQLite database that holds one table.

    `create` and `insert` are its SQL statements. Bytes 24 to 27 and 92 to 99 of the header count
    changes and name the version of SQLite that wrote the file; they get fixed values.
    """
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA page_size = 4096")
        db.execute("PRAGMA encoding = 'UTF-8'")
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute(create)
        db.executemany(insert, rows)
        db.commit()
        db.execute("VACUUM")
    image = bytearray(path.read_bytes())
    image[24:28] = image[92:96] = (1).to_bytes(4, "big")
    image[96:100] = (3_040_000).to_bytes(4, "big")
    path.write_bytes(image)
