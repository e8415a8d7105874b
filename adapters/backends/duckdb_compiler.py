"""Ibis expressions → DuckDB's SQL, in one pass over the expression."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.common.graph import Graph, Node

# DuckDB's optimizer does that better.
ibis.options.sql.fuse_selects = False

_LOWERED = (
    ops.Alias,
    ops.ArrayPosition,
    ops.DropNull,
    ops.FillNull,
    ops.FindInSet,
    ops.InValues,
    ops.NthValue,
    ops.ScalarParameter,
    ops.StringFind,
    ops.WindowFunction,
    *DuckDBCompiler.lowered_ops,
)
"""What Ibis makes something else of before it is written, but for what is written here."""
_INDEXED = (ops.ArrayMap, ops.ArrayFilter)
"""Lowered only where they read the index."""
_SHARED = (
    ops.Aggregate,
    ops.Distinct,
    ops.DropColumns,
    ops.Filter,
    ops.JoinChain,
    ops.Limit,
    ops.Project,
    ops.Set,
    ops.Sort,
)
"""Written once, before the rest, where several relations read them."""
_COLUMNS = (ops.Field, ops.CountStar, ops.CountDistinctStar)


def sql_of(expression: ir.Table) -> str:
    """The statement that selects an expression's rows."""
    # What ibis.to_sql does but for what costs most of its time: walking the expression to unbind it
    # from connections it does not have, and copying the finished tree before it is written out.
    return str(_COMPILER.to_sqlglot(expression).sql("duckdb", copy=False))


class _Compiler(DuckDBCompiler):  # type: ignore[misc]  # Ibis' compilers have no types
    """Ibis' compiler without its passes of rewriting.

    Ibis lowers an expression before it writes it: each node is held against every rule there is,
    and all that stands on a changed one is made anew. Of what screenings are made of, that changes
    four kinds of relations into SELECTs, which are written here as they are. An expression that
    holds anything else to be lowered goes Ibis' way.
    """

    __slots__ = ()

    def translate(self, op: Node, *, params: Mapping[Any, Any]) -> Any:
        graph = Graph.from_bfs(op)
        if any(_is_lowered(node) for node in graph):
            return super().translate(op, params=params)
        shared, numbers, before = _shared(graph), count(), list[sge.CTE]()

        def named(result: Any) -> Any:
            name = sg.to_identifier(f"t{next(numbers)}", quoted=True)
            if isinstance(result, sge.Table):
                # It may be read under several names.
                return result.as_(name, table=True)
            if isinstance(result, sge.Subquery):
                return result.as_(name, copy=False)
            return result.subquery(name, copy=False)

        def written(node: Node, _done: Mapping[Node, Any], **parts: Any) -> Any:
            result = self.visit_node(node, **parts)
            if node is op or not isinstance(node, ops.Relation):
                return result
            if node in shared:
                name = sg.to_identifier(f"t{next(numbers)}", quoted=True)
                before.append(sge.CTE(alias=name, this=_bare(result)))
                result = sge.table_(name)
            return named(result)

        out = _bare(op.map(written)[op])
        if isinstance(out, sge.Table):
            out = sg.select(sge.Star(), copy=False).from_(out, copy=False)
        for table in before:
            out = out.with_(table.args["alias"], as_=table.this, dialect="duckdb", copy=False)
        return out

    def visit_Project(self, _op: Node, *, parent: Any, values: dict[str, Any]) -> Any:  # noqa: N802
        return sg.select(*self._cleanup_names(values), copy=False).from_(parent, copy=False)

    def visit_Filter(self, _op: Node, *, parent: Any, predicates: Any) -> Any:  # noqa: N802
        return _every(parent).where(*predicates, copy=False)

    def visit_Sort(self, _op: Node, *, parent: Any, keys: Any) -> Any:  # noqa: N802
        return _every(parent).order_by(*keys, copy=False)

    def visit_Distinct(self, _op: Node, *, parent: Any) -> Any:  # noqa: N802
        return _every(parent).distinct(copy=False)


_COMPILER = _Compiler()


def _bare(result: Any) -> Any:
    """A query that Ibis put in brackets, without them."""
    return result.this if isinstance(result, sge.Subquery) else result


def _every(parent: Any) -> Any:
    return sg.select(sge.Star(), copy=False).from_(parent, copy=False)


def _is_lowered(node: Node) -> bool:
    return isinstance(node, _LOWERED) or (isinstance(node, _INDEXED) and node.index is not None)


def _shared(graph: Graph) -> set[Node]:
    """Relations that more than one other is made of."""
    readers: dict[Node, int] = {}
    for node, children in graph.items():
        if not isinstance(node, _COLUMNS):
            for child in set(children):
                readers[child] = readers.get(child, 0) + 1
    return {node for node, many in readers.items() if many > 1 and isinstance(node, _SHARED)}
