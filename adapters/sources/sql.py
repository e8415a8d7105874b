"""Tables and queries of a database as tables of text; only ever read, and in one state.

PostgreSQL sends its own text in large pieces (`postgres.py`); other databases are read row by row
through SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from adapters.databases.opening import LIMIT, about, in_time, parted, quoted, reading
from adapters.databases.words import DatabaseTrouble, no_table
from adapters.sources.digest import table_digest
from adapters.sources.postgres import Copied
from adapters.sources.read import SourceFailure, SourceMissing, SourceText, no_column, without_nuls
from adapters.sources.text_list import TextList
from adapters.sources.typed_text import NoList, text_column
from engine.diagnostics import UpfrontError

_ROWS = 20_000


def read_sql(
    url: str,
    root: Path,
    table: str | None,
    query: str | None,
    columns: Sequence[str],
    separators: Mapping[str, str],
    limit: timedelta = LIMIT,
) -> SourceText:
    """The wanted columns of a table or of a query; SourceFailure, without any secret, if not.

    `url` is SQLAlchemy's; the path of an SQLite file in it is relative to `root`. `separators`
    tells with what the elements of list columns are put together.
    """
    with opened(url, root, table, query, limit) as relation:
        return relation.source(columns, separators)


def read_sql_list(
    url: str,
    root: Path,
    table: str | None,
    query: str | None,
    separators: Mapping[str, str],
    order: Sequence[str],
    limit: timedelta = LIMIT,
) -> TextList:
    """A whole table or query as a list, in the order of `order`'s columns if it is a table.

    Raises UpfrontError when it can't be read.
    """
    try:
        with opened(url, root, table, query, limit) as relation:
            return relation.whole(separators, order)
    except SourceFailure as error:
        raise UpfrontError(f"the list can't be read: {error}", "nothing was screened") from None


@contextmanager
def opened(
    url: str, root: Path, table: str | None, query: str | None, limit: timedelta = LIMIT
) -> Iterator[Relation]:
    """A table or query, seen in one state until the block ends; SourceFailure says what is wrong."""
    what = f"table `{table}`" if table else "the query"
    with _troubles_told(), reading(url, root, what, limit) as connection:
        if table is not None and not _has(connection, table):
            raise no_table(connection, table)
        yield Relation(connection, what, table, query or "")


class Relation:
    """A table or a query of an open connection, whose columns are read as text."""

    def __init__(self, connection: sa.Connection, what: str, table: str | None, query: str) -> None:
        self._connection, self._what, self._table = connection, what, table
        if connection.engine.driver == "psycopg":
            form = f"({_bare(query)}\n)" if table is None else quoted(*reversed(parted(table)))
            self._rows: Copied | _Fetched = Copied(connection, form)
        else:
            self._rows = _Fetched(connection, table, _bare(query))

    def source(self, columns: Sequence[str], separators: Mapping[str, str]) -> SourceText:
        """The columns by name, with a digest of what they hold."""
        names = self._rows.names
        for name in columns:
            if name not in names:
                raise SourceFailure(no_column(self._what, name, names))
            if names.count(name) > 1:
                raise SourceFailure(f"{self._what} has the column `{name}` more than once")
        places = [names.index(name) for name in columns]
        found, typed = self._rows.text(places, [separators.get(name) for name in columns], ())
        read = without_nuls(self._what, found.rename_columns(list(columns)))
        titles = dict(zip(found.column_names, columns, strict=True))
        return SourceText(read, table_digest(read), frozenset(titles[t] for t in typed))

    def whole(self, separators: Mapping[str, str], order: Sequence[str]) -> TextList:
        """All columns as a list; a table is sorted by the columns named, then by the others."""
        names = self._rows.names
        by: list[int] = []
        if self._table is not None:
            named = [names.index(name) for name in order if name in names]
            by = [*named, *(i for i in range(len(names)) if i not in named)]
        found, typed = self._rows.text(range(len(names)), [separators.get(n) for n in names], by)
        listed = TextList(
            header=tuple(names),
            table=found,
            rows=pa.arange(1, found.num_rows + 1),
            said=(f"{self._what} of a database",),
            digest=table_digest(found.replace_schema_metadata({"columns": "\0".join(names)})),
            typed=frozenset(typed),
        )
        return listed.without_nuls()

    def cell(self, query: str) -> str | None:
        """The one cell of the query of `as_of`, in the same state of the database."""
        with about(self._connection, "the query of `as_of`"):
            value = _plain(self._connection).exec_driver_sql(_bare(query)).scalar()
        found: str | None = text_column([value])[0].as_py()
        return found


class _Fetched:
    """Rows as a driver gives them, made text here."""

    def __init__(self, connection: sa.Connection, table: str | None, query: str) -> None:
        self._connection = connection
        self._table, self._query = table, query
        if table is None:
            self._result = _plain(connection).exec_driver_sql(query)
            self.names = list(self._result.keys())
        else:
            name, schema = parted(table)
            self.names = [c["name"] for c in sa.inspect(connection).get_columns(name, schema)]

    def text(
        self, places: Sequence[int], separators: Sequence[str | None], order: Sequence[int]
    ) -> tuple[pa.Table, list[str]]:
        """Columns `c0`, `c1`, … with the text of those at `places`, and which held no texts."""
        if self._table is not None:
            name, schema = parted(self._table)
            chosen: list[sa.ColumnClause[Any]] = [sa.column(self.names[i]) for i in places]
            by: list[sa.ColumnClause[Any]] = [sa.column(self.names[i]) for i in order]
            asked = sa.select(*chosen).select_from(sa.table(name, schema=schema)).order_by(*by)
            result: sa.CursorResult[Any] = _plain(self._connection).execute(asked)
            positions: Sequence[int] = range(len(places))
        else:
            result, positions = self._result, places
        titles = [f"c{i}" for i in range(len(places))]
        schema_of = pa.schema([(title, pa.string()) for title in titles])
        batches, typed = [], set(titles)
        for rows in result.partitions(_ROWS):
            in_time(self._connection)
            values = [[row[p] for row in rows] for p in positions]
            typed -= {t for t, column in zip(titles, values, strict=True) if _has_text(column)}
            cells = [text_column(v, s) for v, s in zip(values, separators, strict=True)]
            batches.append(pa.record_batch(cells, schema=schema_of))
        return pa.Table.from_batches(batches, schema_of), [t for t in titles if t in typed]


def _has_text(values: Sequence[object]) -> bool:
    return str in set(map(type, values))


def _plain(connection: sa.Connection) -> sa.Connection:
    """As the query is written (a `%` is a `%`), and without taking all rows at once."""
    return connection.execution_options(stream_results=True, no_parameters=True)


def _bare(query: str) -> str:
    return query.rstrip().rstrip(";")


def _has(connection: sa.Connection, table: str) -> bool:
    name, schema = parted(table)
    return sa.inspect(connection).has_table(name, schema)


@contextmanager
def _troubles_told() -> Iterator[None]:
    try:
        yield
    except DatabaseTrouble as trouble:
        raise (SourceMissing if trouble.missing else SourceFailure)(str(trouble)) from None
    except NoList as error:
        raise SourceFailure(str(error)) from None
