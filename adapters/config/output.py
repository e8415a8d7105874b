"""The shape of `output` in config.yaml: how the lists of a run are written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from adapters.config.databases import check_timeout
from adapters.config.parts import Age, Part, Text

OURS = "upfront_outputs"
"""The table that says, beside the others, which run each of them holds."""
LEDGER_TABLES = (
    "run",
    "ruleset",
    "prevented_moment",
    "checkpoint",
    "erasure",
    "clearance",
    "reservation",
    "ledger_version",
)
"""What the ledger keeps in its own database."""
_LONGEST_NAME = 63


def _cell(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _table(value: str) -> str:
    name = value.rpartition(".")[2]
    if not name or value.startswith("."):
        raise ValueError("a table is written `table` or `schema.table`")
    if name.casefold() == OURS:
        raise ValueError(f"`{OURS}` is Upfront's own table", "choose another name, like `tonight`")
    if name.casefold().startswith("sqlite_"):
        raise ValueError(
            "a name that begins with sqlite_ belongs to SQLite", "choose another, like `tonight`"
        )
    if len(name.encode()) > _LONGEST_NAME:
        raise ValueError(f"the name of a table has at most {_LONGEST_NAME} bytes")
    return value


class CellDocument(Part):
    """What fills a column of a dialer's file: a column of the list, or the same text in every row."""

    column: Text | None = None
    """The column of the list."""
    value: Text | None = None
    """The same text in every row."""

    @model_validator(mode="after")
    def _one(self) -> CellDocument:
        if (self.column is None) == (self.value is None):
            raise ValueError("name a column of the list, or {value: …}")
        return self


class OutputDocument(Part):
    """How the lists of a run are written."""

    format: Literal["same", "csv", "parquet"] = "same"
    """`same`: the allowed list looks like the list that was read, the blocked list is CSV. `csv` and `parquet` are for both."""
    preset: Literal["genesys-contact-list", "vicidial-lead-file"] | None = None
    """A further file with the allowed contacts in the form that a dialer takes."""
    columns: dict[
        Text,
        Annotated[CellDocument, BeforeValidator(_cell, json_schema_input_type=Text | CellDocument)],
    ] = Field(default_factory=dict)
    """With a `preset`: the columns of the dialer's file, each with the list's column it is filled from, or `{value: X}`."""
    phones: dict[Text, Text] = Field(default_factory=dict)
    """For `genesys-contact-list`, which needs it: its columns with phone numbers, each with its type, like `Cell`."""
    zone: Text | None = None
    """For `genesys-contact-list`: its column with the time zone of the contact."""
    delimiter: Annotated[str | None, StringConstraints(min_length=1, max_length=1)] = None
    """For `vicidial-lead-file`: what parts its fields, a tab (the default), a bar or a comma."""
    too_long: Literal["refuse", "cut"] = "refuse"
    """For `vicidial-lead-file`: `cut` shortens names, addresses and comments to what it keeps. Without it, a longer one ends the run."""
    sql: Text | None = None
    """A database, as an SQLAlchemy URL, for a further copy of the allowed list. Passwords belong in the environment: `${NAME}`."""
    table: Annotated[Text, AfterValidator(_table)] | None = None
    """With `sql`: the table that is replaced by the allowed list, all at once, when the run is recorded."""
    timeout: Age | None = None
    """With `sql`: how long the database may take. Without it `10m`."""

    @model_validator(mode="after")
    def _database(self) -> OutputDocument:
        if (self.sql is None) != (self.table is None):
            raise ValueError("`sql` and `table` belong together: {sql: URL, table: NAME}")
        if self.sql is None and self.timeout is not None:
            raise ValueError("a `timeout` needs `sql` beside it")
        check_timeout(self.timeout)
        return self
