"""The shape of a source in config.yaml: where it is read from, how it is joined, how old it is."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from adapters.config.computed import KINDS, ComputedKeys
from adapters.config.databases import DatabaseKeys
from adapters.config.fields import Fields
from adapters.config.history import HistoryKeys
from adapters.config.parts import (
    FORMAT,
    Age,
    Delimiter,
    Encoding,
    Moment,
    Part,
    Share,
    Text,
    check_format,
)
from adapters.config.services import SERVICES, ServiceKeys

CLOCK_SKEW = timedelta(minutes=5)
"""How far clocks may differ where config.yaml says nothing of it."""


def _read(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


class ReadDocument(DatabaseKeys, ComputedKeys, HistoryKeys, ServiceKeys):
    """Where a source is read from: a file, a table or query of a database, or a contact log."""

    file: Text | None = None
    """A file: CSV, `.csv.gz` or `.parquet`."""

    @model_validator(mode="after")
    def _one(self) -> ReadDocument:
        asked = (getattr(self, word) for word in (*KINDS, *SERVICES))
        kinds = (self.file, self.sql, self.history, *asked)
        if sum(kind is not None for kind in kinds) != 1:
            others = ", ".join(f"{{{word}: …}}" for word in ("history", *KINDS))
            raise ValueError("name one: a file, {sql: URL, table: NAME}, " + others)
        return self

    @property
    def is_whole(self) -> bool:
        """Whether all of it is read, so that it has rows to count: not only asked about keys."""
        return any(kind is not None for kind in (self.file, self.sql, self.history))


_OF_A_FILE = "for a file say `as_of: {file: modified}`, a column or a moment"
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:")


def _as_of(value: Any) -> Any:
    if isinstance(value, str):
        return {"value" if _MOMENT.match(value) else "column": value}
    return {"value": value} if isinstance(value, date) else value


class AsOfDocument(Part):
    """What dates a source: a column row by row, or one moment for the whole of it."""

    column: Text | None = None
    """The column that dates each row; the newest row dates the source as a whole."""
    format: Annotated[Text | None, Field(json_schema_extra={"pattern": FORMAT})] = None
    """How the moments of the column are written, with the signs of strptime. Without it, that is found from its cells."""
    file: Literal["modified"] | None = None
    """`modified`: when the file was last changed."""
    value: Moment | None = None
    """One moment for the whole source, with its time zone."""
    env: Text | None = None
    """The environment variable that holds the moment."""
    sql: Text | None = None
    """A query with one cell, in the source's own database."""

    @model_validator(mode="after")
    def _one(self) -> AsOfDocument:
        given = (self.column, self.file, self.value, self.env, self.sql)
        if sum(v is not None for v in given) != 1:
            raise ValueError("name a column, or give one of `file`, `value`, `env`, `sql`")
        if self.format is not None:
            if self.column is None:
                raise ValueError("a `format` is for a `column`")
            check_format(self.format)
        return self


class SourceDocument(Part):
    """Reference data that candidates are joined to."""

    read: Annotated[
        ReadDocument, BeforeValidator(_read, json_schema_input_type=Text | ReadDocument)
    ]
    """Where it is read from: a file, or a table or query of a database."""
    key: Annotated[dict[Text, Text], Field(min_length=1)]
    """Its key columns, each with the fact it is joined on, which may be one of another source."""
    as_of: (
        Annotated[AsOfDocument, BeforeValidator(_as_of, json_schema_input_type=Text | AsOfDocument)]
        | None
    ) = None
    """How old it is. Without it, a file is as old as its last change, and a database is undated."""
    max_age: Age | None = None
    """What is older than this at the run's `--as-of` is unknown: `30m`, `4h`, `15d` or `2w`. Without it nothing is too old."""
    pick: Literal["latest"] | None = None
    """`latest`: of several rows for one key, the newest by `as_of` counts. Without it they are an error."""
    clock_skew: Age | None = None
    """What is dated later than the run's `--as-of` by more than this is unknown. Without it `5m`, where there is a `max_age`."""
    optional: bool = False
    """`true`: a run goes on when it is missing or empty, and its facts are unknown. Without it such a run fails."""
    may_be_empty: bool = False
    """`true`: no rows are as good as some, and its facts are absent. Without it a run without them fails."""
    max_shrink: Share | None = None
    """A run fails when it has fewer rows than in the last recorded run by more than this share: `10%`."""
    delimiter: Delimiter | None = None
    """What parts the cells of a CSV file. Without it, it is found."""
    encoding: Encoding | None = None
    """In which encoding the file is written, like `windows-1252`. Without it, it is found."""
    header: Annotated[list[Text], Field(min_length=1)] | None = None
    """The names of all columns, in their order, of a file that has no header line."""
    sheet: Text | None = None
    """The sheet of a workbook. Needed when more than one has cells."""
    fields: Annotated[Fields, Field(min_length=1)]
    """What rules read as `SOURCE.NAME`: name and type."""

    @model_validator(mode="after")
    def _dated(self) -> SourceDocument:
        read = self.read.history or self.read
        if self.as_of is None or not self.read.is_whole:
            return self
        if self.as_of.sql is not None and read.sql is None:
            raise ValueError(
                "`as_of: {sql: …}` is a query in the source's own database", _OF_A_FILE
            )
        if self.as_of.file is not None and read.sql is not None:
            raise ValueError("a database has no time of change", "say `as_of: {sql: …}`")
        return self

    @property
    def tolerance(self) -> timedelta | None:
        """How far from the future what it says may be; None where nobody asks for its age."""
        if self.clock_skew is None and self.max_age is not None:
            return CLOCK_SKEW
        return self.clock_skew
