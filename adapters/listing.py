"""A candidate list as it was read, and what config.yaml says of its columns → the engine's list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from adapters.config.candidates import IdentityDocument
from adapters.config.databases import ListDocument
from adapters.config.fields import FieldDocument
from adapters.config.load import Project, candidate_fields, expand, field_of
from adapters.sources.cells import Cells
from adapters.sources.csv_layout import spoken
from adapters.sources.forms import read_listed
from adapters.sources.given import OnDisk, StandardInput, unchanged
from adapters.sources.text_list import TextList, Told
from adapters.sources.titles import is_data, titles_told
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import CANDIDATE, did_you_mean
from engine.ports import Backend
from engine.screening.inputs import (
    PROBLEM,
    ROW,
    CandidateList,
    Columns,
    Constant,
    Field,
    Identity,
    RowNumber,
)

Place = Path | StandardInput | ListDocument
"""Where a list is read from; its `str` is what people know it by."""


def read_list(project: Project, place: Place, needed: Collection[str]) -> TextList:
    """The list at that place; RefusedInput when it is none, or lacks a column of config.yaml.

    Of the fields that a preset declares, it may lack those that are not `needed`.
    """
    listed = _read(project, place)
    _columns(project, listed, place, needed)
    return listed


def empty_list(project: Project) -> TextList:
    """A list that has every column of config.yaml, and no rows."""
    header = tuple(dict.fromkeys(_mapped(project)))
    table = pa.table({f"c{i}": pa.array([], pa.string()) for i in range(len(header))})
    return TextList(header, table, pa.array([], pa.int64()))


def _read(project: Project, place: Place) -> TextList:
    candidates = project.config.candidates
    if isinstance(place, ListDocument):
        return _of_database(project, place)
    told = Told(
        delimiter=candidates.delimiter,
        encoding=candidates.encoding,
        header=tuple(candidates.header or ()),
        sheet=candidates.sheet,
        names=tuple(_mapped(project)),
        separators={f.column: f.separator for f in candidate_fields(project.config) if f.separator},
    )
    if not isinstance(place, Path):
        return read_listed(place, told)
    with unchanged(place):
        return read_listed(OnDisk(place), told)


def _of_database(project: Project, place: ListDocument) -> TextList:
    """The table or query, a table in the order of what identifies its rows."""
    # Only who reads a database waits for the import.
    from adapters.databases.opening import LIMIT
    from adapters.sources.sql import read_sql_list

    fields = candidate_fields(project.config)
    ids = project.config.candidates.id.columns or []
    return read_sql_list(
        expand(place.sql or ""),
        project.root,
        place.table,
        place.query,
        {f.column: f.separator for f in fields if f.separator is not None},
        [column for column in ids if column != "row"],
        place.timeout or LIMIT,
    )


def _mapped(project: Project) -> list[str]:
    """Header names that config.yaml speaks of."""
    candidates = project.config.candidates
    names = [f.column for f in candidate_fields(project.config)]
    for identity in (candidates.id, candidates.customer, candidates.offer, candidates.channel):
        names += identity.columns or []
    if candidates.contact_at is not None and candidates.contact_at.column:
        names.append(candidates.contact_at.column)
    return [n for n in names if n != "row"]


def _columns(
    project: Project, listed: TextList, place: Place, needed: Collection[str]
) -> dict[str, str]:
    """The table's column for each header name that config.yaml speaks of."""
    columns = {name: _column(listed, place, name) for name in _mapped(project)}
    spare = {
        field.column
        for field in candidate_fields(project.config)
        if field.fact not in needed and project.config.candidates.is_by_preset(field.fact)
    }
    missing = sorted(name for name, column in columns.items() if column is None)
    if not spare.issuperset(missing):
        raise _missing(project, listed, place, [name for name in missing if name not in spare])
    return {name: column for name, column in columns.items() if column is not None}


