"""The shape of config.yaml, as pydantic models; every key is documented in docs/configuration.md."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from engine.language.vocabulary import FactType

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
        raise ValueError("this is no time zone; write one like Europe/Rome") from error
    return value


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _field(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


def _contact_at(value: Any) -> Any:
    """A column's name alone is enough; its type is always timestamp."""
    given = {"column": value} if isinstance(value, str) else value
    return {"type": "timestamp", **given} if isinstance(given, dict) else given


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
Age = Annotated[timedelta, BeforeValidator(_age)]
Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_aware)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FieldDocument(_Part):
    """How one fact is read from a column of text."""

    type: Annotated[FactType, Field(strict=False)]
    column: Text | None = None
    format: Text | None = None
    decimal: Literal[".", ","] = "."
    separator: Text | None = None
    pii: bool = False

    @model_validator(mode="after")
    def _fits(self) -> FieldDocument:
        if self.format and self.type not in (FactType.DATE, FactType.TIMESTAMP):
            raise ValueError("`format` is for dates and timestamps")
        if self.decimal != "." and self.type is not FactType.NUMBER:
            raise ValueError("`decimal` is for numbers")
        if (self.separator is not None) != (self.type is FactType.STRINGS):
            raise ValueError("`separator` belongs to list<string>, which needs it")
        return self


Fields = dict[Name, Annotated[FieldDocument, BeforeValidator(_field)]]


def _identity(value: Any) -> Any:
    return value if isinstance(value, dict) else {"columns": _as_list(value)}


class IdentityDocument(_Part):
    """What identifies: columns (their values joined), or one value for every candidate."""

    columns: Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)] | None = None
    value: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> IdentityDocument:
        if (self.columns is None) == (self.value is None):
            raise ValueError("name a column, a list of columns, or {value: …}")
        return self


Identity = Annotated[IdentityDocument, BeforeValidator(_identity)]


class CandidatesDocument(_Part):
    """What the columns of a candidate list mean."""

    read: Text | None = None
    delimiter: Annotated[str | None, StringConstraints(min_length=1, max_length=1)] = None
    id: Identity
    customer: Identity
    offer: Identity
    channel: Identity = IdentityDocument(value="call")
    contact_at: Annotated[FieldDocument | None, BeforeValidator(_contact_at)] = None
    fields: Fields = {}


def _read(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


class ReadDocument(_Part):
    """Where a source is read from: a file, or a table or query of a database (SQLAlchemy URL)."""

    file: Text | None = None
    sql: Text | None = None
    table: Text | None = None
    query: Text | None = None

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
    file: Literal["modified"] | None = None
    value: Moment | None = None
    env: Text | None = None
    sql: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> AsOfDocument:
        given = (self.column, self.file, self.value, self.env, self.sql)
        if sum(v is not None for v in given) != 1:
            raise ValueError("name a column, or give one of `file`, `value`, `env`, `sql`")
        return self


class SourceDocument(_Part):
    """Reference data that candidates are joined to."""

    read: Annotated[ReadDocument, BeforeValidator(_read)]
    key: Annotated[dict[Text, Text], Field(min_length=1)]
    as_of: Annotated[AsOfDocument | None, BeforeValidator(_as_of)] = None
    max_age: Age | None = None
    pick: Literal["latest"] | None = None
    delimiter: Annotated[str | None, StringConstraints(min_length=1, max_length=1)] = None
    fields: Annotated[Fields, Field(min_length=1)]


class ConfigDocument(_Part):
    """All of config.yaml."""

    version: Literal[1]
    rules: Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]
    languages: Annotated[list[Text], Field(min_length=1)]
    time_zone: Annotated[Text, AfterValidator(_zone)]
    backend: Literal["duckdb"] = "duckdb"
    ledger: Text = "sqlite:///upfront.db"
    signing_key: Text = "upfront.key"
    candidates: CandidatesDocument
    sources: dict[Name, SourceDocument] = {}
