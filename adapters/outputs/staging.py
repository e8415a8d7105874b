"""Files of a run that nobody sees before the ledger has its moments, and that then appear at once.

A run writes into a hidden folder beside where it will be, holds a lock on it for as long as it
lives, and renames the folder when the ledger has committed. What a killed run leaves behind is
found by the next: recorded runs are released, the rest is removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from adapters.outputs.lists import sync, sync_folder
from engine.diagnostics import UpfrontError

_PREFIX = ".unreleased-"
_COPY = ".unreleased"
_LOCK = "lock"
MANIFEST = "run.json"
_DRAFT = "draft.json"


class Staging:
    """The hidden folder of one run; its lock is held from making until release or discard."""

    def __init__(self, out: Path, run_id: str) -> None:
        self._final = out / run_id
        self.path = out / f"{_PREFIX}{run_id}"
        with _sole_use(out):
            self._lock = _lock(self.path)
        if self._lock is None:
            raise UpfrontError(
                "this very run is being made by another process", "wait for it to end"
            )

    def draft(self, manifest: Mapping[str, Any]) -> None:
        """Keep what the run came to, so that it can be released even if this process dies."""
        with said_clearly(self.path.parent):
            _write_json(self.path / _DRAFT, manifest)
            sync_folder(self.path)

    def release(self, manifest: Mapping[str, Any]) -> None:
        """Make everything visible at its place at once."""
        with said_clearly(self.path.parent):
            _release(self.path, self._final, manifest)
        self._unlock()

    def discard(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._unlock()

    def leave(self) -> None:
        """Leave everything as it is, to be found by the next run."""
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def recover(out: Path, recorded: Callable[[str], Mapping[str, Any] | None]) -> list[str]:
    """Clear up after runs that were killed; returns the ids of those that were released.

    `recorded` gives the `ledger` part of a run's manifest, None for a run the ledger lacks. Runs
    that are still being made are left alone.
    """
    if not any(out.glob(f"{_PREFIX}*")):
        return []
    released = []
    with _sole_use(out):
        for path in sorted(out.glob(f"{_PREFIX}*")):
            handle = _lock(path)
            if handle is None:
                continue
            try:
                run_id = path.name.removeprefix(_PREFIX)
                ledger = recorded(run_id)
                with said_clearly(out):
                    if _finish(path, out / run_id, ledger):
                        released.append(run_id)
            finally:
                os.close(handle)
    return released


def _finish(path: Path, final: Path, ledger: Mapping[str, Any] | None) -> bool:
    """Release a folder whose run is in the ledger; remove any other."""
    manifest = read_manifest(path / _DRAFT) or read_manifest(path / MANIFEST)
    if ledger is None or not manifest:
        shutil.rmtree(path, ignore_errors=True)
        return False
    _release(path, final, {**manifest, "ledger": ledger})
    return True


def _release(path: Path, final: Path, manifest: Mapping[str, Any]) -> None:
    _write_json(path / MANIFEST, manifest)
    (path / _DRAFT).unlink(missing_ok=True)
    sync_folder(path)
    if final.is_dir():
        shutil.rmtree(final)
    path.rename(final)
    # Not before: who finds no lock on the hidden folder takes its run for dead.
    (final / _LOCK).unlink(missing_ok=True)
    sync_folder(final.parent)


@contextmanager
def said_clearly(out: Path) -> Iterator[None]:
    """Says what the system refused where a run's files are put: the next run releases them."""
    try:
        yield
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise UpfrontError(
            f"{error.filename2 or error.filename or out} can't be written: {why}",
            "mend that and run again: a run that is in the ledger is then released",
        ) from error


@contextmanager
def _sole_use(out: Path) -> Iterator[None]:
    """No other process makes, finds or clears up hidden folders of `out` meanwhile."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise UpfrontError(
            f"{out} can't be written: {error.strerror}", "choose another --out"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lock(path: Path) -> int | None:
    """The lock of a hidden folder, which is made if need be; None when somebody has it."""
    try:
        path.mkdir(exist_ok=True)
        handle = os.open(path / _LOCK, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise UpfrontError(
            f"{path.parent} can't be written: {error.strerror}", "choose another --out"
        ) from error
    if _try_lock(handle):
        return handle
    os.close(handle)
    return None


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def copy_into_place(source: Path, target: Path) -> None:
    """A whole copy of `source` at `target`, atomically; what killed copies left is removed.

    Where `target` is a link, the file that it leads to is replaced.
    """
    named, target = target, target.resolve()
    hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_COPY}")
    try:
        with source.open("rb") as given, hidden.open("xb") as stream:
            # Held until the copy has its name: whoever clears up takes only what is nobody's.
            _try_lock(stream.fileno())
            _clear_copies(target)
            shutil.copyfileobj(given, stream)
            sync(stream)
            hidden.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        with suppress(OSError):
            hidden.unlink()
        raise UpfrontError(
            f"{named} can't be written: {error.strerror}", f"the list is whole at {source}"
        ) from error


def _clear_copies(target: Path) -> None:
    for path in target.parent.iterdir():
        if path.name.startswith(f".{target.name}.") and path.name.endswith(_COPY):
            with suppress(OSError), path.open("rb") as stream:
                if _try_lock(stream.fileno()):
                    path.unlink()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, in lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest at a path; empty where there is none, or what is there is no longer one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, ensure_ascii=False, indent=2)
        stream.write("\n")
        sync(stream)
    # Never half of it: it lets the next run release what stands beside it.
    part.replace(path)
