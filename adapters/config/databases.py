"""The shape of a database in config.yaml: its address, and the table or query that is read."""

from __future__ import annotations

from datetime import timedelta

from pydantic import model_validator

from adapters.config.parts import Age, Part, Text

LONGEST = timedelta(days=1)


class DatabaseKeys(Part):
    """What says which table or query of which database is read."""

    sql: Text | None = None
    """A database, as an SQLAlchemy URL. Passwords belong in the environment: `${NAME}`."""
    table: Text | None = None
    """The table of the database, with its schema where that is needed: `crm.leads`."""
    query: Text | None = None
    """A query of the database."""
    timeout: Age | None = None
    """How long the database may take: `30s`, `10m`. Without it `10m`."""

    @model_validator(mode="after")
    def _database(self) -> DatabaseKeys:
        named = [name for name in DatabaseKeys.model_fields if getattr(self, name) is not None]
        if self.sql is None and named:
            raise ValueError(f"a `{named[0]}` needs `sql` beside it")
        if self.sql is not None and (self.table is None) == (self.query is None):
            raise ValueError("give either a `table` or a `query` beside `sql`")
        check_timeout(self.timeout)
        return self


class ListDocument(DatabaseKeys):
    """Where a candidate list is read from: a file, or a table or query of a database."""

    file: Text | None = None
    """A file, or `-` for standard input."""

    @model_validator(mode="after")
    def _one(self) -> ListDocument:
        if (self.file is None) == (self.sql is None):
            raise ValueError("name a file, or {sql: URL, table: NAME}")
        return self

    def __str__(self) -> str:
        """What people know the list by; the address may tell too much."""
        return self.file or (f"table `{self.table}`" if self.table else "the query of config.yaml")


def check_timeout(timeout: timedelta | None) -> None:
    """Raises ValueError for one that no database can keep to."""
    if timeout is not None and not timedelta(0) < timeout <= LONGEST:
        raise ValueError("`timeout` is at least 1s and at most a day")
