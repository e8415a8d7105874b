"""A source of config.yaml asked for its text and its date."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from adapters.config.documents import SourceDocument
from adapters.config.load import Project, expand, source_fields
from adapters.sources.read import SourceFailure, SourceText, file_moment, read_file
from adapters.sources.sql import read_sql, sql_moment


@dataclass(frozen=True)
class Answer:
    """What a source said when it was asked: its text and its date, or why there is none."""

    text: SourceText | None
    moment: datetime | None
    failure: str = ""


def ask(project: Project, name: str) -> Answer:
    """Read the source of that name; whatever prevents it is in the answer."""
    document = project.config.sources[name]
    fields = source_fields(name, document, project.config.time_zone)
    dated = [document.as_of.column] if document.as_of and document.as_of.column else []
    columns = list(dict.fromkeys([*document.key, *(f.column for f in fields), *dated]))
    separators = {f.column: f.separator for f in fields if f.separator is not None}
    text = None
    try:
        text = _read(project, document, columns, separators)
        return Answer(text, _moment(project, document))
    except SourceFailure as error:
        return Answer(text, None, str(error))


def _read(
    project: Project, document: SourceDocument, columns: list[str], separators: dict[str, str]
) -> SourceText:
    read = document.read
    if read.file is not None:
        return read_file(project.path(read.file), columns, separators, document.delimiter)
    url = expand(read.sql or "")
    return read_sql(url, project.root, read.table, read.query, columns, separators)


def _moment(project: Project, document: SourceDocument) -> datetime | None:
    """What dates the source as a whole; None when its rows do, or nothing does."""
    as_of, file = document.as_of, document.read.file
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
        url = expand(document.read.sql or "")
        return _moment_of(sql_moment(url, project.root, as_of.sql), "the query of `as_of`")
    return as_of.value


def _moment_of(text: str | None, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise SourceFailure(f"{where} holds no moment like 2026-03-01T06:00:00+01:00") from None
    if moment.tzinfo is None:
        raise SourceFailure(f"{where} holds a moment without a time zone")
    return moment
