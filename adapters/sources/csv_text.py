"""CSV files (plain or .gz) as tables of text: nothing is guessed, nothing is dropped.

pyarrow reads; every cell stays the text it is, and rows whose cells do not fit the header are
returned with their number instead of being skipped.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pac
import pyarrow.csv as pc

from engine.diagnostics import RefusedInput

DELIMITERS = (",", ";", "\t", "|")
_SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_PEEK = 256 * 1024
_BLOCK = 16 * 1024 * 1024
# A row put after the last one: it stays as it is unless a quote is still open before it.
_AFTER = 'a"b'


@dataclass(frozen=True)
class CsvText:
    """A CSV file: its header as written, its rows as text columns `c0`, `c1`, …, and the misfits.

    `rows` are the numbers (from 1, the header not counted) of the table's rows; `misfits` those
    of rows with another number of cells, and how many they have. `quoted` tells whether the
    header's names stand in quotes, `ending` how lines end, `mark` whether a byte order mark
    opens the file.
    """

    header: tuple[str, ...]
    table: pa.Table
    rows: pa.Array
    misfits: tuple[tuple[int, int], ...]
    delimiter: str
    quoted: bool
    ending: str
    mark: bool

    def column(self, name: str) -> str | None:
        """The table's column under a header name, None where there is none."""
        found = [i for i, title in enumerate(self.header) if title.strip() == name]
        return f"c{found[0]}" if len(found) == 1 else None


def read_csv(path: Path, delimiter: str | None = None, prefer: Sequence[str] = ()) -> CsvText:
    """Read a CSV file in UTF-8; RefusedInput says what it is otherwise and how to mend it.

    Without a `delimiter`, the one of DELIMITERS is taken under which the most names of `prefer`
    (and then the most columns) are found in the header.
    """
    top = _top(path)
    try:
        # Not final: the last character of the piece may be cut.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(top)
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    if delimiter is None:
        delimiter = max(DELIMITERS, key=lambda d: _fitness(text, d, prefer))
    header = _header(text, delimiter)
    if not header:
        raise RefusedInput(f"{path} is empty", "it needs a header line with the columns' names")
    table, misfits, ends_a_line = _parse(path, delimiter, header)
    total = table.num_rows + len(misfits)
    if total and not (ends_a_line and _last_is_one_line(table, misfits, total)):
        _refuse_open_quote(path, delimiter)
    numbers = pa.arange(1, total + 1)
    if misfits:
        bad = pa.array([number for number, _ in misfits], pa.int64())
        numbers = numbers.filter(pac.invert(pac.is_in(numbers, value_set=bad)))
    first = text.splitlines()[0] if text else ""
    return CsvText(
        header=header,
        table=table.rename_columns([f"c{i}" for i in range(len(header))]),
        rows=numbers,
        misfits=tuple(misfits),
        delimiter=delimiter,
        quoted=first.startswith('"') and first.endswith('"'),
        ending="\r\n" if "\r\n" in text else "\n",
        mark=top.startswith(b"\xef\xbb\xbf"),
    )


def spoken(delimiter: str) -> str:
    """A delimiter in words."""
    return _SPOKEN.get(delimiter, repr(delimiter))


