"""Looks at every source as a run would: is it there, fresh, unique, readable, and does it match?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir

from adapters.asking import Answer, ask
from adapters.config.load import Project
from adapters.listing import Place, candidates_of, empty_list, read_list
from adapters.presence import SourceNotThere, all_there
from adapters.source_cells import Report, date_report, field_report, key_report, numbered
from adapters.source_match import matches
from adapters.sources.history import History
from adapters.wiring import source_of
from engine.language.literals import MOMENT_LIMITS
from engine.ports import Backend
from engine.screening.facts import FactState, cleaned, field_columns
from engine.screening.inputs import DuplicateKey, Field, Inputs, Source
from engine.screening.sources import source_rows

SAMPLE = 20
"""Keys that a service is asked about, unless all of them are."""
_READERS = 4
_WHY = {
    FactState.STALE: "it is older than its `max_age`, so its facts are unknown",
    FactState.FROM_THE_FUTURE: "it is dated in the future, so its facts are unknown",
}
_UNDATED = "nothing tells how old it is, and it has a `max_age`, so its facts are unknown"
_OTHERWISE = (
    "nobody of the list finds a row, and its keys are written in another way than the list's: whoever "
    "is in it counts as not there; write both in one form"
)


def check_sources(
    project: Project,
    names: Collection[str],
    place: Place | None,
    as_of: datetime,
    backend: Backend,
    *,
    every: bool = False,
) -> Report:
    """What there is to say of the sources of these names (of all, without names), as of a moment.

    With a list, how many of its candidates find a match; services are then asked about SAMPLE of
    its keys, or about `every` one. A report's `problems` are what would make facts unknown or
    stop a run. Values are shown of no field or key that is personal. RefusedInput for no list.
    """
    wanted = _joined_through(project, names or project.source_order)
    with ThreadPoolExecutor(_READERS) as readers:
        asked = {name: readers.submit(ask, project, name, as_of) for name in wanted}
        # A preset's field that the list lacks is needed where a source is joined on it.
        keys = {f for name in wanted for f in project.config.sources[name].key.values()}
        listed = empty_list(project) if place is None else read_list(project, place, keys)
        candidates, _ = candidates_of(project, listed, place or Path(), backend, keys)
        answers = {name: answer.result() for name, answer in asked.items()}
    reports: dict[str, Report] = {name: {"problems": []} for name in wanted}
    sources = []
    for name, answer in answers.items():
        checked = _present(project, name, answer, reports[name])
        sources.append(source_of(project, name, checked, backend))
    inputs = Inputs(candidates, tuple(sources), as_of, project.config.time_zone)
    for source, answer in zip(inputs.sources, answers.values(), strict=True):
        _whole(project, source, answer, inputs, backend, reports[source.name])
    found = None if place is None else _matched(project, inputs, reports, backend, every=every)
    shown = {n: reports[n] for n in wanted if not names or n in names}
    return {
        "as_of": as_of.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "list": None if place is None else str(place),
        "candidates": found,
        "ok": not any(report["problems"] for report in shown.values()),
        "sources": shown,
    }


def _joined_through(project: Project, names: Iterable[str]) -> list[str]:
    """The sources of these names and those that they are joined through, in order."""
    wanted = set(names)
    for name in reversed(project.source_order):
        if name in wanted:
            wanted |= {f.split(".", 1)[0] for f in project.config.sources[name].key.values()}
    return [name for name in project.source_order if name in wanted]


def _present(project: Project, name: str, answer: Answer, report: Report) -> Answer:
    """The answer as a run would take it; what would stop a run is noted, and is then a failure."""
    document = project.config.sources[name]
    told = document.read.is_whole and (answer.text is not None or answer.lookup is not None)
    report |= {"rows": answer.rows if told else None, "optional": document.optional}
    try:
        checked = all_there(project, {name: answer})[name]
    except SourceNotThere as error:
        report["problems"].append(f"{_plain(error.message)}; a run stops")
        return replace(answer, failure=answer.failure or "it has no rows")
    if checked.failure:
        report["problems"].append(f"{checked.failure}; its facts are unknown")
    return checked


def _plain(message: str) -> str:
    """A problem without the place and the name that stand beside it anyway."""
    return message.partition(": ")[2].partition(": ")[2] or message


# ── by itself ────────────────────────────────────────────────────────────────────────────────────


def _whole(
    project: Project,
    source: Source,
    answer: Answer,
    inputs: Inputs,
    backend: Backend,
    report: Report,
) -> None:
    """Age, keys and cells of a source, told without any list."""
    problems = report["problems"]
    age = project.config.sources[source.name].max_age
    report |= {"as_of": None, "age": None, "max_age": _seconds(age), "fresh": None, "keys": None}
    report |= {"fields": {}, "failure": source.failure}
    judged = source
    if answer.text is not None and source.table is not None:
        raw = backend.load(f"checked {source.name}", numbered(answer.text.table))
        report["keys"] = key_report(source, raw, inputs, backend, problems)
        report["fields"] = field_report(source, raw, backend, problems)
        date_report(source, raw, inputs, backend, problems)
        dated = _newest(source.as_of_field, raw, backend) if source.as_of_field else source.as_of
    elif isinstance(answer.lookup, History) and answer.lookup.columns.dated is not None:
        raw = backend.load(f"checked {source.name}", answer.lookup.text.table)
        dated = _newest(answer.lookup.columns.dated, raw, backend)
        # Every row of its answers has this date, whoever they are about.
        judged = replace(source, as_of=dated, as_of_field=None)
    else:
        dated = source.as_of
    if dated is not None:
        report["as_of"] = dated.isoformat()
        report["age"] = _seconds(inputs.as_of - dated)
    if source.failure:
        return
    # The others are left out, but what they declare is what keys are made of.
    others = tuple(
        judged if s is source else replace(s, table=None, lookup=None, failure="left out")
        for s in inputs.sources
    )
    try:
        rows = source_rows(replace(inputs, sources=others), set(), backend)
    except DuplicateKey as error:
        problems.append(f"{_after(error.message)}; a run stops")
        return
    state = next(r.failure for r in rows if r.source is judged)
    if judged is not source and dated is None and age is not None:
        state = FactState.STALE
    report["fresh"] = None if age is None else state is FactState.VALUE
    if state is not FactState.VALUE:
        undated = state is FactState.STALE and dated is None
        why = _UNDATED if undated else _WHY.get(state, f"its facts are {state.label}")
        problems.append(why)


def _after(message: str) -> str:
    return message.partition("` ")[2] or message


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def _newest(dated: Field, raw: ir.Table, backend: Backend) -> datetime | None:
    """The date of the newest row."""
    cells = cleaned(raw, [dated.column], backend.dialect)
    moment = field_columns(cells, dated, backend.dialect)[dated.fact]
    newest = backend.rows(cells.select(moment=moment).aggregate(newest=ibis._["moment"].max()))
    found = newest[0]["newest"]
    if found is None:
        return None
    # A clock at either end of the calendar may be beyond it in UTC.
    within = min(max(found, MOMENT_LIMITS[0]), MOMENT_LIMITS[1])
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=within)


# ── against a list ───────────────────────────────────────────────────────────────────────────────


def _matched(
    project: Project,
    inputs: Inputs,
    reports: Mapping[str, Report],
    backend: Backend,
    *,
    every: bool,
) -> int:
    """How many candidates there are; what each source has for them is added to the reports."""
    # What a run stops at has no rows that could be joined.
    stopped = {name for name, report in reports.items() if (report["keys"] or {}).get("twice")}
    sources = tuple(
        replace(s, table=None, failure="it stops a run")
        if s.name in stopped and not s.pick_latest
        else s
        for s in inputs.sources
    )
    services = [n for n in reports if is_service(project, n)]
    most = None if every else SAMPLE
    total, found = matches(replace(inputs, sources=sources), services, most, backend)
    for name, counts in found.items():
        reports[name]["candidates"] = counts
        if not counts.pop("alike", True):
            reports[name]["problems"].append(_OTHERWISE)
        for problem, keys in counts.get("asked", {}).get("problems", {}).items():
            what = "key" if keys == 1 else "keys"
            reports[name]["problems"].append(f"no answer for {keys:,} {what}: {problem}")
    return total


def is_service(project: Project, name: str) -> bool:
    """Whether asking the source costs somebody else's time."""
    return project.config.sources[name].read.service is not None
