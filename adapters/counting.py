"""A contact log of config.yaml → what is counted in it when it is asked about candidates."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from adapters.config.fields import FieldDocument
from adapters.config.history import AT, CountDocument
from adapters.config.load import Project
from adapters.config.sources import CLOCK_SKEW, ReadDocument, SourceDocument
from adapters.source_columns import declared
from adapters.sources.cells import Cells
from adapters.sources.history import Count, History, Last, LogColumns, Window
from adapters.sources.read import SourceFailure, SourceText
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import FactType
from engine.screening.inputs import Field

_KINDS = ("channel", "purpose", "result")


def log_columns(document: SourceDocument) -> list[str]:
    """The columns of a contact log that are read."""
    read = document.read
    named = [column for column in document.key if column != AT]
    named += [column for column in (read.id, *_kinds(read).values()) if column is not None]
    if read.at is not None:
        named.append(read.at.column)
    if document.as_of is not None and document.as_of.column is not None:
        named.append(document.as_of.column)
    return list(dict.fromkeys(named))


def counted(
    project: Project,
    name: str,
    text: SourceText,
    as_of: datetime,
    needed: Collection[str] | None = None,
) -> History:
    """The log that `text` is, ready to be asked for those of its facts that are `needed`.

    Windows end at `as_of` unless a key says when. Raises SourceFailure for a column that can be
    read in more than one way, and for keys that a spreadsheet destroyed.
    """
    document = project.config.sources[name]
    cells = Cells(text.table, f"source {name}", typed=text.typed)
    try:
        columns, shown = _columns(project, name, document, cells)
    except RefusedInput as error:
        raise SourceFailure(f"{error.message}; {error.hint}") from None
    fields = {
        field: said
        for field, said in document.fields.items()
        if needed is None or f"{name}.{field}" in needed
    }
    return History(
        name=name,
        text=SourceText(cells.table, text.digest, text.typed),
        columns=columns,
        counts=[
            Count(field, _window(said.count), _only(said.count, shown))
            for field, said in fields.items()
            if said.count is not None
        ],
        lasts=[
            Last(field, _only_last(said, document, shown))
            for field, said in fields.items()
            if said.last is not None
        ],
        as_of=as_of,
        skew=document.tolerance or CLOCK_SKEW,
        zone=project.config.time_zone,
    )


def _columns(
    project: Project, name: str, document: SourceDocument, cells: Cells
) -> tuple[LogColumns, dict[str, str]]:
    """How the log is read, and from which columns channel, purpose and result are."""
    read, zone = document.read, project.config.time_zone
    keys = []
    for column, fact in document.key.items():
        if column != AT:
            how, decimal = declared(project, fact)
            keys.append(Field(fact, cells.key(column, how, decimal), how.type, zone, how.format))
    at = Field(f"{name}.at", "", FactType.TIMESTAMP, zone)
    if read.at is not None:
        at = cells.field(Field(at.fact, read.at.column, at.type, zone, read.at.format))
    by = document.as_of.column if document.as_of else None
    form = document.as_of.format if document.as_of else None
    dated = Field(f"{name}.as_of", by, FactType.TIMESTAMP, zone, form) if by else None
    shown = {kind: cells.text(column) for kind, column in _kinds(read).items()}
    columns = LogColumns(
        at=at,
        keys=tuple(keys),
        names=tuple(column for column in document.key if column != AT),
        identity=cells.text(read.id) if read.id is not None else None,
        may_be_blank=frozenset({shown["result"]} if "result" in shown else ()),
        dated=cells.field(dated) if dated is not None else None,
    )
    return columns, shown


def _kinds(read: ReadDocument) -> dict[str, str]:
    """The columns of the log that tell of what kind its contacts are."""
    return {kind: getattr(read, kind) for kind in _KINDS if getattr(read, kind) is not None}


def _window(count: CountDocument) -> Window:
    window = count.within or count.calendar
    if window is None:
        raise SourceFailure("a count has no window")
    return window


def _only(count: CountDocument, shown: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The texts that count, by the column they stand in."""
    texts = {
        "channel": (count.channel,) if count.channel else None,
        "purpose": (count.purpose,) if count.purpose else None,
        "result": tuple(count.result) if count.result else None,
    }
    return {shown[kind]: said for kind, said in texts.items() if said is not None}


def _only_last(
    field: FieldDocument, document: SourceDocument, shown: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    if field.last == "contact":
        return {}
    return {shown["result"]: tuple(document.read.refusals or ())}
