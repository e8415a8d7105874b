"""A connection to a database, for reading or for writing, and its troubles in words.

Whatever goes wrong is a `DatabaseTrouble`. Its words hold neither the address nor data: a driver's
own message can hold both, so of those only what is known to be neither is ever passed on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from adapters.databases.words import DatabaseTrouble, no_driver, said_of

LIMIT = timedelta(minutes=10)
"""How long a statement may take, unless config.yaml says otherwise."""
_CONNECT_SECONDS = 15
_BUSY_SECONDS = 30
# A server that is gone without a word is noticed within a minute; the default is two hours.
_LIBPQ = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "application_name": "upfront",
    "client_encoding": "utf8",
}
_NO_ADDRESS = "the address of the database is not one SQLAlchemy knows"
_DEADLINE, _SUBJECT = "upfront deadline", "upfront subject"


@contextmanager
def reading(url: str, root: Path, what: str, limit: timedelta = LIMIT) -> Iterator[sa.Connection]:
    """A connection that can only read, and sees one state of the database for as long as it lasts.

    `url` is SQLAlchemy's; an SQLite file's path in it is relative to `root`. `what` is read, and
    the subject of messages. Raises DatabaseTrouble, also for what happens within the block.
    """
    with _opened(_address(url, root, "ro"), what, limit) as connection:
        if connection.dialect.name == "postgresql":
            # In place: this very connection has them from now on.
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        _prepare(connection, limit, "BEGIN")
        yield connection


@contextmanager
def writing(url: str, root: Path, what: str, limit: timedelta = LIMIT) -> Iterator[sa.Connection]:
    """A transaction: committed when the block ends, undone when it raises.

    As `reading`; an SQLite file is made if there is none.
    """
    with _opened(_address(url, root, "rwc"), what, limit, "written") as connection:
        _prepare(connection, limit, "BEGIN IMMEDIATE")
        yield connection
        connection.commit()


def in_time(connection: sa.Connection) -> None:
    """Raises DatabaseTrouble when the connection's limit is over.

    For databases that take no limit for their statements, between one batch and the next.
    """
    limit, deadline = connection.info[_DEADLINE]
    if time.monotonic() > deadline:
        raise DatabaseTrouble.late(connection.info[_SUBJECT], limit)


def parted(table: str) -> tuple[str, str | None]:
    """The name of a table as config.yaml writes it, and its schema.

    >>> parted("leads"), parted("crm.leads")
    (('leads', None), ('leads', 'crm'))
    """
    schema, _, name = table.rpartition(".")
    return name, schema or None


def quoted(*names: str | None) -> str:
    """Names for the driver of PostgreSQL itself; SQLAlchemy would write a `%` in them twice.

    >>> quoted("crm", "100 %"), quoted(None, 'a"b')
    ('"crm"."100 %"', '"a""b"')
    """
    return ".".join('"' + name.replace('"', '""') + '"' for name in names if name is not None)


@contextmanager
def about(connection: sa.Connection, what: str) -> Iterator[None]:
    """Troubles within the block are told of `what`, not of what the connection is for."""
    before = connection.info[_SUBJECT]
    connection.info[_SUBJECT] = what
    yield
    # Not after an error: it is told further out.
    connection.info[_SUBJECT] = before


@contextmanager
def _opened(
    address: sa.URL, what: str, limit: timedelta, done: str = "read"
) -> Iterator[sa.Connection]:
    """A connection whose troubles, and those of its driver, are a DatabaseTrouble."""
    driver_error: type[BaseException] = sa.exc.SQLAlchemyError
    told: dict[Any, Any] = {}
    try:
        engine = sa.create_engine(
            address, poolclass=sa.NullPool, hide_parameters=True, connect_args=_arguments(address)
        )
        driver_error = engine.dialect.loaded_dbapi.Error
        try:
            with engine.connect() as connection:
                told = connection.info
                told[_SUBJECT] = what
                told[_DEADLINE] = (limit, time.monotonic() + limit.total_seconds())
                yield connection
        finally:
            engine.dispose()
    except sa.exc.ArgumentError:
        raise DatabaseTrouble(_NO_ADDRESS, missing=True) from None
    except (sa.exc.NoSuchModuleError, ImportError):
        raise no_driver(address) from None
    except (sa.exc.SQLAlchemyError, driver_error) as error:
        raise said_of(error, told.get(_SUBJECT, what), limit, done) from None


def _arguments(address: sa.URL) -> dict[str, Any]:
    if address.get_backend_name() == "sqlite":
        return {"timeout": _BUSY_SECONDS}
    if address.get_driver_name() in ("psycopg", "psycopg2"):
        return {name: value for name, value in _LIBPQ.items() if name not in address.query}
    return {}


def _prepare(connection: sa.Connection, limit: timedelta, begin: str) -> None:
    """Begin, within the limit, and so that the same content is read as the same text and order."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        _, deadline = connection.info[_DEADLINE]
        driver.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
        connection.exec_driver_sql(begin)
    elif connection.dialect.name == "postgresql":
        settings = {
            "statement_timeout": f"{limit / timedelta(milliseconds=1):.0f}",
            "TimeZone": "UTC",
            "DateStyle": "ISO, YMD",
            "IntervalStyle": "postgres",
            "extra_float_digits": "1",
            # Else a large table is read from where somebody else's reading happens to be.
            "synchronize_seqscans": "off",
            "max_parallel_workers_per_gather": "0",
        }
        calls = [sa.func.set_config(name, value, True) for name, value in settings.items()]
        connection.execute(sa.select(*calls))


def _address(url: str, root: Path, mode: str) -> sa.URL:
    """The URL with an SQLite file's path made absolute, opened in that mode."""
    try:
        # Written so by libpq's own tools; and SQLAlchemy's default driver was once another.
        parsed = sa.make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url))
    except (ValueError, sa.exc.ArgumentError):
        # Also a port that is no number, or a password with an @ or / that is not escaped.
        raise DatabaseTrouble(_NO_ADDRESS, missing=True) from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return parsed
    path = (root / parsed.database).resolve()
    if mode == "ro" and not path.is_file():
        raise DatabaseTrouble(f"there is no file {root / parsed.database}", missing=True)
    if not path.parent.is_dir():
        raise DatabaseTrouble(f"there is no folder {path.parent}", missing=True)
    return parsed.set(database=f"file:{quote(str(path))}", query={"mode": mode, "uri": "true"})
