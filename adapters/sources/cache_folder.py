"""The folder for what may be kept between runs: the user's own, and nobody else's to read.

Whatever is in it can be deleted at any time. Nothing personal may be written there as it is: a
key that is a telephone number or an address is kept as a hash with `secret`.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

_SECRET = "secret"  # noqa: S105 - the name of the file
_SECRET_BYTES = 32
_NOT_FOR_GIT = "*\n"


def cache_file(folder: Path, name: str) -> Path:
    """The path of one file in the cache folder, which is made (mode 0700) if absent.

    The file itself is made empty, with mode 0600, if absent. OSError when that can't be done: the
    caller then works without a cache.
    """
    _make(folder)
    path = folder / name
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    os.fchmod(handle, 0o600)
    os.close(handle)
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file (mode 0600) to be written, which takes the place of `path` whole or not at all."""
    handle, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        Path(name).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


@contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Waits until no other process is between these two lines with the same `name`."""
    with cache_file(folder, f"{name}.lock").open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def secret(folder: Path) -> bytes:
    """32 random bytes that belong to this folder, the same for all who ask; OSError if not."""
    path = cache_file(folder, _SECRET)
    with locked(folder, _SECRET):
        found = path.read_bytes()
        if len(found) != _SECRET_BYTES:
            found = secrets.token_bytes(_SECRET_BYTES)
            with replacing(path) as new:
                new.write_bytes(found)
    return found


def _make(folder: Path) -> None:
    """Make the folder, or see that an existing one is ours, and nobody else's to write."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
        (folder / ".gitignore").write_text(_NOT_FOR_GIT, encoding="utf-8")
    found = folder.stat()
    # Not mended here: `cache: /tmp` must not take /tmp from everybody else.
    if found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"others may write to {folder}: name a folder of your own")
