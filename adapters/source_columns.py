"""The text of a source's columns, made legible, and who reads which of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.config.fields import FieldDocument
from adapters.config.load import Project, field_of
from adapters.sources.cells import Cells
from adapters.sources.read import SourceFailure, SourceText
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import CANDIDATE, FactType
from engine.screening.inputs import Field


@dataclass(frozen=True)
class Layout:
    """From which columns of a source's table its keys, fields and dates are read."""

    keys: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    dated: Field | None
    dated_by: str | None


def laid_out(project: Project, name: str, text: SourceText) -> tuple[SourceText, Layout]:
    """The text of a source with columns for all that is read from it.

    Raises SourceFailure for a column that can be read in more than one way, and for keys that a
    spreadsheet destroyed.
    """
    document, zone = project.config.sources[name], project.config.time_zone
    keys_of_others = project.config.joined_on()
    cells = Cells(text.table, f"source {name}", typed=text.typed)
    try:
        keys = []
        for column, fact in document.key.items():
            how, decimal = declared(project, fact)
            keys.append((cells.key(column, how, decimal), fact))
        fields = tuple(
            cells.field(
                field_of(f"{name}.{field}", said, zone),
                said.blank,
                said.decimal,
                said.words,
                joined=f"{name}.{field}" in keys_of_others,
            )
            for field, said in document.fields.items()
            # What no rule reads was not read from the source either.
            if (said.column or field) in text.table.column_names
        )
        by = document.as_of.column if document.as_of else None
        form = document.as_of.format if document.as_of else None
        how = Field(f"{name}.as_of", by or "", FactType.TIMESTAMP, zone, form)
        dated = cells.field(how) if by else None
    except RefusedInput as error:
        raise SourceFailure(f"{error.message}; {error.hint}") from None
    return replace(text, table=cells.table), Layout(tuple(keys), fields, dated, by)


def declared(project: Project, fact: str) -> tuple[Field, str | None]:
    """How the fact that a key is joined on is read, and the decimal sign that is given for it."""
    source, name = fact.split(".", 1)
    config = project.config
    parts = config.candidates.fields if source == CANDIDATE else config.sources[source].fields
    said = parts.get(name) or FieldDocument(type=project.vocabulary[fact].type)
    return field_of(fact, said, config.time_zone), said.decimal