def candidates_of(
    project: Project, listed: TextList, place: Place, backend: Backend, needed: Collection[str]
) -> tuple[CandidateList, TextList]:
    """The list as the engine screens it; and the list that also says what its cells told.

    `needed` as for `read_list`; fields of a preset that the list lacks are left out.

    Raises RefusedInput for a column that can be read in more than one way.
    """
    candidates, zone = project.config.candidates, project.config.time_zone
    found = _columns(project, listed, place, needed)
    keys = project.config.joined_on()
    cells = Cells(
        listed.table,
        str(place),
        titles={f"c{i}": title.strip() for i, title in enumerate(listed.header)},
        rows=listed.rows,
        typed=listed.typed,
    )

    def identity(name: str, document: IdentityDocument) -> Identity:
        if document.value is not None:
            return Constant(document.value)
        if document.columns == ["row"]:
            return RowNumber()
        names = [found[column] for column in document.columns or ()]
        joined = f"{CANDIDATE}.{name}" in keys
        return Columns(tuple(cells.text(n, candidates.blank, joined=joined) for n in names))

    def field(name: str, document: FieldDocument) -> Field:
        given = field_of(f"{CANDIDATE}.{name}", document, zone)
        blank = [*candidates.blank, *document.blank]
        given = replace(given, column=found[given.column])
        joined = given.fact in keys
        return cells.field(given, blank, document.decimal, document.words, joined=joined)

    contact_at = candidates.contact_at
    screened = CandidateList(
        candidate_id=identity("candidate_id", candidates.id),
        customer_id=identity("customer_id", candidates.customer),
        offer_id=identity("offer_id", candidates.offer),
        channel=identity("channel", candidates.channel),
        contact_at=None if contact_at is None else field("contact_at", contact_at),
        fields=tuple(
            field(name, document)
            for name, document in candidates.fields.items()
            if (document.column or name) in found
        ),
        titles=cells.titles,
        # Last of all: what reads a column in a way of its own has put one more into the table.
        table=backend.load("list", _list_table(listed, cells.table)),
    )
    return screened, replace(listed, said=(*listed.said, *cells.said))


def _column(listed: TextList, place: Place, name: str) -> str | None:
    column = listed.column(name)
    if column is None and [title.strip() for title in listed.header].count(name) > 1:
        raise RefusedInput(
            f"{place} has the column `{name}` more than once", "rename all but one of them"
        )
    return column


def _missing(
    project: Project, listed: TextList, place: Place, missing: Sequence[str]
) -> RefusedInput:
    known = [title.strip() for title in listed.header if title.strip()]
    named = ", ".join(f"`{n}`" for n in missing)
    if len(known) == 1 and listed.form == "csv":
        return RefusedInput(
            f"{place} has one column only when read with {spoken(listed.delimiter)}",
            "say what parts its cells in config.yaml: `candidates: {delimiter: …}`",
        )
    close = [did_you_mean(name, known) for name in missing]
    hint = " ".join(h for h in close if h) or titles_told(known)
    if is_data(known):
        hint = f"{titles_told(known)}; name them in config.yaml: `candidates: {{header: […]}}`"
    plural, by = "s" if len(missing) > 1 else "", project.config.candidates.preset
    said = f"config.yaml or its `preset: {by}` speaks" if by else "config.yaml speaks"
    return RefusedInput(
        f"{place} lacks the column{plural} {named} that {said} of "
        f"(read as: {', '.join(listed.said)})",
        hint,
    )


def _list_table(listed: TextList, cells: pa.Table) -> pa.Table:
    """The rows that can be read and, without their cells, those that can't."""
    table = cells.append_column(ROW, listed.rows)
    table = table.append_column(PROBLEM, pa.nulls(table.num_rows, pa.string()))
    if not listed.misfits:
        return table
    nothing: dict[str, Any] = {
        name: pa.nulls(len(listed.misfits), pa.string()) for name in cells.column_names
    }
    nothing[ROW] = pa.array([row for row, _ in listed.misfits], pa.int64())
    nothing[PROBLEM] = pa.array([why for _, why in listed.misfits], pa.string())
    return pa.concat_tables([table, pa.table(nothing)])
