"""Tables and queries of a database as tables of text, through SQLAlchemy; only ever read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy as sa

from adapters.sources.digest import table_digest
from adapters.sources.read import SourceFailure, SourceText, no_column, text_column

_ROWS = 20_000
_NO_ADDRESS = "the address of the database is not one SQLAlchemy knows"


def read_sql(
    url: str,
    root: Path,
    table: str | None,
    query: str | None,
    columns: Sequence[str],
    separators: dict[str, str],
) -> SourceText:
    """The wanted columns of a table or of a query; SourceFailure, without any secret, if not.

    `url` is SQLAlchemy's; the path of an SQLite file in it is relative to `root`.
    """
    where = f"table `{table}`" if table else "the query"
    with _connected(url, root, where) as connection:
        chosen: sa.Executable
        if table is not None:
            names = [c["name"] for c in sa.inspect(connection).get_columns(table)]
            _refuse_missing(where, columns, names)
            chosen = sa.select(*(sa.column(c) for c in columns)).select_from(sa.table(table))
        else:
            chosen = sa.text(query or "")
        result = connection.execution_options(stream_results=True).execute(chosen)
        names = list(result.keys())
        _refuse_missing(where, columns, names)
        positions = {c: names.index(c) for c in columns}
        batches = [
            pa.table(
                {
                    c: text_column([row[p] for row in rows], separators.get(c))
                    for c, p in positions.items()
                }
            )
            for rows in result.partitions(_ROWS)
        ]
    empty = pa.table({c: pa.array([], pa.string()) for c in columns})
    whole = pa.concat_tables([empty, *batches])
    return SourceText(whole, table_digest(whole))


def sql_moment(url: str, root: Path, query: str) -> str | None:
    """The one cell that a query gives, as text."""
    with _connected(url, root, "the query of `as_of`") as connection:
        value = connection.execute(sa.text(query)).scalar()
    return text_column([value])[0].as_py()  # type: ignore[no-any-return]


def _refuse_missing(where: str, columns: Sequence[str], names: Sequence[str]) -> None:
    for name in columns:
        if name not in names:
            raise SourceFailure(no_column(where, name, names))


@contextmanager
def _connected(url: str, root: Path, where: str) -> Iterator[sa.Connection]:
    """A connection whose troubles are told as a SourceFailure."""
    try:
        engine = sa.create_engine(_absolute(url, root))
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
    except sa.exc.ArgumentError:
        raise SourceFailure(_NO_ADDRESS) from None
    except sa.exc.NoSuchTableError:
        raise SourceFailure(f"there is no {where} in the database") from None
    except (sa.exc.NoSuchModuleError, ImportError):
        raise SourceFailure("no driver for this kind of database is installed") from None
    except sa.exc.SQLAlchemyError as error:
        # Its text can hold the address with the password, and data.
        raise SourceFailure(f"{where} can't be read ({type(error).__name__})") from None


def _absolute(url: str, root: Path) -> sa.URL:
    """The URL with an SQLite file's path made absolute, opened for reading only."""
    try:
        parsed = sa.make_url(url)
    except ValueError:
        # A port that is no number, or a password with an @ or / that is not escaped.
        raise SourceFailure(_NO_ADDRESS) from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return parsed
    path = (root / parsed.database).resolve()
    if not path.is_file():
        raise SourceFailure(f"there is no file {root / parsed.database}")
    return parsed.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
