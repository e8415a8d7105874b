"""A source of config.yaml asked for its text and its date."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from adapters.computing import computed
from adapters.config.load import Project, expand, source_fields
from adapters.config.sources import SourceDocument
from adapters.counting import counted, log_columns
from adapters.source_columns import Layout, laid_out
from adapters.sources.read import SourceFailure, SourceMissing, SourceText, file_moment, read_file
from adapters.sources.text_list import Told
from engine.ports import Progress
from engine.screening.inputs import Found


class Asked(Protocol):
    """A source that is asked about keys; an engine's `Lookup` that can tell how it went.

    `digest` (hex) is of all that its answers depend on, "" for one that only its answers can
    tell and that was not asked yet; `rows` how many keys it knew, and `failure` a sentence for
    people on those it could not tell, without any data.
    """

    optional: frozenset[str]

    @property
    def digest(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def failure(self) -> str: ...

    def __call__(self, keys: pa.Table) -> Found: ...


@dataclass(frozen=True)
class Answer:
    """What a source said when it was asked: its text and its date, or why there is none.

    One that is asked about keys has a `lookup`, and no text unless it was read whole before, as a
    contact log is. `is_missing` tells one that is
    not there at all from one that could not be read. `layout` tells what its text's columns are for.
    """

    text: SourceText | None
    moment: datetime | None
    failure: str = ""
    lookup: Asked | None = None
    is_missing: bool = False
    layout: Layout | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all its rows were read."""
        return self.text is not None and not self.failure

    @property
    def rows(self) -> int:
        """How many rows it has; of one that is asked about keys, how many it knew so far."""
        if self.lookup is not None:
            return self.lookup.rows
        return self.text.table.num_rows if self.text else 0


def ask(
    project: Project,
    name: str,
    as_of: datetime,
    needed: frozenset[str] | None = None,
    progress: Progress = lambda stage: None,
) -> Answer:
    """Read the source of that name, as of the run's moment; whatever prevents it is in the answer.

    Of its fields only those among the `needed` facts are read (None: all), beside what it is
    joined on and dated by. `progress` is told how far a service has answered.
    """
    document = project.config.sources[name]
    fields = source_fields(name, document, project.config.time_zone)
    fields = [f for f in fields if needed is None or f.fact in needed]
    if document.read.computed is not None:
        _, settings = document.read.computed
        told = dict.fromkeys(f.column for f in fields)
        return Answer(None, None, lookup=computed(project, settings, list(told)))
    dated = [document.as_of.column] if document.as_of and document.as_of.column else []
    columns = list(dict.fromkeys([*document.key, *(f.column for f in fields), *dated]))
    separators = {f.column: f.separator for f in fields if f.separator is not None}
    text = None
    try:
        if document.read.service is not None:
            from adapters.reaching import reach_service

            tell = lambda done, total: progress(f"asking {name}: {done:,} of {total:,}")  # noqa: E731
            return Answer(None, None, lookup=reach_service(project, name, fields, as_of, tell))
        if document.read.history is not None:
            text, dating = _read(project, document, log_columns(document), {})
            log = counted(project, name, text, as_of, needed)
            return Answer(text, _moment(project, document, dating), lookup=log)
        text, dating = _read(project, document, columns, separators)
        text, layout = laid_out(project, name, text)
        return Answer(text, _moment(project, document, dating), layout=layout)
    except SourceFailure as error:
        return Answer(text, None, str(error), is_missing=isinstance(error, SourceMissing))


def _read(
    project: Project, document: SourceDocument, columns: list[str], separators: dict[str, str]
) -> tuple[SourceText, str | None]:
    """The columns, and what the query of `as_of` gave, both from one state of a database."""
    read, as_of = document.read.history or document.read, document.as_of
    if read.file is not None:
        path = project.path(read.file)
        told = Told(
            delimiter=document.delimiter,
            encoding=document.encoding,
            header=tuple(document.header or ()),
            sheet=document.sheet,
            separators=separators,
        )
        return read_file(path, columns, told), None
    # Only who reads a database waits for the import.
    from adapters.databases.opening import LIMIT
    from adapters.sources.sql import opened

    url, limit = expand(read.sql or ""), read.timeout or LIMIT
    with opened(url, project.root, read.table, read.query, limit) as relation:
        text = relation.source(columns, separators)
        return text, None if as_of is None or as_of.sql is None else relation.cell(as_of.sql)


def _moment(project: Project, document: SourceDocument, dating: str | None) -> datetime | None:
    """What dates the source as a whole; None when its rows do, or nothing does.

    `dating` is what the query of `as_of` gave.
    """
    as_of, file = document.as_of, (document.read.history or document.read).file
    if as_of is None or as_of.file is not None:
        # Without a word on its age, a file is as old as its last change, a database undated.
        if file is not None:
            return file_moment(project.path(file))
        if as_of is not None:
            raise SourceFailure("only a file has a time of its own; say `as_of: {sql: …}`")
        return None
    if as_of.env is not None:
        return _moment_of(os.environ.get(as_of.env), f"the environment variable {as_of.env}")
    if as_of.sql is not None:
        return _moment_of(dating, "the query of `as_of`")
    return as_of.value


def _moment_of(text: str | None, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise SourceFailure(f"{where} holds no moment like 2026-03-01T06:00:00+01:00") from None
    if moment.tzinfo is None:
        raise SourceFailure(f"{where} holds a moment without a time zone")
    return moment
