"""What databases and their drivers complain of, in words that hold no address and no data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engine.language.vocabulary import did_you_mean

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class DatabaseTrouble(Exception):
    """What can't be done with a database, for people; holds no address, no secret and no data.

    `missing`: under the name or address in config.yaml there is nothing, so it is likely wrong.
    """

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing

    @classmethod
    def late(cls, what: str, limit: timedelta) -> DatabaseTrouble:
        """It took too long."""
        return cls(
            f"{what} took longer than {_age(limit)}, or was cancelled; a longer `timeout` beside "
            "`sql` gives it more time"
        )


def _age(limit: timedelta) -> str:
    """As config.yaml writes it.

    >>> _age(timedelta(minutes=10)), _age(timedelta(seconds=90))
    ('10m', '90s')
    """
    seconds = int(limit.total_seconds())
    unit, size = next((u, s) for u, s in _UNITS.items() if seconds % s == 0)
    return f"{seconds // size}{unit}"


# What PostgreSQL says with these codes names things of the schema and words of the query, and no
# data: syntax error, no such column, function or type, ambiguous column, permission denied, and no
# such table or schema.
_MISSING = frozenset(["42P01", "3F000"])
_QUOTABLE = frozenset(["42601", "42703", "42883", "42704", "42702", "42501", *_MISSING])
_BY_CODE: tuple[tuple[str, str, bool], ...] = (
    ("3D000", "{}: there is no database of that name on the server", True),
    ("28", "{}: the database refuses the user or the password", False),
    ("25006", "{}: the database may only be read", False),
    ("57P", "{}: the database broke the connection off", False),
    ("08", "{}: the connection to the database broke off", False),
    ("53", "{}: the database has no room left (connections, memory or disk)", False),
    ("55P03", "{} is locked by somebody else", False),
    ("22", "{} fails on what the data holds", False),
)
# Connecting fails without a code, and SQLite has none: these are words of libpq, SQLite and the
# server, which say nothing of what was tried. What has them is told in other words.
_BY_WORDS: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (
        (
            "authentication failed",
            "no password supplied",
            "no pg_hba.conf entry",
            'role ".*" does not exist',
        ),
        "{}: the database refuses the user or the password",
        False,
    ),
    (
        ('database ".*" does not exist',),
        "{}: there is no database of that name on the server",
        True,
    ),
    (
        (
            "could not translate host name",
            "failed to resolve host",
            "name or service not known",
            "nodename nor servname",
            "temporary failure in name resolution",
        ),
        "{}: there is no database server under that name",
        False,
    ),
    (
        (
            "connection refused",
            "(timeout|connection timeout) expired",
            "no route to host",
            "is unreachable",
            "no such file or directory",
            "connection is bad",
            "connection to server",
        ),
        "{}: the database server can't be reached",
        False,
    ),
    (
        (
            "server closed the connection",
            "consuming input failed",
            "terminating connection",
            "connection .*(lost|closed|reset)",
            "could not receive data",
        ),
        "{}: the connection to the database broke off",
        False,
    ),
    (("readonly database",), "{}: the database may only be read", False),
    (("database is locked",), "{} is locked by somebody else", False),
    (("file is not a database", "malformed"), "{}: the file is not a whole database", False),
    (("unable to open database file",), "{}: the database's file can't be opened", False),
    (("decode to UTF-8",), "{} holds text that is not UTF-8", False),
    (("no such table",), "{}: it names a table that is not in the database", True),
    (("invalid (connection|dsn|uri)",), "{}: the address has an option nobody knows", True),
)
# SQLite's words about a query's own words.
_SQLITE = re.compile(
    r"no such (column|function): \S+|near \".{1,40}\": syntax error|ambiguous column name: \S+"
    r"|incomplete input|wrong number of arguments to function \w+\(\)"
)


def said_of(
    error: BaseException, what: str, limit: timedelta, done: str = "read"
) -> DatabaseTrouble:
    """A driver's error in words; `what` was to be `done`, with `limit` as its time."""
    original = getattr(error, "orig", None) or error
    code = str(getattr(original, "sqlstate", None) or "")
    text = str(original.args[0]) if original.args else ""
    if code == "57014" or text == "interrupted":
        return DatabaseTrouble.late(what, limit)
    if code in _QUOTABLE:
        words = f"{what} can't be {done}: {_primary(original)}"
        return DatabaseTrouble(words, missing=code in _MISSING)
    for start, words, missing in _BY_CODE:
        if code.startswith(start):
            return DatabaseTrouble(f"{words.format(what)} ({code})", missing=missing)
    for patterns, words, missing in () if code else _BY_WORDS:
        if re.search("|".join(patterns), text, re.IGNORECASE):
            return DatabaseTrouble(words.format(what), missing=missing)
    found = _SQLITE.fullmatch(text)
    if found:
        return DatabaseTrouble(f"{what} can't be {done}: {found[0]}")
    kind = code or type(original).__name__
    return DatabaseTrouble(f"{what} can't be {done} ({kind})")


def _primary(original: Any) -> str:
    return str(original.diag.message_primary).replace('"', "`")


def no_driver(address: sa.URL) -> DatabaseTrouble:
    """There is no Python package for this kind of database."""
    return DatabaseTrouble(
        f"no driver for `{address.drivername}` is installed; name one that is, as in "
        "mysql+pymysql://, or install it",
        missing=True,
    )


def no_table(connection: sa.Connection, table: str) -> DatabaseTrouble:
    """There is no table of that name, and which may have been meant."""
    known = sorted(set(_tables(connection)))
    hint = did_you_mean(table, known)
    if not hint:
        hint = f"it has: {', '.join(known[:20])}" if known else "it has no tables that can be seen"
    return DatabaseTrouble(f"there is no table `{table}` in the database; {hint}", missing=True)


def _tables(connection: sa.Connection) -> Iterator[str]:
    """Tables and views as config.yaml would name them."""
    inspector = sa.inspect(connection)
    yield from (*inspector.get_table_names(), *inspector.get_view_names())
    own = inspector.default_schema_name
    for schema in inspector.get_schema_names():
        if schema not in (own, "information_schema", "main"):
            names = (*inspector.get_table_names(schema), *inspector.get_view_names(schema))
            yield from (f"{schema}.{name}" for name in names)
