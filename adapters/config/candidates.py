"""The shape of `candidates` in config.yaml: what the columns of a list mean."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    TypeAdapter,
    model_validator,
)

from adapters.config.databases import ListDocument
from adapters.config.fields import BlankTexts, ContactAtDocument, FieldDocument, Fields
from adapters.config.parts import (
    Delimiter,
    Encoding,
    OneOrMore,
    Part,
    Share,
    ShareText,
    Text,
    as_list,
)
from adapters.config.preset import said_by_preset, with_preset


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _read(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


def _identity(value: Any) -> Any:
    return value if isinstance(value, dict) else {"columns": as_list(value)}


def _most(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    try:
        return _SHARE.validate_python(value)
    except ValueError:
        raise ValueError("this is a share like 5%, or a number of rows like 100") from None


_SHARE: TypeAdapter[Decimal] = TypeAdapter(Share)
MaxInvalid = Annotated[
    int | Decimal, BeforeValidator(_most, json_schema_input_type=ShareText | NonNegativeInt)
]


class IdentityDocument(Part):
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


def _by_preset(schema: dict[str, Any]) -> None:
    """What has to be written depends on the preset: `adapters.config.schema` says how."""
    schema.pop("required", None)


class CandidatesDocument(Part):
    """What the columns of a candidate list mean."""

    model_config = ConfigDict(json_schema_extra=_by_preset)

    preset: (
        Literal["salesforce-campaign-member", "hubspot-list", "dynamics-marketing-list"] | None
    ) = None
    """What the list was exported from. It says what stands in which column; what is written beside it goes before."""
    read: (
        Annotated[ListDocument, BeforeValidator(_read, json_schema_input_type=Text | ListDocument)]
        | None
    ) = None
    """The list that is screened when the command names none: a file, or a table or query of a database."""
    delimiter: Delimiter | None = None
    """What parts the cells. Without it, the one of comma, semicolon, tab and bar that finds the columns named here."""
    encoding: Encoding | None = None
    """In which encoding the list is written, like `windows-1252`. Without it, UTF-8, UTF-16 and Windows-1252 are told from each other."""
    header: Annotated[list[Text], Field(min_length=1)] | None = None
    """The names of all columns, in their order, of a list that has no header line."""
    sheet: Text | None = None
    """The sheet of a workbook. Needed when more than one has cells."""
    id: Identity
    """What tells one row from another: a column, a list of columns, or `row` for the number of the row. Needed, unless the `preset` says it."""
    customer: Identity
    """Who would be contacted: a column or columns. Needed, unless the `preset` says it."""
    offer: Identity
    """What would be offered: a column, columns, or `{value: X}`. Needed, unless the `preset` says it."""
    channel: Identity = IdentityDocument(value="call")
    """How: a column, columns, or `{value: X}`."""
    contact_at: Annotated[ContactAtDocument, _ColumnAlone] | None = None
    """The column with the moment of the contact. Without it, the run's `--as-of`."""
    blank: BlankTexts = Field(default_factory=list)
    """Texts that mean «no value» in every column named here, like `"-1"` or `"#N/A"`, beside empty cells."""
    max_invalid: MaxInvalid | None = None
    """More invalid rows than this fail the run, and nothing is released: a share like `5%`, or a count."""
    fields: Fields = Field(default_factory=dict)
    """What rules read as `candidate.NAME`: name and type."""

    def is_by_preset(self, fact: str) -> bool:
        """Whether a fact of the list is declared by the preset, and by nobody else."""
        name = fact.partition(".")[2]
        said = said_by_preset(self.preset).get(name)
        return said is not None and self.fields[name] == FieldDocument.model_validate(said)

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, value: Any) -> Any:
        return with_preset(value)
