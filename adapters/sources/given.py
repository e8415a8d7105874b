"""A file as it was given: on disk, or piped in. Its bytes can be read more than once."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Protocol

from engine.diagnostics import RefusedInput, UpfrontError


class Given(Protocol):
    """Bytes with a name that people know them by (`str`)."""

    def open(self) -> BufferedIOBase:
        """The bytes from their beginning; one reader at a time."""


@dataclass(frozen=True)
class OnDisk:
    """A file on disk; RefusedInput where there is none."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def open(self) -> BufferedIOBase:
        if self.path.is_dir():
            raise RefusedInput(f"{self.path} is a folder, not a list", "name a file in it")
        if self.path.exists() and not self.path.is_file():
            # Its bytes come once, and to open a pipe again is to wait for ever.
            raise RefusedInput(
                f"{self.path} is no file but a pipe or a device, which can be read only once",
                "write it into a file first; a list may be piped in as `-`",
            )
        try:
            return self.path.open("rb")
        except FileNotFoundError as error:
            raise RefusedInput(f"there is no file {self.path}", "check the path") from error
        except OSError as error:
            raise RefusedInput(f"{self.path} can't be read: {error.strerror}") from error


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Raises RefusedInput when the file is another one, or another text, after it was read.

    It is opened more than once, and what is half of one text and half of another looks whole.
    """
    before = _state(path)
    yield
    if _state(path) != before:
        raise RefusedInput(
            f"{path} was changed while it was read",
            "run again; new files are best written under another name, and renamed when they are whole",
        )


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class StandardInput:
    """What was piped in, kept on disk until it is closed.

    The file has no name and is nobody else's to read: it is gone with this process, however that
    ends.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        try:
            self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this
            shutil.copyfileobj(stream, self._kept, 1024 * 1024)
            self._kept.flush()
        except OSError as error:
            raise UpfrontError(
                f"standard input can't be kept for reading: {error.strerror}",
                "make room where temporary files are (TMPDIR), or name a file",
            ) from error

    def __str__(self) -> str:
        return "standard input"

    def close(self) -> None:
        """Give the disk back what it took."""
        self._kept.close()

    def open(self) -> BufferedIOBase:
        again = os.fdopen(os.dup(self._kept.fileno()), "rb")
        again.seek(0)
        return again


def digest_of_bytes(given: Given) -> str:
    """SHA-256 (hex) of all the bytes."""
    with given.open() as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
