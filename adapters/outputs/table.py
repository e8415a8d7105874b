"""A further copy of the allowed list in a table of a database, replaced all at once.

Everything happens in one transaction: whoever reads the table sees the former list until the new
one is whole, and never a part of it. The table itself stays, so its grants, indexes and views do.
Beside it, `upfront_outputs` says which run each table holds. A table that holds anything, and that
no run has written, is never touched.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pac
import pyarrow.csv as pc
import sqlalchemy as sa

from adapters.databases.opening import parted, quoted, reading, writing
from adapters.databases.words import DatabaseTrouble
from engine.diagnostics import UpfrontError

REGISTER = "upfront_outputs"
_LONGEST_NAME = 63
# Elsewhere a column `Town` is the column `town`, and can't be added beside it.
_CAPITALS_COUNT = ("postgresql", "oracle")
_CSV = pc.WriteOptions(include_header=False, quoting_style="all_valid")

_LOST_IN_NUMBERS = r"^\s*([+]|-?0[0-9])"


@dataclass(frozen=True)
class Target:
    """A table for the allowed list: SQLAlchemy's URL, `schema.table` or `table`, and its limit."""

    url: str
    root: Path
    table: str
    limit: timedelta

    @property
    def what(self) -> str:
        """What messages call it."""
        return f"table `{self.table}`"


def check_target(target: Target, header: Sequence[str]) -> None:
    """Raises UpfrontError when a list with that header can't be put there; nothing is changed.

    So that a run ends before its work, and not after.
    """
    _check_names(target, header)
    try:
        # To be written: an SQLite file may not be there yet.
        with writing(target.url, target.root, target.what, target.limit) as connection:
            _refuse_foreign(connection, target, header)
            connection.rollback()
    except DatabaseTrouble as trouble:
        raise UpfrontError(
            f"the allowed list can't be written to {target.what}: {trouble}",
            "mend `output` in config.yaml, or the database; nothing was screened",
        ) from None


def held_run(target: Target) -> str | None:
    """The id of the run whose list the table holds, None when it holds none."""
    try:
        with reading(target.url, target.root, target.what, target.limit) as connection:
            name, schema = parted(target.table)
            inspector = sa.inspect(connection)
            if not (inspector.has_table(name, schema) and inspector.has_table(REGISTER, schema)):
                return None
            found = _register(schema)
            query = sa.select(found.c.run_id).where(found.c.table_name == name)
            return connection.execute(query).scalar()
    except DatabaseTrouble:
        # Then writing will tell.
        return None


