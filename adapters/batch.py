"""A run from list to release: gather → match → decide → allocate → record → release.

The order of the last steps is promise 3: files are written where nobody sees them, the ledger
commits, and only then do they appear. A run is named by what went into it, so the same run made
again is recognised, and finished or released where it was cut off.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from adapters.config.load import Project, expand
from adapters.dialing import dialer_files, write_for_dialer
from adapters.listing import Place
from adapters.outputs.staging import (
    MANIFEST,
    Staging,
    copy_into_place,
    digest_of_file,
    read_manifest,
    recover,
    said_clearly,
)
from adapters.prevented import moments_of, prevented
from adapters.screened import Screened, manifest_of, read_list, run_id_of, screen_read, utc
from adapters.shrinking import is_watched, refuse_shrunk
from adapters.to_table import holds, put_in_table, table_target
from adapters.wiring import Gathered, project_ledger
from adapters.writing import blocked_file, file_names, write_allowed
from engine.diagnostics import UpfrontError
from engine.ledger.run import RunRecord
from engine.ports import Progress

# They load SQLAlchemy: see `_open`.
if TYPE_CHECKING:
    from adapters.ledger.store import Ledger
    from adapters.outputs.table import Target

_TABLE = "table"


def run_list(
    project: Project,
    place: Place,
    *,
    as_of: datetime,
    started_at: datetime,
    out: Path,
    allowed: Path | None,
    overwrite: bool,
    progress: Progress,
    accept_shrink: Collection[str] = (),
) -> dict[str, Any]:
    """Screen, record and release a list; returns the manifest (also written as run.json).

    A run already recorded (same list, rules, config, sources and `as_of`) is not recorded again;
    its files are released anew if they are not there. Sources of `accept_shrink` may have any
    number of rows. Raises as `screen_list` does, SourceShrank, and UpfrontError when files can't be
    written or the ledger can't be used.
    """
    if allowed is not None and allowed.exists() and not overwrite:
        raise UpfrontError(f"{allowed} exists", "pass --overwrite, or name another file")
    if allowed is not None and not allowed.parent.is_dir():
        raise UpfrontError(f"there is no folder {allowed.parent}", "make it first")
    if allowed is not None and not os.access(allowed.resolve().parent, os.W_OK):
        raise UpfrontError(f"the folder {allowed.parent} is read-only", "name one to write to")
    if allowed is not None and allowed.exists():
        _refuse_own_file(project, place, allowed)
    # The list comes first: what is no list leaves no trace, not even an empty ledger.
    backend, gathered = read_list(project, place, as_of, progress)
    target = table_target(project)
    try:
        with ThreadPoolExecutor(1) as meanwhile:
            opened = meanwhile.submit(_open, project, gathered, target, out)

            def report(stage: str) -> None:
                # A ledger that can't be used ends the run before its work, not after.
                if opened.done():
                    opened.result()
                progress(stage)

            manifest, screened = None, None
            if not gathered.is_known:
                # What services answer is a part of what went into the run.
                screened = screen_read(project, place, gathered, as_of, backend, report)
            manifest = _made_before(project, gathered, as_of, opened, out)
            if manifest is None:
                if is_watched(project, gathered):
                    _refuse_shrunk(project, gathered, as_of, opened.result(), accept_shrink)
                screened = screened or screen_read(project, place, gathered, as_of, backend, report)
                manifest = _finish(screened, opened.result(), started_at, out, progress)
            if allowed is not None:
                copy_into_place(Path(manifest["outputs"]["allowed"]), allowed)
            if target is not None and not holds(target, manifest):
                screened = screened or screen_read(project, place, gathered, as_of, backend, report)
                put_in_table(target, gathered.listed, _allowed(screened), manifest)
    finally:
        backend.close()
    return manifest


def _refuse_own_file(project: Project, place: Place, allowed: Path) -> None:
    """Raises UpfrontError if the allowed list would take the place of what a run needs."""
    if not allowed.is_file():
        raise UpfrontError(f"{allowed} is no file", "name another one")
    config = project.config
    read = [source.read for source in config.sources.values()]
    files = [part.file for one in read for part in (one, one.history) if part and part.file]
    ledger = expand(config.ledger).partition("sqlite:///")[2].partition("?")[0]
    names = [project.file, config.signing_key, ledger, *files, *project.ruleset.texts]
    own = [project.path(name) for name in names if name]
    own += [place] if isinstance(place, Path) else []
    if any(path.exists() and path.samefile(allowed) for path in own):
        raise UpfrontError(
            f"{allowed} is a file that this run needs: the allowed list would replace it",
            "name another one",
        )


def _open(project: Project, gathered: Gathered, target: Target | None, out: Path) -> Ledger:
    """The ledger, ready for a run; what killed runs left in `out` is cleared up."""
    if target is not None:
        from adapters.outputs.table import check_target

        check_target(target, gathered.listed.header)
    ledger = project_ledger(project, create=True)
    ledger.ready()
    recover(out, lambda run_id: _ledger_part(ledger, run_id))
    return ledger


def _refuse_shrunk(
    project: Project, gathered: Gathered, as_of: datetime, ledger: Ledger, accepted: Collection[str]
) -> None:
    # What is recorded already was accepted then.
    if ledger.find_run(run_id_of(project, gathered, as_of)) is None:
        refuse_shrunk(project, gathered, ledger, accepted)


def _made_before(
    project: Project, gathered: Gathered, as_of: datetime, opened: Future[Ledger], out: Path
) -> dict[str, Any] | None:
    """The manifest of this very run, if it is recorded and its files are there."""
    run_id = run_id_of(project, gathered, as_of)
    made = out / run_id / MANIFEST
    unfinished = any(out.glob(".*"))
    if not made.exists() and not unfinished:
        # Then there is no need to wait for the ledger.
        return None
    known = opened.result().find_run(run_id)
    manifest = read_manifest(made)
    if known is None or manifest.get("counts") != known.counts:
        return None
    # Not those that it names: the folder may have been moved, or the manifest edited.
    outputs = _outputs(project, gathered, known.counts, made.parent)
    if not all(Path(path).is_file() for kind, path in outputs.items() if kind != _TABLE):
        return None
    digests = manifest.get("digests")
    for kind, digest in (digests if isinstance(digests, dict) else {}).items():
        if kind in outputs and digest_of_file(Path(outputs[kind])) != digest:
            raise UpfrontError(
                f"{outputs[kind]} was changed after this run released it: nothing is released",
                f"move {made.parent} away and run again: it is made anew, nothing is recorded twice",
            )
    return dict(manifest, outputs=outputs, repeated=True)


def _finish(
    screened: Screened, ledger: Ledger, started_at: datetime, out: Path, progress: Progress
) -> dict[str, Any]:
    run_id = run_id_of(screened.project, screened.gathered, screened.as_of)
    staging = Staging(out, run_id)
    try:
        # Not before the folder is ours: until then another process may record this very run.
        known = ledger.find_run(run_id)
        with said_clearly(out), ThreadPoolExecutor(4) as meanwhile, ExitStack() as files:
            progress("explain")
            blocked = prevented(screened, run_id, meanwhile)
            progress("write")
            lists = meanwhile.submit(_write_allowed, screened, staging.path)
            manifest = _drafted(screened, known, started_at, out / run_id)
            write = files.enter_context(
                blocked_file(screened.project, screened.gathered.listed, staging.path)
            )
            moments = moments_of(blocked, write, meanwhile)

            def make_whole() -> None:
                files.close()
                lists.result()
                # Of what is for a dialer: who is called must be who was allowed.
                manifest["digests"] = {
                    kind: digest_of_file(staging.path / Path(path).name)
                    for kind, path in manifest["outputs"].items()
                    if kind not in (_TABLE, "blocked")
                }
                # Not before: a draft lets the next run release a run that is in the ledger.
                staging.draft(manifest)

            if known is None:
                progress("record")
                texts = _texts(screened.project)
                # Nothing is committed before the files are whole and durable.
                ledger.record(_record(manifest), texts, moments, make_whole)
            else:
                deque(moments, maxlen=0)
                make_whole()
        progress("release")
        manifest["ledger"] = _ledger_part(ledger, run_id)
        staging.release(manifest)
    except BaseException:
        # Once it is recorded, the next run releases it; before, nothing of it may stay.
        if ledger.find_run(run_id) is None:
            staging.discard()
        else:
            staging.leave()
        raise
    return manifest


def _drafted(
    screened: Screened, known: RunRecord | None, started_at: datetime, final: Path
) -> dict[str, Any]:
    """The manifest, as far as it is known before the ledger has the run."""
    manifest = manifest_of(screened)
    if known is not None and known.counts != manifest["counts"]:
        raise UpfrontError(
            f"run {known.run_id} is in the ledger with other counts: nothing is released",
            "please report this as a defect",
        )
    outputs = _outputs(screened.project, screened.gathered, manifest["counts"], final)
    return {
        **manifest,
        "started_at": known.started_at if known else utc(started_at),
        "finished_at": known.finished_at if known else utc(datetime.now(UTC)),
        "outputs": outputs,
    }


def _outputs(
    project: Project, gathered: Gathered, counts: Mapping[str, Any], final: Path
) -> dict[str, str]:
    """Where the lists of a run are, by kind; and the table that gets a copy too, by name."""
    names = file_names(project, gathered.listed)
    names |= dialer_files(project.config.output, counts["allowed"])
    outputs = {kind: str(final / name) for kind, name in names.items()}
    table = project.config.output.table
    return outputs if table is None else {**outputs, _TABLE: table}


def _write_allowed(screened: Screened, folder: Path) -> None:
    listed, allowed = screened.gathered.listed, _allowed(screened)
    write_allowed(screened.project, listed, allowed, folder)
    write_for_dialer(screened.project.config, listed, allowed, folder)


def _allowed(screened: Screened) -> pa.Array:
    """The numbers of the rows that may be contacted."""
    rows = screened.backend.stream(screened.screening.allowed_rows())
    return pa.chunked_array([batch.column(0) for batch in rows], pa.int64()).combine_chunks()


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
        "sources",
    )
    return RunRecord(**{name: manifest[name] for name in names})


def _texts(project: Project) -> dict[str, str]:
    return {**project.ruleset.texts, project.file: project.text}


def _ledger_part(ledger: Ledger, run_id: str) -> dict[str, Any] | None:
    run = ledger.find_run(run_id)
    if run is None:
        return None
    return {"first_seq": run.first_seq, "last_seq": run.last_seq, "root": run.root}
