"""The shape of a contact log in config.yaml: its columns, and what is counted from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from adapters.config.databases import DatabaseKeys
from adapters.config.parts import FORMAT, Age, OneOrMore, Part, Text, check_format

AT = "at"
"""The key of a contact log that is no column of it: the moment at which its windows end."""


class CountDocument(Part):
    """Which contacts of a log are counted: a window of time, and of what kind they were."""

    within: Age | None = None
    """A rolling window that ends when the contact would be made: `24h`, `7d`, `4w`."""
    calendar: Literal["day", "week", "month"] | None = None
    """The day, the week (from Monday) or the month of the contact, in the time zone of config.yaml."""
    channel: Text | None = None
    """Only contacts by this channel, whatever its capitals."""
    purpose: Text | None = None
    """Only contacts for this purpose."""
    result: Annotated[list[Text], OneOrMore, Field(min_length=1)] | None = None
    """Only contacts that ended so: one result, or a list of them."""

    @model_validator(mode="after")
    def _one(self) -> CountDocument:
        if (self.within is None) == (self.calendar is None):
            raise ValueError("give a window: either `within: 7d` or `calendar: week`")
        return self


def _file(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


class LogDocument(DatabaseKeys):
    """Where a contact log is read from: a file, or a table or query of a database."""

    file: Text | None = None
    """A file, as for any source."""

    @model_validator(mode="after")
    def _one(self) -> LogDocument:
        if (self.file is None) == (self.sql is None):
            raise ValueError("name a file, or {sql: URL, table: NAME}")
        return self


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class LoggedAtDocument(Part):
    """The column of a contact log that says when each contact was made."""

    column: Text
    """Its header."""
    format: Annotated[Text | None, Field(json_schema_extra={"pattern": FORMAT})] = None
    """How its moments are written, with the signs of strptime. Without it, ISO 8601."""

    @model_validator(mode="after")
    def _read(self) -> LoggedAtDocument:
        if self.format is not None:
            check_format(self.format)
        return self


class HistoryKeys(Part):
    """What stands beside `history`: the columns of a contact log."""

    history: (
        Annotated[LogDocument, BeforeValidator(_file, json_schema_input_type=Text | LogDocument)]
        | None
    ) = None
    """A contact log, one row per contact: a file, or `{sql: URL, table: T}`. Its fields are counts and last moments."""
    at: (
        Annotated[
            LoggedAtDocument,
            BeforeValidator(_column, json_schema_input_type=Text | LoggedAtDocument),
        ]
        | None
    ) = None
    """Of a contact log: the column with the moment of the contact."""
    id: Text | None = None
    """Of a contact log: a column that tells contacts apart. Rows that are alike in it and in all else count once."""
    channel: Text | None = None
    """Of a contact log: the column with the channel."""
    purpose: Text | None = None
    """Of a contact log: the column with the purpose."""
    result: Text | None = None
    """Of a contact log: the column with how the contact ended."""
    refusals: Annotated[list[Text], OneOrMore, Field(min_length=1)] | None = None
    """Of a contact log: the results that mean that the customer refused."""

    @model_validator(mode="after")
    def _log(self) -> HistoryKeys:
        columns = {name: getattr(self, name) for name in HistoryKeys.model_fields}
        given = [name for name, value in columns.items() if value is not None]
        if self.history is None and given:
            raise ValueError(f"`{given[0]}` needs `history` beside it")
        if self.history is not None and self.at is None:
            raise ValueError("a contact log needs `at`: the column with the moment of the contact")
        if self.refusals is not None and self.result is None:
            raise ValueError("`refusals` needs `result`: the column they stand in")
        return self
