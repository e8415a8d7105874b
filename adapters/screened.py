"""A list that was screened and not recorded: what `plan`, `explain` and a run begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.backends.duckdb import DuckDBBackend
from adapters.config.load import Project
from adapters.invalid_rows import check_facts
from adapters.listing import Place
from adapters.startup import without_pandas
from adapters.wiring import Gathered, read_inputs
from engine.diagnostics import UpfrontError
from engine.language.load import digest_of
from engine.ports import Progress
from engine.screening.reasons import facts_read
from engine.screening.screen import Screening, screen
from engine.screening.summary import summarise


@dataclass(frozen=True)
class Screened:
    """A list that was screened and not yet recorded."""

    project: Project
    place: Place
    as_of: datetime
    gathered: Gathered
    screening: Screening
    backend: DuckDBBackend


def screen_list(project: Project, place: Place, as_of: datetime, progress: Progress) -> Screened:
    """Screen the list at a place as of a moment: nothing is recorded, nothing written.

    Raises RefusedInput for a file that is no list, SourceNotThere for a source that is missing or
    empty, DuplicateKey for one that contradicts itself.
    """
    backend, gathered = read_list(project, place, as_of, progress)
    return screen_read(project, place, gathered, as_of, backend, progress)


def read_list(
    project: Project, place: Place, as_of: datetime, progress: Progress
) -> tuple[DuckDBBackend, Gathered]:
    """Read the list and its sources into a backend of their own; the caller closes it.

    Raises RefusedInput for a file that is no list, SourceNotThere for a source that is missing or
    empty.
    """
    progress("read")
    without_pandas()
    backend = DuckDBBackend()
    needed = facts_read(project.ruleset)
    return backend, read_inputs(project, place, as_of, backend, needed, progress)


def screen_read(
    project: Project,
    place: Place,
    gathered: Gathered,
    as_of: datetime,
    backend: DuckDBBackend,
    progress: Progress,
) -> Screened:
    """Screen what was read. Raises DuplicateKey for a source that contradicts itself."""
    screening = screen(project.ruleset, gathered.inputs, backend, progress)
    return Screened(project, place, as_of, gathered, screening, backend)


def manifest_of(screened: Screened) -> dict[str, Any]:
    """What a screening came to; a run's manifest has more.

    Raises TooManyInvalid, and UpfrontError should the counts not add up (promise 2).
    """
    project, gathered = screened.project, screened.gathered
    failures = screened.screening.failures
    summary = summarise(screened.screening, screened.backend)
    counts, found = summary["counts"], summary.pop("found")
    rows = gathered.listed.table.num_rows + len(gathered.listed.misfits)
    if (
        not rows
        == counts["read"]
        == counts["allowed"] + counts["blocked"]
        == (counts["allowed"] + sum(counts["by_cause"].values()))
    ):
        raise UpfrontError(
            f"{rows} rows were read, but {counts['allowed']} allowed and {counts['blocked']} "
            "blocked: nothing is released",
            "please report this as a defect",
        )
    check_facts(project, screened.screening.facts, rows, screened.backend)
    return {
        "run_id": run_id_of(project, gathered, screened.as_of),
        "as_of": utc(screened.as_of),
        "backend": screened.backend.name,
        "list": str(screened.place),
        "list_read_as": list(gathered.listed.said),
        **summary,
        "sources": {
            s.name: {
                "rows": s.rows,
                "as_of": s.as_of,
                "failure": s.failure or failures.get(s.name, ""),
                "digest": s.digest,
                "whole": s.is_whole and s.name not in failures,
                "asked": s.is_asked,
                "found": found.get(s.name),
            }
            for s in gathered.sources
        },
        "ruleset_digest": project.ruleset.digest,
        "config_digest": project.digest,
        "input_digest": gathered.listed.digest,
    }


def run_id_of(project: Project, gathered: Gathered, as_of: datetime) -> str:
    """The run's clock and a hash of all that went into it."""
    parts = {
        "as_of": utc(as_of),
        "config": project.digest,
        "rules": project.ruleset.digest,
        "read": gathered.digest,
    }
    return f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest_of(parts)[:12]}"


def utc(moment: datetime) -> str:
    """ISO 8601 with Z, as the manifest and the ledger write moments."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
