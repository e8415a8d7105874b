"""A list that was screened and not recorded: what `plan`, `explain` and a run begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.backends.duckdb import DuckDBBackend
from adapters.config.load import Project
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
    path: Path
    as_of: datetime
    gathered: Gathered
    screening: Screening
    backend: DuckDBBackend


def screen_list(project: Project, path: Path, as_of: datetime, progress: Progress) -> Screened:
    """Screen the list at `path` as of a moment: nothing is recorded, nothing written.

    Raises RefusedInput for a file that is no list, DuplicateKey for a source that contradicts
    itself.
    """
    backend, gathered = read_list(project, path, as_of, progress)
    return screen_read(project, path, gathered, as_of, backend, progress)


def read_list(
    project: Project, path: Path, as_of: datetime, progress: Progress
) -> tuple[DuckDBBackend, Gathered]:
    """Read the list and its sources into a backend of their own; the caller closes it.

    Raises RefusedInput for a file that is no list.
    """
    progress("read")
    without_pandas()
    backend = DuckDBBackend()
    needed = facts_read(project.ruleset)
    return backend, read_inputs(project, path, as_of, backend, needed)


def screen_read(
    project: Project,
    path: Path,
    gathered: Gathered,
    as_of: datetime,
    backend: DuckDBBackend,
    progress: Progress,
) -> Screened:
    """Screen what was read. Raises DuplicateKey for a source that contradicts itself."""
    screening = screen(project.ruleset, gathered.inputs, backend, progress)
    return Screened(project, path, as_of, gathered, screening, backend)


def manifest_of(screened: Screened) -> dict[str, Any]:
    """What a screening came to; a run's manifest has more.

    Raises UpfrontError should the counts not add up (promise 2).
    """
    project, gathered = screened.project, screened.gathered
    summary = summarise(screened.screening, screened.backend)
    counts = summary["counts"]
    rows = gathered.csv.table.num_rows + len(gathered.csv.misfits)
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
    return {
        "run_id": run_id_of(project, gathered, screened.as_of),
        "as_of": utc(screened.as_of),
        "backend": screened.backend.name,
        "list": str(screened.path),
        **summary,
        "sources": {
            s.name: {"rows": s.rows, "as_of": s.as_of, "failure": s.failure}
            for s in gathered.sources
        },
        "ruleset_digest": project.ruleset.digest,
        "config_digest": project.digest,
        "input_digest": gathered.input_digest,
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
