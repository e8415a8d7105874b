"""Whether the tables are those the program makes, so that what is read is all that anyone is shown.

A table without its key can hold rows that no walk by number meets, a view can show what it likes,
an index that lacks entries hides rows from whoever searches by it, and a trigger, or a key that says
ON CONFLICT, can change what the next run writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from sqlalchemy import Connection, Table, inspect
from sqlalchemy.exc import SQLAlchemyError

from adapters.ledger import schema
from adapters.ledger.opening import changed

_READ = (
    schema.run,
    schema.ruleset,
    schema.prevented_moment,
    schema.checkpoint,
    schema.erasure,
)


def misfits(connection: Connection) -> list[str]:
    """What is not as the program makes it, in words; empty when all is.

    Indexes that somebody added are fine as long as they fit their table. Costs as much as these
    indexes are large.
    """
    there = set(inspect(connection).get_table_names())
    indexes = (_wrong_indexes(connection, table) for table in _READ if table.name in there)
    return [*_made_otherwise(connection), *chain.from_iterable(indexes)]


def refuse_changed(connection: Connection, path: Path) -> None:
    """Raises LedgerBroken where the tables of the ledger at `path` might not keep what is written to them."""
    for found in _made_otherwise(connection):
        raise changed(path, found)


def _made_otherwise(connection: Connection) -> list[str]:
    """What of the tables themselves is not as the program makes it; looks at no row."""
    found: list[str] = []
    there = set(inspect(connection).get_table_names())
    for table in _READ:
        if table.name not in there:
            found.append(f"there is no table {table.name}")
        elif _columns(connection, table) != _expected(connection, table):
            found.append(f"the table {table.name} has other columns or keys than upfront gives it")
        elif "CONFLICT" in _made_by(connection, table).upper():
            found.append(
                f"the table {table.name} says ON CONFLICT, which upfront never does: "
                "what a run writes could be dropped in silence"
            )
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    made = connection.exec_driver_sql(triggers).scalars()
    return [*found, *(f"there is a trigger {name}, and upfront makes none" for name in made)]


def _columns(connection: Connection, table: Table) -> set[tuple[str, str, bool, bool]]:
    rows = connection.exec_driver_sql(f"PRAGMA table_info({table.name})")
    return {(row[1], row[2], bool(row[3]), bool(row[5])) for row in rows}


def _made_by(connection: Connection, table: Table) -> str:
    """The statement that made the table."""
    query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
    return str(connection.exec_driver_sql(query, (table.name,)).scalar())


def _expected(connection: Connection, table: Table) -> set[tuple[str, str, bool, bool]]:
    return {
        (c.name, c.type.compile(connection.dialect), not c.nullable, c.primary_key)
        for c in table.columns
    }


def _wrong_indexes(connection: Connection, table: Table) -> Iterator[str]:
    if connection.exec_driver_sql(f"PRAGMA index_list({table.name})").first() is None:
        return
    try:
        said = connection.exec_driver_sql(f"PRAGMA integrity_check({table.name})").scalars().all()
    except SQLAlchemyError:
        return  # a damaged file: whoever reads the rows meets it too, and says where
    if any(" index " in str(text) for text in said):
        yield (
            f"an index of the table {table.name} does not fit its rows: "
            "searches may miss some of them, or show them twice"
        )
