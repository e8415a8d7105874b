"""Puts adapters together: a checked project and a list → what the engine screens."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from adapters.asking import Answer, ask
from adapters.config.documents import IdentityDocument
from adapters.config.load import (
    Project,
    Settings,
    candidate_fields,
    expand,
    field_of,
    source_fields,
)
from adapters.ledger.store import Ledger, open_ledger
from adapters.sources.csv_text import CsvText, read_csv, spoken
from adapters.sources.digest import file_digest
from engine.diagnostics import RefusedInput
from engine.language.load import digest_of
from engine.language.vocabulary import FactType, did_you_mean
from engine.ports import Backend
from engine.screening.inputs import (
    CELLS,
    ROW,
    CandidateList,
    Columns,
    Constant,
    Field,
    Identity,
    Inputs,
    RowNumber,
    Source,
)

_READERS = 2
"""Sources that are read at a time, beside the list."""


@dataclass(frozen=True)
class SourceReport:
    """What became of one source: how many rows, how old, and why it could not be read, if so."""

    name: str
    rows: int
    as_of: str | None
    failure: str
    digest: str


@dataclass(frozen=True)
class Gathered:
    """A list and its sources, read and ready to be screened."""

    inputs: Inputs
    csv: CsvText
    input_digest: str
    sources: tuple[SourceReport, ...]

    @property
    def digest(self) -> str:
        """One hash of everything that was read."""
        parts = {s.name: f"{s.digest} {s.as_of} {s.failure}" for s in self.sources}
        return digest_of({**parts, "": self.input_digest})


def project_ledger(settings: Settings, *, create: bool) -> Ledger:
    """The ledger that config.yaml names; the path of an SQLite file is relative to it."""
    text = expand(settings.config.ledger)
    # What is no address is refused where ledgers are opened.
    with suppress(ArgumentError):
        url = make_url(text)
        if url.get_backend_name() == "sqlite" and url.database:
            url = url.set(database=str(settings.path(url.database).resolve()))
            text = url.render_as_string(hide_password=False)
    return open_ledger(text, settings.path(settings.config.signing_key), create=create)


def read_inputs(
    project: Project, path: Path, as_of: datetime, backend: Backend, needed: frozenset[str]
) -> Gathered:
    """Read the list at `path` and the sources that `needed` facts come from.

    Raises RefusedInput when the file is no candidate list; a source that can't be read does not
    stop the run, its facts are unknown.
    """
    config = project.config
    with ThreadPoolExecutor(_READERS) as readers:
        used = _used_sources(project, needed)
        answers = {name: readers.submit(ask, project, name) for name in used}
        csv = read_csv(path, config.candidates.delimiter, _mapped(project))
        candidates = _candidates(project, csv, path, backend)
        sources, reports = [], []
        for name, answer in answers.items():
            source, report = _source(project, name, answer.result(), backend)
            sources.append(source)
            reports.append(report)
    inputs = Inputs(candidates, tuple(sources), as_of, config.time_zone)
    return Gathered(inputs, csv, file_digest(path), tuple(reports))


def _used_sources(project: Project, needed: frozenset[str]) -> list[str]:
    """Sources that rules read, and those that these are joined through."""
    wanted = {name.split(".", 1)[0] for name in needed}
    for name in reversed(project.source_order):
        if name in wanted:
            wanted |= {f.split(".", 1)[0] for f in project.config.sources[name].key.values()}
    return [name for name in project.source_order if name in wanted]


def _mapped(project: Project) -> list[str]:
    """Header names that config.yaml speaks of."""
    candidates = project.config.candidates
    names = [f.column for f in candidate_fields(project.config)]
    for identity in (candidates.id, candidates.customer, candidates.offer, candidates.channel):
        names += identity.columns or []
    if candidates.contact_at is not None and candidates.contact_at.column:
        names.append(candidates.contact_at.column)
    return [n for n in names if n != "row"]


def _candidates(project: Project, csv: CsvText, path: Path, backend: Backend) -> CandidateList:
    candidates = project.config.candidates
    columns = {name: _column(csv, path, name) for name in _mapped(project)}
    missing = sorted(name for name, column in columns.items() if column is None)
    if missing:
        raise _missing(csv, path, missing)
    found = {name: column for name, column in columns.items() if column is not None}

    def identity(document: IdentityDocument) -> Identity:
        if document.value is not None:
            return Constant(document.value)
        if document.columns == ["row"]:
            return RowNumber()
        return Columns(tuple(found[c] for c in document.columns or ()))

    def field(given: Field) -> Field:
        return Field(
            given.fact,
            found[given.column],
            given.type,
            given.zone,
            given.format,
            given.decimal,
            given.separator,
            given.pii,
        )

    contact_at = None
    if candidates.contact_at is not None:
        zone = project.config.time_zone
        contact_at = field(field_of("candidate.contact_at", candidates.contact_at, zone))
    return CandidateList(
        table=backend.load("list", _list_table(csv)),
        width=len(csv.header),
        candidate_id=identity(candidates.id),
        customer_id=identity(candidates.customer),
        offer_id=identity(candidates.offer),
        channel=identity(candidates.channel),
        contact_at=contact_at,
        fields=tuple(field(f) for f in candidate_fields(project.config)),
    )


def _column(csv: CsvText, path: Path, name: str) -> str | None:
    column = csv.column(name)
    if column is None and [title.strip() for title in csv.header].count(name) > 1:
        raise RefusedInput(
            f"{path} has the column `{name}` more than once", "rename all but one of them"
        )
    return column


def _missing(csv: CsvText, path: Path, missing: Sequence[str]) -> RefusedInput:
    known = [title.strip() for title in csv.header]
    named = ", ".join(f"`{n}`" for n in missing)
    if len(known) == 1:
        return RefusedInput(
            f"{path} has one column only when read with {spoken(csv.delimiter)}",
            "say what parts its cells in config.yaml: `candidates: {delimiter: …}`",
        )
    close = [did_you_mean(name, known) for name in missing]
    hint = " ".join(h for h in close if h) or f"it has: {', '.join(known)}"
    plural = "s" if len(missing) > 1 else ""
    return RefusedInput(
        f"{path} lacks the column{plural} {named} that config.yaml speaks of "
        f"(read with {spoken(csv.delimiter)})",
        hint,
    )


def _list_table(csv: CsvText) -> pa.Table:
    """The rows that fit and, without their cells, those that do not."""
    table = csv.table.append_column(ROW, csv.rows)
    table = table.append_column(CELLS, pa.nulls(table.num_rows, pa.int64()))
    if not csv.misfits:
        return table
    nothing: dict[str, Any] = {
        name: pa.nulls(len(csv.misfits), pa.string()) for name in csv.table.column_names
    }
    nothing[ROW] = pa.array([row for row, _ in csv.misfits], pa.int64())
    nothing[CELLS] = pa.array([cells for _, cells in csv.misfits], pa.int64())
    return pa.concat_tables([table, pa.table(nothing)])


def _source(
    project: Project, name: str, answer: Answer, backend: Backend
) -> tuple[Source, SourceReport]:
    document, zone, text = project.config.sources[name], project.config.time_zone, answer.text
    dated = document.as_of.column if document.as_of else None
    source = Source(
        name=name,
        keys=tuple(document.key.items()),
        fields=tuple(source_fields(name, document, zone)),
        table=None if text is None else backend.load(f"raw {name}", text.table),
        as_of=answer.moment,
        as_of_field=Field(f"{name}.as_of", dated, FactType.TIMESTAMP, zone) if dated else None,
        max_age=document.max_age,
        pick_latest=document.pick == "latest",
        failure=answer.failure,
    )
    report = SourceReport(
        name=name,
        rows=text.table.num_rows if text else 0,
        as_of=dated or (answer.moment.isoformat() if answer.moment else None),
        failure=answer.failure,
        digest=text.digest if text else "",
    )
    return source, report
