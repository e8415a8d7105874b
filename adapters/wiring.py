"""Puts adapters together: a checked project and a list → what the engine screens."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.asking import Answer, ask
from adapters.config.load import (
    Project,
    Settings,
    expand,
    source_fields,
)
from adapters.dialing import check_columns
from adapters.listing import Place, candidates_of, read_list
from adapters.presence import all_there
from adapters.sources.history import History
from adapters.sources.text_list import TextList
from engine.language.load import digest_of
from engine.language.vocabulary import FactType
from engine.ports import Backend, Progress
from engine.screening.inputs import (
    Field,
    Inputs,
    Source,
)

if TYPE_CHECKING:
    from adapters.ledger.store import Ledger

_READERS = 2
"""Sources that are read at a time, beside the list."""


@dataclass(frozen=True)
class SourceReport:
    """What became of one source: how many rows, how old, and why it could not be read, if so.

    `is_whole`: all its rows were read. `is_asked`: about keys, so that a failure may be of some.
    """

    name: str
    rows: int
    as_of: str | None
    failure: str
    digest: str
    is_whole: bool
    is_asked: bool


@dataclass(frozen=True)
class Gathered:
    """A list and its sources, read and ready to be screened."""

    inputs: Inputs
    listed: TextList
    answers: Mapping[str, Answer]

    @property
    def sources(self) -> tuple[SourceReport, ...]:
        """What became of each source; of those asked about keys, so far."""
        return tuple(_report(source, self.answers[source.name]) for source in self.inputs.sources)

    @property
    def is_known(self) -> bool:
        """Whether all that went in is known: what services answer is not before they are asked."""
        lookups = [answer.lookup for answer in self.answers.values()]
        return all(lookup.digest for lookup in lookups if lookup is not None)

    @property
    def digest(self) -> str:
        """One hash of everything that was read."""
        # Not what lookups say of their failures: that is known only once they were asked.
        parts = {
            s.name: f"{s.digest} {s.as_of} {self.answers[s.name].failure}" for s in self.sources
        }
        return digest_of({**parts, "": self.listed.digest})


def project_ledger(settings: Settings, *, create: bool) -> Ledger:
    """The ledger that config.yaml names; the path of an SQLite file is relative to it."""
    # A third of a second, which a run spends beside its work.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from adapters.ledger.store import open_ledger

    text = expand(settings.config.ledger)
    # What is no address is refused where ledgers are opened.
    with suppress(ArgumentError):
        url = make_url(text)
        if url.get_backend_name() == "sqlite" and url.database:
            url = url.set(database=str(settings.path(url.database).resolve()))
            text = url.render_as_string(hide_password=False)
    return open_ledger(text, settings.path(settings.config.signing_key), create=create)


def read_inputs(
    project: Project,
    place: Place,
    as_of: datetime,
    backend: Backend,
    needed: frozenset[str],
    progress: Progress = lambda stage: None,
) -> Gathered:
    """Read the list at that place and the sources that `needed` facts come from.

    Raises RefusedInput when the file is no candidate list, SourceNotThere when a source is missing
    or empty that may not be. One that is there and can't be read stops nothing, its facts are
    unknown.
    """
    config = project.config
    with ThreadPoolExecutor(_READERS) as readers:
        used, wanted = _used(project, needed)
        answers = {
            name: readers.submit(ask, project, name, as_of, wanted, progress) for name in used
        }
        listed = read_list(project, place, wanted)
        check_columns(config.output, listed)
        candidates, listed = candidates_of(project, listed, place, backend, wanted)
        read = all_there(project, {name: answer.result() for name, answer in answers.items()})
        sources = tuple(source_of(project, name, answer, backend) for name, answer in read.items())
    return Gathered(Inputs(candidates, sources, as_of, config.time_zone), listed, read)


def _used(project: Project, needed: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """Sources that rules read, and those that these are joined through; and the facts of all."""
    wanted, used = set(needed), set()
    for name in reversed(project.source_order):
        if any(fact.startswith(f"{name}.") for fact in wanted):
            used.add(name)
            wanted |= set(project.config.sources[name].key.values())
    return [name for name in project.source_order if name in used], frozenset(wanted)


def source_of(project: Project, name: str, answer: Answer, backend: Backend) -> Source:
    """A source as the engine joins it."""
    document, zone, text = project.config.sources[name], project.config.time_zone, answer.text
    if isinstance(answer.lookup, History):
        # It was read beside the others, before there was anything to count with.
        answer.lookup.backend = backend
    dated, layout = document.as_of.column if document.as_of else None, answer.layout
    field = Field(f"{name}.as_of", dated, FactType.TIMESTAMP, zone) if dated else None
    return Source(
        name=name,
        keys=layout.keys if layout else tuple(document.key.items()),
        fields=layout.fields if layout else tuple(source_fields(name, document, zone)),
        table=None if text is None or answer.lookup else backend.load(f"raw {name}", text.table),
        as_of=answer.moment,
        as_of_field=layout.dated if layout else field,
        max_age=document.max_age,
        clock_skew=document.tolerance,
        pick_latest=document.pick == "latest",
        failure=answer.failure,
        lookup=answer.lookup,
        optional=answer.lookup.optional if answer.lookup else frozenset(),
    )


def _report(source: Source, answer: Answer) -> SourceReport:
    digest = answer.text.digest if answer.text else ""
    failure = answer.failure
    if answer.lookup is not None:
        digest = answer.lookup.digest
        failure = failure or answer.lookup.failure
    return SourceReport(
        name=source.name,
        rows=answer.rows,
        as_of=_dated_by(source, answer),
        failure=failure,
        digest=digest,
        is_whole=answer.is_whole,
        is_asked=answer.lookup is not None,
    )


def _dated_by(source: Source, answer: Answer) -> str | None:
    """The column that dates each row, or the moment that dates them all."""
    if source.as_of_field is None:
        return source.as_of.isoformat() if source.as_of else None
    return answer.layout.dated_by if answer.layout else source.as_of_field.column
