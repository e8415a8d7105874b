"""The default backend: Ibis expressions run on an embedded, in-memory DuckDB."""

from __future__ import annotations

from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

from adapters.backends.duckdb_dialect import DuckDBDialect
from adapters.backends.duckdb_macros import MACROS

_COMPILER = DuckDBCompiler()
ibis.options.sql.fuse_selects = False
_BATCH = 8_192


class DuckDBBackend:
    """Fulfils `engine.ports.Backend`. One per run; nothing of it outlives the run.

    Ibis compiles, DuckDB's own connection runs: that keeps one driver and one place where SQL
    is executed.
    """

    name = "duckdb"

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:")
        # Rows carry their number and results are sorted where it matters.
        self._connection.execute("SET preserve_insertion_order = false")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        # What is not built in would be downloaded on first use.
        self._connection.execute("SET autoinstall_known_extensions = false")
        for macro in MACROS:
            self._connection.execute(f"CREATE MACRO {macro}")
        self.dialect = DuckDBDialect()

    def load(self, name: str, table: pa.Table) -> ir.Table:
        """Scan an Arrow table where it lies, without copying it."""
        # DuckDB gives each of its threads some batches; one large batch would keep one busy.
        batches = table.to_batches(max_chunksize=_BATCH)
        self._connection.register(name, pa.Table.from_batches(batches, table.schema))
        return ibis.table(ibis.Schema.from_pyarrow(table.schema), name=name)

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Materialise as a temporary table."""
        quoted = '"' + name.replace('"', '""') + '"'
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted} AS {_sql(expression)}")
        return ibis.table(expression.schema(), name=name)

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """All rows as dicts."""
        table = self._connection.sql(_sql(expression)).to_arrow_table()
        return list(table.to_pylist())

    def stream(self, expression: ir.Table) -> pa.RecordBatchReader:
        """Record batches of some ten thousand rows, in the expression's own order."""
        return self._connection.sql(_sql(expression)).to_arrow_reader(50_000)

    def close(self) -> None:
        """Free the memory."""
        self._connection.close()


def _sql(expression: ir.Table) -> str:
    # What ibis.to_sql does without what costs most of its time: walking the expression to unbind
    # it from connections it does not have, fusing selects (DuckDB's optimizer does that better)
    # and copying the finished tree before it is written out.
    tree = _COMPILER.to_sqlglot(expression)
    return str(tree.sql("duckdb", copy=False))
