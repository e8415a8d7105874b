"""The one transaction that writes a run: locked first, streamed in Arrow, durable at the end.

It goes through ADBC's own SQLite, all of it, reads included; see docs/adr/0004-ledger-writes-and-hashes.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager import Error as DriverError
from adbc_driver_sqlite import dbapi
from sqlalchemy import false, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement

from adapters.ledger.opening import BUSY_SECONDS, LedgerUnusable, explain
from adapters.ledger.schema import checkpoint, prevented_moment
from engine.ledger.merkle import HASH_BYTES, Frontier
from engine.ledger.moment import BULK_COLUMNS, PERSONAL, PLAIN, leaf_digest, personal_digest

_DIALECT = sqlite.dialect(paramstyle="qmark")
_CACHE_KIB = 65_536
_REQUIRED = ("run_id", "cause", "rule", "salt", "personal", "leaf")
SCHEMA = pa.schema([("seq", pa.int64()), *((name, pa.string()) for name in BULK_COLUMNS)])


class RefusedMoments(LedgerUnusable):
    """What was handed over to be recorded is not what a ledger takes: a defect, not a user's error."""


class Transaction:
    """Statements within the one transaction; made by `transaction`."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def rows(self, statement: ClauseElement) -> list[dict[str, Any]]:
        """A query's rows, by column name."""
        self.do(statement)
        names = [d[0] for d in self._cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]

    def do(self, statement: ClauseElement) -> None:
        """Executes a SQLAlchemy Core statement."""
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        names = getattr(compiled, "positiontup", None) or []
        self._cursor.execute(str(compiled), [compiled.params[n] for n in names] or None)

    def append(self, moments: pa.RecordBatchReader, run_id: str, frontier: Frontier) -> int:
        """Streams the moments in behind the last one, and grows `frontier` by their leaves.

        Returns how many there were. Raises RefusedMoments when they are not fit to be kept, and
        whatever reading them raises.
        """
        missing = sorted(set(BULK_COLUMNS) - set(moments.schema.names))
        if missing:
            raise RefusedMoments(f"the moments lack the columns {', '.join(missing)}")
        start = frontier.size
        failed: list[BaseException] = []

        def batches() -> Iterator[pa.RecordBatch]:
            # An error must not be lost on its way through the C stream that carries the batches.
            try:
                for batch in moments:
                    if batch.num_rows:
                        yield _sealed(batch, run_id, frontier)
            except BaseException as error:
                failed.append(error)
                raise

        reader = pa.RecordBatchReader.from_batches(SCHEMA, batches())
        try:
            self._cursor.adbc_ingest(prevented_moment.name, reader, mode="append")
        except (DriverError, pa.ArrowException, OSError):
            if failed:
                raise failed[0] from None
            raise
        if failed:
            raise failed[0]
        return frontier.size - start


@contextmanager
def transaction(path: Path) -> Iterator[Transaction]:
    """A write transaction that holds the ledger's lock from its first moment.

    Committed, and on the disk, when the block ends; undone when it raises. The caller is inside
    `guard.sole_use`.
    """
    try:
        with dbapi.connect(str(path), autocommit=True) as connection, connection.cursor() as cursor:
            for pragma in (
                f"busy_timeout={BUSY_SECONDS * 1000:.0f}",
                # EXTRA is FULL and also syncs the folder after the journal is gone: without that a
                # power cut could bring the journal back, and undo a commit that was relied upon.
                "synchronous=EXTRA",
                f"cache_size=-{_CACHE_KIB}",
            ):
                cursor.execute(f"PRAGMA {pragma}")
                cursor.fetchall()
            connection.adbc_connection.set_autocommit(False)
            writes = Transaction(cursor)
            # A write, though it touches no row: the lock is taken before anything is read.
            writes.do(update(checkpoint).where(false()).values(number=checkpoint.c.number))
            try:
                yield writes
            except BaseException:
                cursor.close()
                connection.adbc_connection.rollback()
                raise
            cursor.close()
            connection.adbc_connection.commit()
    except DriverError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            # ADBC tried to break off, which its SQLite can't, and complains of that.
            raise KeyboardInterrupt from error
        raise explain(path, error) from error


def _sealed(batch: pa.RecordBatch, run_id: str, frontier: Frontier) -> pa.RecordBatch:
    """The batch as it is stored, `seq` before it; its leaves go into the frontier."""
    columns = {name: batch.column(name).cast(pa.string()) for name in BULK_COLUMNS}
    for name in _REQUIRED:
        if columns[name].null_count:
            raise RefusedMoments(f"a moment has no {name}")
    if columns["run_id"].unique().to_pylist() != [run_id]:
        raise RefusedMoments("a moment is of another run")
    for name in ("salt", "personal"):
        _check_digests(columns[name], name)
    raw = _check_digests(columns["leaf"], "leaf")
    _check_first_row(columns)
    first = frontier.size + 1
    seq = pa.array(range(first, first + batch.num_rows), pa.int64())
    frontier.extend(raw[i : i + HASH_BYTES] for i in range(0, len(raw), HASH_BYTES))
    return pa.record_batch([seq, *columns.values()], schema=SCHEMA)


def _check_digests(column: pa.StringArray, name: str) -> bytes:
    """The hashes of a column that holds nothing else, one after the other.

    All at once, from the one stretch of memory in which Arrow keeps the texts: one by one costs
    more than the rest of a row.
    """
    count = len(column)
    lengths = pc.min_max(pc.binary_length(column)).as_py()
    offsets = memoryview(column.buffers()[1]).cast("i")
    start, end = offsets[column.offset], offsets[column.offset + count]
    text = column.buffers()[2][start:end].to_pybytes()
    try:
        raw = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        raw = b""
    # Spelled back, since fromhex also takes capitals and blanks.
    if lengths != {"min": 2 * HASH_BYTES, "max": 2 * HASH_BYTES} or raw.hex().encode() != text:
        raise RefusedMoments(f"a moment's {name} is not a hash")
    return raw


def _check_first_row(columns: dict[str, pa.StringArray]) -> None:
    """Hashes one row of the batch again by itself, so that columns that hash otherwise are caught.

    All rows of a batch are hashed in the same way: one stands for them.
    """
    names = (*PLAIN, *PERSONAL, "salt", "personal", "leaf")
    row = {name: columns[name][0].as_py() for name in names}
    if personal_digest(row) != row["personal"] or leaf_digest(row) != row["leaf"]:
        raise RefusedMoments("the moments' hashes are not the ledger's")
