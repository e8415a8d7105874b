"""Finding the ledger's database, telling what it is, and bringing its tables up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, create_engine, event, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import column, table

from adapters.ledger.schema import VERSION_TABLE, VERSIONS
from engine.diagnostics import LedgerBroken, UpfrontError

BUSY_SECONDS = 120.0
"""How long one process waits for another that is writing."""


class LedgerUnusable(UpfrontError):
    """The ledger cannot be opened, read or written; nothing is said of its contents."""


class NoLedger(LedgerUnusable):
    """There is no ledger yet, where one must be."""


class RefusedAddress(LedgerUnusable):
    """The ledger's address in config.yaml names no database that can be one."""

    exit_code = 2


def ledger_path(url: str) -> Path:
    """The absolute path of the SQLite file a URL names.

    Raises RefusedAddress for any other database, and for one that lives in memory.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise RefusedAddress(
            "the ledger's address in config.yaml is not a database URL",
            "write for example `ledger: sqlite:///upfront.db`",
        ) from None
    kind = parsed.get_backend_name()
    if kind != "sqlite" or parsed.query:
        what = "SQLite with options in its URL" if kind == "sqlite" else f"«{kind}»"
        raise RefusedAddress(
            f"a ledger on {what} is not supported",
            "this version keeps its ledger in a plain SQLite file: `ledger: sqlite:///upfront.db`",
        )
    if parsed.database in {None, "", ":memory:"}:
        raise RefusedAddress(
            "a ledger in memory would be gone when the run ends",
            "name a file: `ledger: sqlite:///upfront.db`",
        )
    return Path(str(parsed.database)).absolute()


def make_engine(path: Path) -> Engine:
    """An engine that opens the file anew for each use and closes it after, transactions explicit."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        # Otherwise Python's module begins transactions at times of its own, and never for DDL.
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("ledger_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


@contextmanager
def said_clearly(path: Path) -> Iterator[None]:
    """Turns a database's error into one a person can act on. Values never appear in it."""
    try:
        yield
    except SQLAlchemyError as error:
        raise explain(path, getattr(error, "orig", None) or error) from error


def explain(path: Path, error: BaseException) -> LedgerUnusable:
    """The database's error, as a person reads it."""
    text = str(error).lower()
    if "not a database" in text or "malformed" in text:
        return LedgerUnusable(
            f"{path} is not a ledger: it is not a SQLite database, or it is damaged",
            "name another file as `ledger` in config.yaml, or put back a copy",
        )
    if "readonly" in text or "read-only" in text:
        return LedgerUnusable(
            f"the ledger {path} is read-only", "let the user who runs upfront write to it"
        )
    if "locked" in text or "busy" in text:
        return LedgerUnusable(
            f"the ledger {path} was kept locked by another program for {BUSY_SECONDS:.0f} seconds",
            "close what holds it open and run again",
        )
    if "unable to open" in text:
        return LedgerUnusable(
            f"the ledger {path} cannot be opened",
            "check that its folder exists and that upfront may write to it",
        )
    if "full" in text:
        return LedgerUnusable(
            f"there is no room left on the disk of the ledger {path}", "make room and run again"
        )
    return LedgerUnusable(
        f"the ledger {path} cannot be used: the database reports {type(error).__name__}",
        "`upfront audit verify` tells whether it is whole",
    )


def refuse_read_only(path: Path) -> None:
    """Raises LedgerUnusable when the ledger, or the folder that it truly stands in, can't be written to."""
    file = path.resolve()
    if not os.access(file, os.W_OK):
        raise explain(path, PermissionError("read-only"))
    if not os.access(file.parent, os.W_OK):
        raise LedgerUnusable(
            f"the folder of the ledger, {file.parent}, is read-only",
            "let the user who runs upfront write to it: the database keeps its journal there",
        )


def bring_up_to_date(engine: Engine, path: Path, *, create: bool) -> None:
    """Makes the tables, or migrates them, unless they are as this version knows them.

    With `create` false, raises NoLedger where there are none; raises LedgerBroken where they are
    not those of the version that they are said to be.
    """
    with said_clearly(path), _fitting(path):
        with engine.connect() as connection:
            version = _version(connection, path)
            if version == VERSIONS[-1]:
                return
            if version is None and not create:
                raise NoLedger(
                    f"{path} is empty: it is no ledger, or no longer one",
                    "put back a copy; where there was none yet, the first `upfront run` makes it",
                )
        with (
            engine.connect().execution_options(ledger_write=True) as connection,
            connection.begin(),
        ):
            # Another process may have done it while this one waited for the lock.
            if _version(connection, path) != VERSIONS[-1]:
                _migrate(connection)


@contextmanager
def _fitting(path: Path) -> Iterator[None]:
    """Says of a ledger that can't be brought up to date since somebody changed its tables that it is so."""
    try:
        yield
    except OperationalError as error:
        if any(words in str(error.orig) for words in ("no such", "duplicate", "already exists")):
            raise changed(path, "its tables are not those of the version that it names") from error
        raise


def changed(path: Path, what: str) -> LedgerBroken:
    """The error that a ledger was changed by somebody, and in what it shows."""
    # Not `upfront audit verify`, which opens the ledger as everything else does.
    return LedgerBroken(
        f"the ledger {path} does not verify: {what}",
        "somebody changed it; put back a copy, and check that with `upfront audit verify`",
    )


def _version(connection: Connection, path: Path) -> str | None:
    """The version of the tables that are there; None of an empty database."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    versions: list[Any] = []
    if VERSION_TABLE in tables:
        query: Select[Any] = select(column("version_num")).select_from(table(VERSION_TABLE))
        versions = list(connection.execute(query).scalars())
    if len(versions) != 1 and {"prevented_moment", "checkpoint"} <= tables:
        raise changed(path, "it does not name the one version of its tables")
    if len(versions) != 1:
        raise LedgerUnusable(
            f"{path} is a database, but not a ledger: it holds somebody else's tables",
            "name another file as `ledger` in config.yaml",
        )
    version = str(versions[0])
    if version not in VERSIONS:
        raise LedgerUnusable(
            f"the ledger {path} was made by a newer version of upfront "
            f"(its tables are at {version:.20}, this one knows {VERSIONS[-1]})",
            "install that version or a later one",
        )
    return version


def _migrate(connection: Connection) -> None:
    # Alembic takes 0.2 s to load and is wanted once in a ledger's life.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "adapters.ledger:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
