"""What is packed (gzip, zip), unpacked; what is damaged, or made to fill a disk, is refused."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Literal

from adapters.sources.given import Given
from engine.diagnostics import RefusedInput

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
# What operating systems put beside the files that people pack.
_BESIDE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_WORKBOOKS = ("[Content_Types].xml", "mimetype")
# Lists of people shrink to a tenth, made-up ones to a fiftieth.
_FREE = 64 * 1024 * 1024
_RATIO = 300
_MOST = 32 * 1024**3

# zipfile follows what damaged entries say: to places before the file, to years before 1980.
_BROKEN = (
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
)


@dataclass(frozen=True)
class Unpacked:
    """The bytes of a list; `how` they were packed, and the name they had inside, if one."""

    given: Given
    how: Literal["", "gzip", "zip"] = ""
    inside: str = ""

    def __str__(self) -> str:
        return str(self.given)

    @property
    def said(self) -> tuple[str, ...]:
        """How it is packed, in words."""
        return (f"packed as {self.how}",) if self.how else ()

    def open(self) -> io.BufferedIOBase:
        raw = self.given.open()
        if not self.how:
            return raw
        packed = raw.seek(0, io.SEEK_END)
        raw.seek(0)
        try:
            with told(self.given):
                stream = self._stream(raw)
        except RefusedInput:
            raw.close()
            raise
        return io.BufferedReader(_Bounded(stream, packed, raw, str(self.given)), 1024 * 1024)

    def _stream(self, raw: io.BufferedIOBase) -> IO[bytes] | gzip.GzipFile:
        if self.how == "gzip":
            return gzip.GzipFile(fileobj=raw)
        return zipfile.ZipFile(raw).open(self.inside)


def unpacked(given: Given) -> Unpacked:
    """The bytes as they are unpacked, by what they begin with; RefusedInput when they can't be.

    Workbooks are zip files too, and are left as they are.
    """
    with given.open() as stream:
        top = stream.read(4)
        if top[:2] == GZIP:
            return Unpacked(given, "gzip")
        if top not in (ZIP, _EMPTY_ZIP):
            return Unpacked(given)
        with told(given), zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if any(m.filename in _WORKBOOKS for m in members):
                _refuse_bomb(given, members)
                return Unpacked(given)
            files = [m for m in members if not m.is_dir() and not _is_beside(m.filename)]
    if len(files) != 1:
        raise RefusedInput(
            f"{given} is a zip file with {len(files)} files in it",
            "pack the list alone, one file in each zip file",
        )
    if files[0].flag_bits & 1:
        raise RefusedInput(
            f"{given} is protected with a password", "unpack it, or pack it without a password"
        )
    return Unpacked(given, "zip", files[0].filename)


@contextmanager
def told(name: object) -> Iterator[None]:
    """Says of bytes that can't be unpacked that they are damaged."""
    try:
        yield
    except _BROKEN as error:
        raise RefusedInput(f"{name} is damaged or cut off", "copy or export it again") from error
    except NotImplementedError as error:
        raise RefusedInput(
            f"{name} is packed in a way that is not read", "pack it as .gz or as a plain .zip"
        ) from error


def _is_beside(name: str) -> bool:
    return name.startswith(_BESIDE[0]) or name.rpartition("/")[2] in _BESIDE


def _refuse_bomb(given: Given, members: list[zipfile.ZipInfo]) -> None:
    size = sum(m.file_size for m in members)
    packed = sum(m.compress_size for m in members)
    if _is_too_much(size, packed):
        raise _bomb(str(given))


def _is_too_much(size: int, packed: int) -> bool:
    return size > _MOST or (size > _FREE and size > _RATIO * packed)


def _bomb(name: str) -> RefusedInput:
    return RefusedInput(
        f"{name} unpacks to far more than a list of people would",
        "if it is a list, unpack it and name the unpacked file",
    )


class _Bounded(io.RawIOBase):
    """Unpacked bytes, up to what a list can have; closes the packed file with itself."""

    def __init__(
        self, stream: IO[bytes] | gzip.GzipFile, packed: int, raw: io.BufferedIOBase, name: str
    ) -> None:
        self._stream, self._raw = stream, raw
        self._packed, self._name, self._size = packed, name, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with told(self._name):
            piece = self._stream.read(len(buffer))
        self._size += len(piece)
        if _is_too_much(self._size, self._packed):
            raise _bomb(self._name)
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        self._raw.close()
        super().close()