def write_table(
    target: Target,
    header: Sequence[str],
    rows: Iterable[pa.RecordBatch],
    *,
    run_id: str,
    as_of: str,
) -> None:
    """Put the rows, text columns in the header's order, in the place of what the table held.

    Raises DatabaseTrouble; the table then holds what it held before.
    """
    with writing(target.url, target.root, target.what, target.limit) as connection:
        name, schema = parted(target.table)
        titles = _titles(header)
        register = _register(schema)
        register.create(connection, checkfirst=True)
        _refuse_foreign(connection, target, header)
        table = sa.Table(
            name,
            sa.MetaData(),
            *(sa.Column(title, sa.Text, key=f"c{i}") for i, title in enumerate(titles)),
            schema=schema,
        )
        table.create(connection, checkfirst=True)
        _add_missing(connection, table)
        if connection.dialect.name == "postgresql":
            # Readers go on; whoever else writes, another run too, waits.
            place = connection.dialect.identifier_preparer.format_table(table)
            connection.exec_driver_sql(f"LOCK TABLE {place} IN SHARE ROW EXCLUSIVE MODE")
        connection.execute(sa.delete(table))
        numbers = _columns_of_numbers(connection, table)
        count = _load(connection, table, _unshortened(rows, numbers))
        _refuse_others(connection, table, count)
        connection.execute(sa.delete(register).where(register.c.table_name == name))
        connection.execute(
            sa.insert(register).values(
                table_name=name,
                run_id=run_id,
                as_of=as_of,
                row_count=count,
                written_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
        )


def _load(connection: sa.Connection, table: sa.Table, rows: Iterable[pa.RecordBatch]) -> int:
    count = 0
    if connection.engine.driver == "psycopg":
        columns = ", ".join(quoted(column.name) for column in table.columns)
        driver: Any = connection.connection.driver_connection
        place = quoted(table.schema, table.name)
        statement = f"COPY {place} ({columns}) FROM STDIN (FORMAT csv)"
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for batch in rows:
                text = io.BytesIO()
                # What has no value is not in quotes, and so PostgreSQL tells it from an empty text.
                pc.write_csv(batch, text, _CSV)
                copy.write(text.getvalue())
                count += batch.num_rows
        return count
    names = [column.key for column in table.columns]
    for batch in rows:
        if batch.num_rows:
            found = batch.rename_columns(names).to_pylist()
            connection.execute(sa.insert(table), found)
            count += len(found)
    return count


def _columns_of_numbers(connection: sa.Connection, table: sa.Table) -> dict[int, str]:
    """The columns that the database keeps as numbers: their places in the list, and names."""
    found = sa.inspect(connection).get_columns(table.name, table.schema)
    kinds = {column["name"].casefold(): column["type"] for column in found}
    return {
        i: column.name
        for i, column in enumerate(table.columns)
        if isinstance(kinds.get(column.name.casefold()), sa.Integer | sa.Numeric)
    }


def _unshortened(
    rows: Iterable[pa.RecordBatch], numbers: Mapping[int, str]
) -> Iterator[pa.RecordBatch]:
    """The rows, as long as no column of numbers takes a `+` or a zero off a cell of theirs."""
    for batch in rows:
        for i, name in numbers.items():
            if pac.any(pac.match_substring_regex(batch.column(i), _LOST_IN_NUMBERS)).as_py():
                raise DatabaseTrouble(
                    f"its column `{name}` holds numbers, which have no + and no 0 in front as "
                    "cells of the list have there: make it a column of text"
                )
        yield batch


def _refuse_others(connection: sa.Connection, table: sa.Table, count: int) -> None:
    """Raises DatabaseTrouble when the table holds more or fewer rows than were written to it."""
    held = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
    if held != count:
        raise DatabaseTrouble(
            f"it would hold {held} rows instead of the list's {count}: a trigger, a rule or a "
            "policy of the table changes what is written to it"
        )


def _refuse_foreign(connection: sa.Connection, target: Target, header: Sequence[str]) -> None:
    """Raises DatabaseTrouble when the table is somebody else's, or can't take the list's columns."""
    name, schema = parted(target.table)
    inspector = sa.inspect(connection)
    if schema is not None and schema not in inspector.get_schema_names():
        raise DatabaseTrouble(f"there is no schema `{schema}` in the database")
    if name.casefold() in map(str.casefold, inspector.get_view_names(schema)):
        raise DatabaseTrouble("it is a view; name a table, which a view may show")
    if not inspector.has_table(name, schema):
        return
    if inspector.has_table(REGISTER, schema):
        register = _register(schema)
        ours = sa.select(register.c.run_id).where(register.c.table_name == name)
        if connection.execute(ours).first() is not None:
            return
    written = sa.table(name, schema=schema)
    if connection.execute(sa.select(sa.literal(1)).select_from(written).limit(1)).first():
        raise DatabaseTrouble("it holds rows that no run has written: name another, or empty it")
    missing = _lacking(connection, name, schema, _titles(header))
    if missing:
        raise DatabaseTrouble(
            f"it lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} of the "
            "list: add what is missing, or drop it and a run makes it"
        )


def _add_missing(connection: sa.Connection, table: sa.Table) -> None:
    """Columns that the list has and the table, which an earlier run made, has not."""
    names = [column.name for column in table.columns]
    lacking = _lacking(connection, table.name, table.schema, names)
    preparer = connection.dialect.identifier_preparer
    for column in table.columns:
        if column.name in lacking:
            kind = column.type.compile(connection.dialect)
            connection.exec_driver_sql(
                f"ALTER TABLE {preparer.format_table(table)} "
                f"ADD COLUMN {preparer.quote(column.name)} {kind}"
            )


def _lacking(
    connection: sa.Connection, name: str, schema: str | None, titles: Sequence[str]
) -> list[str]:
    """The titles that a table has no column for."""
    fold = str if connection.dialect.name in _CAPITALS_COUNT else str.casefold
    known = {fold(c["name"]) for c in sa.inspect(connection).get_columns(name, schema)}
    return [title for title in titles if fold(title) not in known]


def _register(schema: str | None) -> sa.Table:
    return sa.Table(
        REGISTER,
        sa.MetaData(),
        sa.Column("table_name", sa.String(200), primary_key=True),
        sa.Column("run_id", sa.String(100), nullable=False),
        sa.Column("as_of", sa.String(40), nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("written_at", sa.String(40), nullable=False),
        schema=schema,
    )


def _titles(header: Sequence[str]) -> list[str]:
    return [title.strip() for title in header]


def _check_names(target: Target, header: Sequence[str]) -> None:
    """Raises UpfrontError for names that no table can have."""
    titles, seen = _titles(header), set()
    for number, title in enumerate(titles, 1):
        if not title:
            raise _unfit(target, f"its column {number} has no name")
        if len(title.encode()) > _LONGEST_NAME:
            raise _unfit(target, f"its column {number} has a name of more than 63 bytes")
        if title.casefold() in seen:
            raise _unfit(
                target, f"it has the column `{title}` more than once (capitals do not count)"
            )
        seen.add(title.casefold())


def _unfit(target: Target, why: str) -> UpfrontError:
    return UpfrontError(
        f"the list can't be written to {target.what}: {why}", "rename it in the list's header"
    )
