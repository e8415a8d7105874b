"""In which encoding a list is written: told by its bytes, or stated; never by likeness alone.

UTF-8 and UTF-16 prove themselves. What is neither is Windows-1252 only if nothing in it speaks
against that: a file of which some lines are UTF-8 was put together from two, and is refused.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.sources.packed import Unpacked
from engine.diagnostics import RefusedInput

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SPOKEN = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16, big-endian",
    "cp1252": "Windows-1252",
}
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_PIECE = 1024 * 1024
_STATE = "say which it is in config.yaml, like `encoding: windows-1252`"


@dataclass(frozen=True)
class Encoding:
    """An encoding by Python's name for it, and whether a byte order mark opens the file."""

    name: str = "utf-8"
    mark: bool = False

    @property
    def spoken(self) -> str:
        """As people call it."""
        known = _SPOKEN.get(self.name, self.name)
        return f"{known} with a byte order mark" if self.mark and self.name == "utf-8" else known

    @property
    def opening(self) -> bytes:
        """The bytes before the text."""
        return "\ufeff".encode(self.name) if self.mark else b""


def encoding_of(top: bytes, stated: str | None, source: Unpacked) -> Encoding:
    """The encoding by the first bytes (`top`) of a list and by what config.yaml states.

    Without a mark and a statement it is UTF-8 until a byte says otherwise (`not_utf8`).
    """
    if top.startswith(_UTF32):
        raise RefusedInput(f"{source} is UTF-32 text", "save it as CSV in UTF-8")
    marked = next((name for mark, name in _MARKS if top.startswith(mark)), None)
    if stated is not None:
        return _stated(top, stated, marked, source)
    if marked is not None:
        return Encoding(marked, mark=True)
    return Encoding(_unmarked_utf16(top) or "utf-8")


def _stated(top: bytes, stated: str, marked: str | None, source: Unpacked) -> Encoding:
    name = codecs.lookup(stated).name.removesuffix("-sig")
    if marked is not None:
        if marked != name and not (name == "utf-16" and marked.startswith(name)):
            raise RefusedInput(
                f"{source} begins with the mark of {_SPOKEN[marked]}, but config.yaml says that "
                f"it is {_SPOKEN.get(name, stated)}",
                "take `encoding` out of config.yaml: it is found",
            )
        return Encoding(marked, mark=True)
    if name == "utf-16":
        name = _unmarked_utf16(top) or ""
        if not name:
            raise RefusedInput(
                f"{source} does not look like UTF-16 text",
                "leave `encoding` out, or say `utf-16-le` or `utf-16-be`",
            )
    return Encoding(name)


def _unmarked_utf16(top: bytes) -> str | None:
    """UTF-16 without a mark: half of the bytes of its commas, digits and line ends are zero."""
    halves = [(name, top[at::2]) for name, at in (("utf-16-le", 1), ("utf-16-be", 0))]
    for (name, high), (_, low) in (halves, halves[::-1]):
        if high.count(0) > len(high) / 5 and low.count(0) <= len(low) / 50:
            return name
    return None


def not_utf8(source: Unpacked) -> Encoding:
    """What a file is that is not UTF-8: Windows-1252, or RefusedInput naming lines that show why."""
    utf8 = other = undefined = 0
    with source.open() as stream:
        for before, piece in _pieces(stream):
            if piece.isascii():
                continue
            # What is left are characters of several bytes, as only UTF-8 writes them.
            whole = piece.decode(errors="ignore")
            utf8 = utf8 or _line_of(_BEYOND_ASCII.search(whole), before)
            undefined = undefined or _line_of(_NOT_1252.search(piece), before)
            try:
                piece.decode()
            except UnicodeDecodeError as error:
                other = other or before + _line_ends(piece[: error.start]) + 1
            if utf8 and other:
                break
    if utf8 and other and _is_cut(source):
        raise RefusedInput(f"{source} ends within a character", "it was cut off; export it again")
    if utf8 and other:
        raise RefusedInput(
            f"{source} mixes encodings: line {utf8} has UTF-8, line {other} has not",
            f"export it again in one encoding, or {_STATE}",
        )
    if undefined:
        raise RefusedInput(
            f"{source} is neither UTF-8 nor Windows-1252: line {undefined} shows it",
            f"save it as UTF-8, or {_STATE}",
        )
    return Encoding("cp1252")


def _line_of(match: re.Match[bytes] | re.Match[str] | None, before: int) -> int:
    """The number of the line that something was found in; 0 when it was not."""
    return before + _line_ends(match.string[: match.start()]) + 1 if match else 0


def misstated(source: Unpacked, encoding: Encoding) -> RefusedInput:
    """Says in which line a list is not what it was said or seen to be."""
    decoder = codecs.getincrementaldecoder(encoding.name)()
    line, ended = 1, False
    with source.open() as stream:
        while not ended:
            piece = stream.read(_PIECE)
            ended = not piece
            try:
                line += _line_ends(decoder.decode(piece, ended))
            except UnicodeDecodeError as error:
                line += _line_ends(error.object[: error.start].decode(encoding.name, "replace"))
                break
    return RefusedInput(
        f"{source} is not {encoding.spoken} throughout: line {line} shows it",
        f"it may be cut off; else save it as UTF-8, or {_STATE}",
    )


def _line_ends(text: str | bytes) -> int:
    if isinstance(text, str):
        return text.count("\n") or text.count("\r")
    return text.count(b"\n") or text.count(b"\r")


def _is_cut(source: Unpacked) -> bool:
    """Whether the very last character, and nothing before it, is not whole UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source.open() as stream:
        try:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
        except UnicodeDecodeError:
            return False
    return bool(decoder.getstate()[0])


def _pieces(stream: io.BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    """Pieces of whole lines, each with the number of lines before it."""
    number, rest = 0, b""
    while piece := stream.read(_PIECE):
        whole, end, rest = (rest + piece).rpartition(b"\n")
        yield number, whole + end
        number += _line_ends(whole + end)
    yield number, rest


class Utf8:
    """A list's text as UTF-8, whatever it is written in; a file for pyarrow to read from.

    Without the first `skip` bytes of that text. Remembers the last byte, and whether a NUL was seen.
    """

    closed = False

    def __init__(self, stream: io.BufferedIOBase, encoding: Encoding, skip: int = 0) -> None:
        self._stream, self._ended, self._ready = stream, False, b""
        self._decoder, self._proof = None, codecs.getincrementaldecoder("utf-8")()
        if encoding.name != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding.name)()
        stream.read(len(encoding.opening))
        self.last, self.has_nul = b"", False
        while skip and (piece := self._piece(skip)):
            skip -= len(piece)

    def read(self, size: int) -> bytes:
        piece = self._piece(size)
        self.last = piece[-1:] or self.last
        self.has_nul = self.has_nul or b"\x00" in piece
        return piece

    def _piece(self, size: int) -> bytes:
        if self._decoder is None:
            piece = self._stream.read(size)
            # Before pyarrow sees it: in a row of another length it would stumble, and print that.
            self._proof.decode(piece, not piece)
            return piece
        ready = [self._ready]
        length = len(self._ready)
        while length < size and not self._ended:
            piece = self._stream.read(_PIECE)
            self._ended = not piece
            ready.append(self._decoder.decode(piece, self._ended).encode())
            length += len(ready[-1])
        whole = b"".join(ready)
        self._ready = whole[size:]
        return whole[:size]

    def close(self) -> None:
        """Whoever opened the file closes it."""
