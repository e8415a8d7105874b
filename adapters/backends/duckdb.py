"""The default backend: Ibis expressions run on an embedded, in-memory DuckDB."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from adapters.backends.duckdb_compiler import sql_of
from adapters.backends.duckdb_dialect import DuckDBDialect
from adapters.backends.duckdb_macros import MACROS
from adapters.backends.spill import Spill
from engine.diagnostics import UpfrontError

_BATCH = 8_192
# Of what is handed on: Arrow takes as long for a column of a hundred rows as for one of thousands.
_ROWS = 12_000
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)? ?[KMGT]i?B")
# Mebibytes. DuckDB wants some for each thread; the least is enough for a million candidates.
_LEAST_MEMORY, _MEMORY_PER_THREAD = 768, 256


class DuckDBBackend:
    """Fulfils `engine.ports.Backend`. One per run; nothing of it outlives the run.

    Ibis compiles, DuckDB's own connection runs: that keeps one driver and one place where SQL
    is executed. Tables are kept behind the caller's back, in order, so that the next expression
    is built and compiled while DuckDB works; an error is raised by whatever is asked for next.
    """

    name = "duckdb"

    def __init__(self) -> None:
        self._spill = Spill()
        # More than that is put on disk, what was not used for longest first.
        self._connection = _prepared(
            duckdb.connect(
                ":memory:",
                config={"memory_limit": _memory(), "temp_directory": str(self._spill.path)},
            )
        )
        self.dialect = DuckDBDialect()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="duckdb")
        self._begun: deque[Future[None]] = deque()
        self._waiting = Lock()
        # DuckDB refuses a second statement on a connection instead of letting it wait.
        self._using = Lock()
        macros = ";".join(f"CREATE MACRO {macro}" for macro in MACROS)
        self._later(lambda: self._connection.execute(macros))

    def load(self, name: str, table: pa.Table) -> ir.Table:
        """Scan an Arrow table where it lies, without copying it."""
        # DuckDB gives each of its threads some batches; one large batch would keep one busy.
        batches = table.to_batches(max_chunksize=_BATCH)
        cut = pa.Table.from_batches(batches, table.schema)
        self._later(lambda: self._connection.register(name, cut))
        return ibis.table(ibis.Schema.from_pyarrow(table.schema), name=name)

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Materialise as a table."""
        quoted = '"' + name.replace('"', '""') + '"'
        statement = f"CREATE OR REPLACE TABLE {quoted} AS {sql_of(expression)}"
        self._later(lambda: self._connection.execute(statement))
        return ibis.table(expression.schema(), name=name)

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """All rows as dicts."""
        statement = sql_of(expression)
        self._settle()
        with self._using:
            # Not through Arrow: for that DuckDB would plan the statement twice.
            result = self._connection.execute(statement)
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def stream(self, expression: ir.Table) -> pa.RecordBatchReader:
        """Record batches of some ten thousand rows, as the expression's last step orders them.

        Several streams may be read at a time, each in a thread of its own.
        """
        statement = sql_of(expression)
        self._settle()
        with self._using:
            cursor = self._connection.cursor()
        reader = _prepared(cursor).sql(statement).to_arrow_reader(_ROWS)
        return pa.RecordBatchReader.from_batches(reader.schema, _larger(reader))

    def close(self) -> None:
        """Free the memory."""
        self._worker.shutdown(cancel_futures=True)
        self._begun.clear()
        self._connection.close()
        self._spill.close()

    def _later(self, action: Callable[[], object]) -> None:
        def act() -> None:
            with self._using:
                action()

        self._begun.append(self._worker.submit(act))

    def _settle(self) -> None:
        """Wait for what was begun; raises the first error there was."""
        with self._waiting:
            while self._begun:
                self._begun.popleft().result()


def _larger(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of `_ROWS` and a little more: where DuckDB parts small tables, it also
    hands over results in small parts.
    """
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(one.num_rows for one in held) >= _ROWS:
            yield pa.concat_batches(held)
            held = []
    if held:
        yield pa.concat_batches(held)


def _memory() -> str:
    """What DuckDB may hold; UPFRONT_MEMORY, like `4GB`, where somebody knows better."""
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    default = max(_LEAST_MEMORY, _MEMORY_PER_THREAD * (threads or 1))
    given = os.environ.get("UPFRONT_MEMORY") or f"{default}MiB"
    if not _SIZE.fullmatch(given):
        raise UpfrontError("UPFRONT_MEMORY holds no size of memory", "write it like 4GB")
    return given


_SETTINGS = (
    # Rows carry their number and results are sorted where it matters.
    "SET preserve_insertion_order = false",
    "SET TimeZone = 'UTC'",
    "SET enable_progress_bar = false",
    # What is not built in would be downloaded on first use.
    "SET autoinstall_known_extensions = false",
    # Else a table of less than 122,880 rows is one piece of work, for one core.
    "PRAGMA verify_parallelism",
)


def _prepared(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute(";".join(_SETTINGS))
    return connection
