"""The shape of a field in config.yaml: how one fact is read from a column."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from adapters.config.history import CountDocument
from adapters.config.parts import FORMAT, Name, Part, Text, as_list, check_format
from engine.language.vocabulary import FactType


def _field(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


def _with_signs(form: str) -> str:
    """What somebody meant who wrote a format as spreadsheets do.

    >>> _with_signs("dd/mm/yyyy hh:mm")
    'write `%d/%m/%Y %H:%M`'
    """
    signs = {"yyyy": "%Y", "yy": "%y", "dd": "%d", "d": "%d", "hh": "%H", "h": "%H", "ss": "%S"}
    day, gap, clock = form.partition(" ")
    for word, sign in {**signs, "mm": "%m", "m": "%m"}.items():
        day = re.sub(rf"(?<![%a-z]){word}(?![a-z])", sign, day, flags=re.IGNORECASE)
    for word, sign in {**signs, "mm": "%M"}.items():
        clock = re.sub(rf"(?<![%a-z]){word}(?![a-z])", sign, clock, flags=re.IGNORECASE)
    found = f"{day}{gap}{clock}"
    return f"write `{found}`" if "%" in found else "like `%d/%m/%Y` or `%Y-%m-%d %H:%M`"


def _texts(value: Any) -> Any:
    """Whole numbers may stand without quotes: they are written as they are read."""
    return [
        str(text) if isinstance(text, int) and not isinstance(text, bool) else text
        for text in as_list(value)
    ]


BlankTexts = Annotated[
    list[Text],
    BeforeValidator(_texts, json_schema_input_type=Text | int | list[Text | int]),
]


class FieldDocument(Part):
    """How one fact is read from a column of text."""

    type: Annotated[FactType, Field(strict=False)]
    """What its cells hold."""
    column: Text | None = None
    """The header of its column. Without it, the field's own name."""
    format: Annotated[Text | None, Field(json_schema_extra={"pattern": FORMAT})] = None
    """How dates and timestamps are written, with the signs of strptime, like `%d/%m/%Y`. Without it, that is found from the cells of a text file; Parquet and databases have ISO 8601."""
    decimal: Literal[".", ","] | None = None
    """The decimal sign of numbers. Without it, the sign is found from the cells of a text file; Parquet and databases have a point."""
    blank: BlankTexts = Field(default_factory=list)
    """Texts that mean «no value» in this field, like `"-1"` or `"#N/A"`, beside empty cells."""
    true_is: BlankTexts = Field(default_factory=list)
    """Of a boolean: texts that mean `true`, like `"1"` or `Yes`, beside the word itself. Capitals do not matter."""
    false_is: BlankTexts = Field(default_factory=list)
    """Of a boolean: texts that mean `false`."""
    separator: Text | None = None
    """What parts the elements of a `list<string>`, which needs it."""
    pii: bool = False
    """`true`: personal data. Its value is shown as `***` in reasons and in the ledger."""
    count: CountDocument | None = None
    """Of a contact log: how many contacts, an integer."""
    last: Literal["contact", "refusal"] | None = None
    """Of a contact log: when the last `contact` or `refusal` was, a timestamp."""

    @property
    def words(self) -> dict[str, bool]:
        """What texts mean, in lower case, beside `true` and `false`."""
        meant = ((self.true_is, True), (self.false_is, False))
        return {text.casefold(): value for texts, value in meant for text in texts}

    @model_validator(mode="after")
    def _fits(self) -> FieldDocument:
        if self.format and self.type not in (FactType.DATE, FactType.TIMESTAMP):
            raise ValueError("`format` is for dates and timestamps")
        if self.format and "%" not in self.format:
            raise ValueError("`format` is written with signs", _with_signs(self.format))
        if self.format:
            check_format(self.format, only_date=self.type is FactType.DATE)
        if self.decimal is not None and self.type is not FactType.NUMBER:
            raise ValueError("`decimal` is for numbers")
        if self.model_fields_set & {"true_is", "false_is"} and self.type is not FactType.BOOLEAN:
            raise ValueError("`true_is` and `false_is` are for booleans")
        both = {t.casefold() for t in self.true_is} & {f.casefold() for f in self.false_is}
        if both:
            raise ValueError("the same text can't mean both true and false")
        if (self.separator is not None) != (self.type is FactType.STRINGS):
            raise ValueError("`separator` belongs to list<string>, which needs it")
        if self.count is not None and self.type is not FactType.INTEGER:
            raise ValueError("a count is an integer", "write `type: integer`")
        if self.last is not None and self.type is not FactType.TIMESTAMP:
            raise ValueError("the last moment is a timestamp", "write `type: timestamp`")
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