def _top(path: Path) -> bytes:
    """The first bytes, after the questions that make a file no list at all."""
    if path.is_dir():
        raise RefusedInput(f"{path} is a folder, not a list", "name a file in it")
    try:
        with _opened(path) as stream:
            top = stream.read(_PEEK)
    except FileNotFoundError as error:
        raise RefusedInput(f"there is no file {path}", "check the path") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RefusedInput(f"{path} is damaged or cut off", "copy or export it again") from error
    except OSError as error:
        raise RefusedInput(f"{path} can't be read: {error.strerror}") from error
    if not top.strip():
        raise RefusedInput(f"{path} is empty", "it needs a header line with the columns' names")
    if top[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise RefusedInput(f"{path} is UTF-16 text", "save it as UTF-8 CSV")
    if b"\x00" in top or top[:4] == b"PK\x03\x04":
        raise RefusedInput(
            f"{path} is a binary file, not a CSV list",
            "export it as CSV in UTF-8 (spreadsheets: «Save as… CSV UTF-8»)",
        )
    return top


def _opened(path: Path) -> io.BufferedIOBase:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")


def _fitness(text: str, delimiter: str, prefer: Sequence[str]) -> tuple[int, int]:
    header = {title.strip() for title in _header(text, delimiter)}
    return len(header.intersection(prefer)), len(header)


def _header(text: str, delimiter: str) -> tuple[str, ...]:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if row:
            return tuple(row)
    return ()


def _parse(
    path: Path, delimiter: str, header: tuple[str, ...]
) -> tuple[pa.Table, list[tuple[int, int]], bool]:
    """The rows that fit, the number and the cells of the others, and whether the file ends as a
    whole line does; a cut one may end inside a quote.
    """
    misfits: list[tuple[int, int]] = []

    def misfit(row: pc.InvalidRow) -> str:
        misfits.append((row.number - 1, row.actual_columns))
        return "skip"

    convert: Callable[[], pc.ConvertOptions] = lambda: pc.ConvertOptions(  # noqa: E731
        column_types={name: pa.string() for name in header},
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )
    try:
        with _opened(path) as opened:
            stream = _Watched(opened)
            table = pc.read_csv(
                pa.PythonFile(stream, "r"),
                # One thread: only then do misfits know their row's number.
                read_options=pc.ReadOptions(use_threads=False, block_size=_BLOCK),
                parse_options=pc.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=misfit
                ),
                convert_options=convert(),
            )
    except pa.ArrowInvalid as error:
        message = str(error)
        if "UTF8" in message:
            raise _not_utf8(path) from None
        if "Empty CSV" in message:
            names = [str(i) for i in range(len(header))]
            return pa.table({name: pa.nulls(0, pa.string()) for name in names}), [], True
        raise RefusedInput(f"{path} can't be read as CSV", "export it again") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, OSError) as error:
        raise RefusedInput(f"{path} is damaged or cut off", "copy or export it again") from error
    if table.num_columns != len(header) or any(t != pa.string() for t in table.schema.types):
        raise RefusedInput(f"{path} has a header that can't be read", "export it again")
    return table, misfits, stream.last in (b"\n", b"\r")


class _Watched:
    """A file to read from that remembers the last byte that was read."""

    closed = False

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.last = piece[-1:] or self.last
        return piece

    def close(self) -> None:
        """Whoever opened the file closes it."""


def _last_is_one_line(table: pa.Table, misfits: list[tuple[int, int]], total: int) -> bool:
    """Whether the last row is sure to hold no line break, as one behind an open quote would."""
    if misfits and misfits[-1][0] == total:
        return False
    last = table.slice(table.num_rows - 1).to_pylist()[0]
    return not any("\n" in (cell or "") for cell in last.values())


def _refuse_open_quote(path: Path, delimiter: str) -> None:
    """A quote that is opened and never closed swallows the rest of the file as one cell."""
    began, line, row = 1, 1, [""]
    longest = csv.field_size_limit(sys.maxsize)
    try:
        with _opened(path) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")  # type: ignore[type-var]
            reader = csv.reader(chain(text, [_AFTER]), delimiter=delimiter)
            for row in reader:  # noqa: B007 - the last one is what matters
                began, line = line, reader.line_num + 1
    finally:
        csv.field_size_limit(longest)
    if row != [_AFTER]:
        raise RefusedInput(
            f"{path}: a quote opened at or after line {began} is never closed",
            "the file may be cut off; export it again",
        )


def _not_utf8(path: Path) -> RefusedInput:
    hint = "save it as UTF-8 CSV (it may be Windows-1252)"
    return RefusedInput(f"{path} is not UTF-8 text", hint)
