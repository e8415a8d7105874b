"""A run from list to release: gather → match → decide → allocate → record → release.

The order of the last steps is promise 3: files are written where nobody sees them, the ledger
commits, and only then do they appear. A run is named by what went into it, so the same run made
again is recognised, and finished or released where it was cut off.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from adapters.backends.duckdb import DuckDBBackend
from adapters.config.load import Project
from adapters.ledger.store import Ledger
from adapters.outputs.lists import BLOCKED, write_allowed, write_blocked
from adapters.outputs.staging import MANIFEST, Staging, copy_into_place, recover
from adapters.wiring import Gathered, project_ledger, read_inputs
from engine.diagnostics import UpfrontError
from engine.language.load import digest_of
from engine.ledger.moment import BULK_COLUMNS, with_hashes
from engine.ledger.run import RunRecord
from engine.ports import Progress
from engine.screening.inputs import ROW
from engine.screening.reasons import facts_read
from engine.screening.screen import Screening, screen
from engine.screening.summary import summarise

_BATCH = 50_000


@dataclass(frozen=True)
class Screened:
    """A list that was screened and not yet recorded; `manifest` lacks what only a run has."""

    project: Project
    gathered: Gathered
    screening: Screening
    backend: DuckDBBackend
    manifest: dict[str, Any]


def screen_list(project: Project, path: Path, as_of: datetime, progress: Progress) -> Screened:
    """Screen the list at `path` as of a moment: nothing is recorded, nothing written.

    Raises RefusedInput for a file that is no list, DuplicateKey for a source that contradicts
    itself, and UpfrontError should the counts not add up (promise 2).
    """
    backend, gathered = _read(project, path, as_of, progress)
    return _screen(project, path, gathered, as_of, backend, progress)


def _read(
    project: Project, path: Path, as_of: datetime, progress: Progress
) -> tuple[DuckDBBackend, Gathered]:
    progress("read")
    backend = DuckDBBackend()
    needed = facts_read(project.ruleset)
    return backend, read_inputs(project, path, as_of, backend, needed)


def _screen(
    project: Project,
    path: Path,
    gathered: Gathered,
    as_of: datetime,
    backend: DuckDBBackend,
    progress: Progress,
) -> Screened:
    screening = screen(project.ruleset, gathered.inputs, backend, progress)
    summary = summarise(screening, backend)
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
    manifest = {
        "run_id": _run_id(project, gathered, as_of),
        "as_of": _utc(as_of),
        "backend": backend.name,
        "list": str(path),
        **summary,
        "sources": {
            s.name: {"rows": s.rows, "as_of": s.as_of, "failure": s.failure}
            for s in gathered.sources
        },
        "ruleset_digest": project.ruleset.digest,
        "config_digest": project.digest,
        "input_digest": gathered.input_digest,
    }
    return Screened(project, gathered, screening, backend, manifest)


def run_list(
    project: Project,
    path: Path,
    *,
    as_of: datetime,
    started_at: datetime,
    out: Path,
    allowed: Path | None,
    overwrite: bool,
    progress: Progress,
) -> dict[str, Any]:
    """Screen, record and release a list; returns the manifest (also written as run.json).

    A run already recorded (same list, rules, config, sources and `as_of`) is not recorded again;
    its files are released anew if they are not there. Raises as `screen_list` does, and
    UpfrontError when files can't be written or the ledger can't be used.
    """
    if allowed is not None and allowed.exists() and not overwrite:
        raise UpfrontError(f"{allowed} exists", "pass --overwrite, or name another file")
    if allowed is not None and not allowed.parent.is_dir():
        raise UpfrontError(f"there is no folder {allowed.parent}", "make it first")
    # The list comes first: what is no list leaves no trace, not even an empty ledger.
    backend, gathered = _read(project, path, as_of, progress)
    try:
        ledger = project_ledger(project, create=True)
        ledger.ready()
        recover(out, lambda run_id: _ledger_part(ledger, run_id))
        manifest = _made_before(project, gathered, as_of, ledger, out)
        if manifest is None:
            screened = _screen(project, path, gathered, as_of, backend, progress)
            manifest = _finish(screened, ledger, started_at, out, progress)
    finally:
        backend.close()
    if allowed is not None:
        copy_into_place(Path(manifest["outputs"]["allowed"]), allowed)
    return manifest


def _made_before(
    project: Project, gathered: Gathered, as_of: datetime, ledger: Ledger, out: Path
) -> dict[str, Any] | None:
    """The manifest of this very run, if it is recorded and its files are there."""
    run_id = _run_id(project, gathered, as_of)
    made = out / run_id / MANIFEST
    if not made.exists() or ledger.find_run(run_id) is None:
        return None
    return dict(json.loads(made.read_text(encoding="utf-8")), repeated=True)


def _finish(
    screened: Screened, ledger: Ledger, started_at: datetime, out: Path, progress: Progress
) -> dict[str, Any]:
    run_id = screened.manifest["run_id"]
    final = out / run_id
    known = ledger.find_run(run_id)
    if known is not None and known.counts != screened.manifest["counts"]:
        raise UpfrontError(
            f"run {run_id} is in the ledger with other counts: nothing is released",
            "please report this as a defect",
        )
    finished_at = datetime.now(UTC)
    manifest = {
        **screened.manifest,
        "started_at": known.started_at if known else _utc(started_at),
        "finished_at": known.finished_at if known else _utc(finished_at),
        "outputs": {"allowed": str(final / "allowed.csv"), "blocked": str(final / "blocked.csv")},
    }
    staging = Staging(out, run_id)
    try:
        progress("write")
        moments = _write(screened, staging.path)
        staging.draft(manifest)
        if known is None:
            progress("record")
            ledger.record(_record(manifest), _texts(screened.project), moments)
        progress("release")
        manifest["ledger"] = _ledger_part(ledger, run_id)
        staging.release(manifest)
    except BaseException:
        # Once it is recorded, the next run releases it; before, nothing of it may stay.
        if ledger.find_run(run_id) is None:
            staging.discard()
        raise
    return manifest


def _write(screened: Screened, folder: Path) -> pa.RecordBatchReader:
    """Write both lists; returns the moments for the ledger."""
    backend, csv = screened.backend, screened.gathered.csv
    numbers = pa.chunked_array(
        [b.column(0) for b in backend.stream(screened.screening.allowed_rows())], pa.int64()
    )
    chosen = csv.table.filter(pc.is_in(csv.rows, value_set=numbers.combine_chunks()))
    write_allowed(
        folder / "allowed.csv",
        csv.header,
        chosen.to_batches(_BATCH),
        delimiter=csv.delimiter,
        ending=csv.ending,
        quoted=csv.quoted,
        mark=csv.mark,
    )
    blocked = screened.screening.blocked
    listed = blocked.order_by(ROW).select(*BLOCKED[:-1], reasons=blocked["details"])
    write_blocked(folder / "blocked.csv", backend.stream(listed))
    plain = blocked.mutate(run_id=ibis.literal(screened.manifest["run_id"])).order_by(ROW)
    secret = secrets.token_hex(32)
    sealed = with_hashes(plain, backend.dialect, secret, plain[ROW])
    return backend.stream(sealed.select(*BULK_COLUMNS))


def _record(manifest: dict[str, Any]) -> RunRecord:
    names = (
        "run_id",
        "as_of",
        "started_at",
        "finished_at",
        "backend",
        "counts",
        "rules",
        "pools",
        "ruleset_digest",
        "config_digest",
        "input_digest",
    )
    return RunRecord(**{name: manifest[name] for name in names})


def _texts(project: Project) -> dict[str, str]:
    return {**project.ruleset.texts, project.file: project.text}


def _ledger_part(ledger: Ledger, run_id: str) -> dict[str, Any] | None:
    run = ledger.find_run(run_id)
    if run is None:
        return None
    return {"first_seq": run.first_seq, "last_seq": run.last_seq, "root": run.root}


def _run_id(project: Project, gathered: Gathered, as_of: datetime) -> str:
    """The run's clock and a hash of all that went into it."""
    parts = {
        "as_of": _utc(as_of),
        "config": project.digest,
        "rules": project.ruleset.digest,
        "read": gathered.digest,
    }
    return f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest_of(parts)[:12]}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
