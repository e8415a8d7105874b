"""Tables made of tables, where Ibis' own ways take longest.

`Table.select`, `filter` and `join` take columns of any table that theirs was made from, and look
in all of these for each one; on wide tables that is most of what it costs to build a screening.
Here a column is of the table itself; one of any other is an IntegrityError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import ibis.expr.operations as ops
import ibis.expr.types as ir

ByName = Mapping[str, Any]
"""ByName of a table by their names."""
On = Callable[[ByName, ByName], list[Any]]
"""What must hold of the columns so far and those of one more table, for its rows to be joined."""


def selected(table: ir.Table, columns: ByName) -> ir.Table:
    """The table of these columns, by their new names; values are columns of `table` or literals."""
    values = {name: column.op() for name, column in columns.items()}
    return ir.Table(ops.Project(table.op(), values))


def extended(table: ir.Table, columns: ByName) -> ir.Table:
    """The table with these columns besides, or in the place of those of the same names."""
    return selected(table, {**columns_of(table), **columns})


def filtered(table: ir.Table, *conditions: Any) -> ir.Table:
    """The rows of which all conditions are true."""
    return ir.Table(ops.Filter(table.op(), tuple(condition.op() for condition in conditions)))


def joined(
    first: ir.Table, *others: tuple[ir.Table, On], how: Literal["inner", "left", "semi"] = "left"
) -> ir.Table:
    """Tables joined to the first, one after the other: the columns of all, or after `semi` of the first.

    Where several have a column of one name, it is the first one's.
    """
    begin = ops.JoinReference(first.op(), 0)
    columns = _referred(begin)
    links = []
    for number, (other, on) in enumerate(others, 1):
        reference = ops.JoinReference(other.op(), number)
        theirs = _referred(reference)
        holds = tuple(condition.op() for condition in on(columns, theirs))
        links.append(ops.JoinLink(how, reference, holds))
        if how != "semi":
            columns |= {name: column for name, column in theirs.items() if name not in columns}
    values = {name: column.op() for name, column in columns.items()}
    return ir.Table(ops.JoinChain(begin, tuple(links), values))


def columns_of(table: ir.Table) -> dict[str, Any]:
    """All columns of a table by their names."""
    return _referred(table.op())


def _referred(relation: ops.Relation) -> dict[str, Any]:
    return {name: ops.Field(relation, name).to_expr() for name in relation.schema.names}
