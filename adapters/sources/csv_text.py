"""CSV lists as tables of text: nothing is guessed, nothing is dropped.

pyarrow reads; every cell stays the text it is, and rows whose cells do not fit the header are
returned with their number instead of being skipped.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pac
import pyarrow.csv as pc

from adapters.sources.csv_layout import AFTER, Layout, layout_of, open_quote
from adapters.sources.encoding import Encoding, Utf8, encoding_of, misstated, not_utf8
from adapters.sources.packed import Unpacked
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput

_PEEK = 256 * 1024
_BLOCK = 16 * 1024 * 1024


def read_csv(source: Unpacked, told: Told) -> TextList:
    """Read a CSV list; RefusedInput says what it is otherwise and how to mend it.

    What `told` says nothing of is found: the encoding by the bytes, the delimiter by the names
    that the header should have, else by rows that are as long as the header.
    """
    with source.open() as stream:
        top = stream.read(_PEEK)
    encoding = encoding_of(top, told.encoding, source)
    while True:
        try:
            return _read(source, told, encoding, top)
        except UnicodeDecodeError:
            if told.encoding is not None or encoding != Encoding():
                raise misstated(source, encoding) from None
            encoding = not_utf8(source)


def _read(source: Unpacked, told: Told, encoding: Encoding, top: bytes) -> TextList:
    """UnicodeDecodeError where the list is not in that encoding."""
    # Not final: the last character of the piece may be cut.
    text = codecs.getincrementaldecoder(encoding.name)().decode(top).removeprefix("\ufeff")
    layout = layout_of(source, text, told)
    if layout.headed and len(top) == _PEEK and layout.start >= len(text.encode()):
        raise RefusedInput(
            f"{source} has a header line longer than a list would ({_PEEK // 1024} KB)",
            "keep the columns that are needed, or look whether its lines end at all",
        )
    parsed = _parse(source, encoding, layout)
    total = parsed.table.num_rows + len(parsed.misfits)
    if total and not (parsed.ends_a_line and _last_is_one_line(parsed, total)):
        _refuse_open_quote(source, encoding, layout.delimiter)
    numbers = pa.arange(1, total + 1)
    if parsed.misfits:
        bad = pa.array([number for number, _ in parsed.misfits], pa.int64())
        numbers = numbers.filter(pac.invert(pac.is_in(numbers, value_set=bad)))
    listed = TextList(
        header=layout.header,
        table=parsed.table,
        rows=numbers,
        misfits=tuple(parsed.misfits),
        said=(*source.said, *layout.said[:1], encoding.spoken, *layout.said[1:]),
        delimiter=layout.delimiter,
        quoted=layout.quoted,
        ending=layout.ending,
        mark=encoding.mark,
        encoding=encoding.name,
        headed=layout.headed,
        before=layout.before,
    )
    return listed.without_nuls() if parsed.has_nul else listed


@dataclass(frozen=True)
class _Parsed:
    """The rows that fit, the numbers of the others and why they do not, and whether the file ends
    as a whole line does; a cut one may end inside a quote.
    """

    table: pa.Table
    misfits: list[tuple[int, str]]
    ends_a_line: bool = True
    has_nul: bool = False


def _parse(source: Unpacked, encoding: Encoding, layout: Layout) -> _Parsed:
    misfits: list[tuple[int, str]] = []
    sentences: dict[int, str] = {}

    def misfit(row: pc.InvalidRow) -> str:
        cells = row.actual_columns
        if cells not in sentences:
            some = f"{cells} cell{'' if cells == 1 else 's'}"
            sentences[cells] = f"The row has {some} instead of {row.expected_columns}"
        misfits.append((row.number, sentences[cells]))
        return "skip"

    names = [f"c{i}" for i in range(len(layout.header))]
    try:
        with source.open() as opened:
            stream = Utf8(opened, encoding, layout.start)
            table = pc.read_csv(
                pa.PythonFile(stream, "r"),
                # One thread: only then do misfits know their row's number.
                read_options=pc.ReadOptions(
                    use_threads=False, block_size=_BLOCK, column_names=names
                ),
                parse_options=pc.ParseOptions(
                    delimiter=layout.delimiter,
                    newlines_in_values=True,
                    invalid_row_handler=misfit,
                ),
                convert_options=pc.ConvertOptions(
                    column_types={name: pa.string() for name in names},
                    strings_can_be_null=False,
                    quoted_strings_can_be_null=False,
                ),
            )
    except pa.ArrowInvalid as error:
        message = str(error)
        if "UTF8" in message:
            raise UnicodeDecodeError("utf-8", b"", 0, 0, "somewhere") from None
        if "Empty CSV" in message:
            return _Parsed(pa.table({name: pa.array([], pa.string()) for name in names}), [])
        raise RefusedInput(f"{source} can't be read as CSV", "export it again") from None
    except OSError as error:
        raise RefusedInput(f"{source} can't be read: {error.strerror}") from error
    return _Parsed(table, misfits, stream.last in (b"\n", b"\r"), stream.has_nul)


def _last_is_one_line(parsed: _Parsed, total: int) -> bool:
    """Whether the last row is sure to hold no line break, as one behind an open quote would."""
    if parsed.misfits and parsed.misfits[-1][0] == total:
        return False
    last = parsed.table.slice(parsed.table.num_rows - 1).to_pylist()[0]
    return not any("\n" in cell or "\r" in cell for cell in last.values())


def _refuse_open_quote(source: Unpacked, encoding: Encoding, delimiter: str) -> None:
    began, line, row = 1, 1, [AFTER]
    with source.open() as stream:
        text = io.TextIOWrapper(stream, encoding=encoding.name, newline="")  # type: ignore[type-var]
        text.read(1 if encoding.mark else 0)
        reader = csv.reader(chain(text, [AFTER]), delimiter=delimiter)
        for row in reader:  # noqa: B007 - the last one is what matters
            began, line = line, reader.line_num + 1
    if row != [AFTER]:
        raise open_quote(source, began)
