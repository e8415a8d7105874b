"""The shape of config.yaml, as pydantic models; every key is documented in docs/configuration.md."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from engine.language.vocabulary import FactType, did_you_mean

_AGE = re.compile(r"([0-9]+)(s|m|h|d|w)")
_LONGEST_AGE = timedelta(days=36_525)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _age(value: Any) -> timedelta:
    match = _AGE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("an age is written like 30m, 4h, 15d or 2w")
    age = timedelta(**{_UNITS[match[2]]: int(match[1])}) if len(match[1]) < 9 else timedelta.max
    if age > _LONGEST_AGE:
        raise ValueError("this age is too long: a hundred years at most")
    return age


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        dotted = (zone.replace("/", ".") for zone in available_timezones())
        hint = did_you_mean(value.replace("/", "."), dotted).replace(".", "/")
        raise ValueError("this is no time zone", hint or "write one like Europe/Rome") from error
    return value


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _field(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """A moment may stand in quotes."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("this must be a moment like 2026-03-31T09:00:00+02:00") from None


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("this moment needs a time zone: end it with Z or +01:00")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
AgeText = Annotated[str, StringConstraints(pattern=rf"^{_AGE.pattern}$")]
Age = Annotated[timedelta, BeforeValidator(_age, json_schema_input_type=AgeText)]
Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_aware)]
OneOrMore = BeforeValidator(_as_list, json_schema_input_type=Text | list[Text])


class _Part(BaseModel):
    # The text below a key is what editors and docs/reference/ say of it.
    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class FieldDocument(_Part):
    """How one fact is read from a column of text."""

    type: Annotated[FactType, Field(strict=False)]
    """What its cells hold."""
    column: Text | None = None
    """The header of its column. Without it, the field's own name."""
    format: Text | None = None
    """How dates and timestamps are written, with the signs of strptime, like `%d/%m/%Y`. Without it, ISO 8601."""
    decimal: Literal[".", ","] = "."
    """The decimal sign of numbers."""
    separator: Text | None = None
    """What parts the elements of a `list<string>`, which needs it."""
    pii: bool = False
    """`true`: personal data. Its value is shown as `***` in reasons and in the ledger."""

    @model_validator(mode="after")
    def _fits(self) -> FieldDocument:
        if self.format and self.type not in (FactType.DATE, FactType.TIMESTAMP):
            raise ValueError("`format` is for dates and timestamps")
        if self.decimal != "." and self.type is not FactType.NUMBER:
            raise ValueError("`decimal` is for numbers")
        if (self.separator is not None) != (self.type is FactType.STRINGS):
            raise ValueError("`separator` belongs to list<string>, which needs it")
        return self


class ContactAtDocument(FieldDocument):
    """The column with the moment of the contact."""

    type: Annotated[FactType, Field(strict=False)] = FactType.TIMESTAMP
    """What its cells hold."""


# A list needs its separator, so its type alone is not enough.
_TypeAlone = Literal["string", "integer", "number", "boolean", "date", "timestamp"]
Fields = dict[
    Name,
    Annotated[
        FieldDocument, BeforeValidator(_field, json_schema_input_type=_TypeAlone | FieldDocument)
    ],
]


def _identity(value: Any) -> Any:
    return value if isinstance(value, dict) else {"columns": _as_list(value)}


class IdentityDocument(_Part):
    """What identifies: columns (their values joined), or one value for every candidate."""

    columns: Annotated[list[Text], OneOrMore, Field(min_length=1)] | None = None
    """Columns whose values are joined with a bar."""
    value: Text | None = None
    """The same text for every candidate."""

    @model_validator(mode="after")
    def _one(self) -> IdentityDocument:
        if (self.columns is None) == (self.value is None):
            raise ValueError("name a column, a list of columns, or {value: …}")
        return self


_Columns = Text | Annotated[list[Text], Field(min_length=1)]
Identity = Annotated[
    IdentityDocument,
    BeforeValidator(_identity, json_schema_input_type=_Columns | IdentityDocument),
]


_ColumnAlone = BeforeValidator(_column, json_schema_input_type=Text | ContactAtDocument)


class CandidatesDocument(_Part):
    """What the columns of a candidate list mean."""

    read: Text | None = None
    """The list that is screened when the command names none."""
    delimiter: Annotated[str | None, StringConstraints(min_length=1, max_length=1)] = None
    """What parts the cells. Without it, the one of comma, semicolon, tab and bar that finds the columns named here."""
    id: Identity
    """What tells one row from another: a column, a list of columns, or `row` for the number of the row."""
    customer: Identity
    """Who would be contacted: a column or columns."""
    offer: Identity
    """What would be offered: a column, columns, or `{value: X}`."""
    channel: Identity = IdentityDocument(value="call")
    """How: a column, columns, or `{value: X}`."""
    contact_at: Annotated[ContactAtDocument, _ColumnAlone] | None = None
    """The column with the moment of the contact. Without it, the run's `--as-of`."""
    fields: Fields = {}
    """What rules read as `candidate.NAME`: name and type."""


def _read(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


class ReadDocument(_Part):
    """Where a source is read from: a file, or a table or query of a database (SQLAlchemy URL)."""

    file: Text | None = None
    """A file: CSV, `.csv.gz` or `.parquet`."""
    sql: Text | None = None
    """A database, as an SQLAlchemy URL. Passwords belong in the environment: `${NAME}`."""
    table: Text | None = None
    """The table of the database."""
    query: Text | None = None
    """A query of the database."""

    @model_validator(mode="after")
    def _one(self) -> ReadDocument:
        if (self.file is None) == (self.sql is None):
            raise ValueError("name a file, or {sql: URL, table: NAME}")
        if self.sql is not None and (self.table is None) == (self.query is None):
            raise ValueError("give either a `table` or a `query` beside `sql`")
        if self.sql is None and (self.table or self.query):
            raise ValueError("a `table` or a `query` needs `sql` beside it")
        return self


def _as_of(value: Any) -> Any:
    if isinstance(value, str):
        return {"column": value}
    return {"value": value} if isinstance(value, datetime) else value


class AsOfDocument(_Part):
    """What dates a source: a column row by row, or one moment for the whole of it."""

    column: Text | None = None
    """The column that dates each row; the newest row dates the source as a whole."""
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
        return self


class SourceDocument(_Part):
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
    delimiter: Annotated[str | None, StringConstraints(min_length=1, max_length=1)] = None
    """What parts the cells of a CSV file. Without it, it is found."""
    fields: Annotated[Fields, Field(min_length=1)]
    """What rules read as `SOURCE.NAME`: name and type."""


class ConfigDocument(_Part):
    """All of config.yaml."""

    version: Literal[1]
    """The version of this file's format."""
    rules: Annotated[list[Text], OneOrMore, Field(min_length=1)]
    """Files or folders of rules. Folders are read recursively; `*.test.yaml` are tests."""
    languages: Annotated[list[Text], Field(min_length=1)]
    """Languages of the reasons. The first is the default, and every sentence needs it."""
    time_zone: Annotated[Text, AfterValidator(_zone)]
    """What `today` means, and where moments without an offset stand, like `Europe/Rome`."""
    backend: Literal["duckdb"] = "duckdb"
    """Where the screening is computed."""
    ledger: Text = "sqlite:///upfront.db"
    """Where prevented moments are kept: an SQLAlchemy URL of an SQLite file."""
    signing_key: Text = "upfront.key"
    """The file of the ledger's key; made with mode 0600 if absent."""
    candidates: CandidatesDocument
    """The list: what its columns mean."""
    sources: dict[Name, SourceDocument] = {}
    """Reference data by name, joined to candidates by key."""


STAND_INS: dict[str, Any] = {
    "version": 1,
    "rules": ["…"],
    "languages": ["…"],
    "time_zone": "UTC",
    "candidates": {"id": "row", "customer": "…", "offer": "…"},
    "id": "row",
    "customer": "…",
    "offer": "…",
    "type": "string",
    "read": "…",
    "key": {"…": "candidate.offer_id"},
    "fields": {"stand_in": "string"},
}
"""What stands in for a part that was refused, so that the rest is looked at."""
