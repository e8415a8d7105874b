"""How a CSV list is laid out: what parts its cells, where its header is, how its lines end."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from adapters.sources.text_list import Told, refuse_late_header
from engine.diagnostics import RefusedInput

DELIMITERS = (",", ";", "\t", "|")
_SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_ENDINGS = {"\n": "Unix line ends", "\r\n": "Windows line ends", "\r": "old Mac line ends"}
_SEPARATOR = re.compile(r'"?sep=(.)"?(\r\n|\r|\n|$)', re.IGNORECASE)
# Enough to see a pattern; the rest of the list is held against it row by row.
_SAMPLE = 64 * 1024
_ROWS = 200
# Cells may be as long as they like.
csv.field_size_limit(sys.maxsize)
# A row put after the last one: it stays as it is unless a quote is still open before it.
AFTER = 'a"b'


@dataclass(frozen=True)
class Layout:
    """`start` is where the rows begin, in bytes of the text as UTF-8 (its mark not counted).

    `before` is the line above the header by which Excel knows the delimiter, without its end.
    """

    delimiter: str
    header: tuple[str, ...]
    start: int
    headed: bool
    before: str
    quoted: bool
    ending: str
    mixed: bool

    @property
    def said(self) -> tuple[str, ...]:
        """What was found, in words."""
        return (
            spoken(self.delimiter),
            *(("a line `sep=`",) if self.before else ()),
            *(() if self.headed else ("no header",)),
            "mixed line ends" if self.mixed else _ENDINGS[self.ending],
        )


@dataclass(frozen=True)
class _Row:
    """A row of the sample: its cells, the lines it stands on, and how the last of them ends."""

    cells: list[str]
    first: int
    last: int
    ending: str


def layout_of(name: object, text: str, told: Told) -> Layout:
    """The layout by the beginning of a list (`text`); RefusedInput where it has none."""
    separator = _SEPARATOR.match(text)
    before = separator[0].rstrip("\r\n") if separator else ""
    skipped = separator.end() if separator else 0
    delimiter = told.delimiter
    if separator and delimiter not in (None, separator[1]):
        raise RefusedInput(
            f"{name} says itself that it is parted by {spoken(separator[1])} (`{before}`), "
            f"config.yaml says {spoken(delimiter or '')}",
            "take `delimiter` out of config.yaml",
        )
    body = text[skipped:]
    if separator:
        delimiter = separator[1]
    elif delimiter is None:
        delimiter = _found(name, body[:_SAMPLE], told)
    lines = _lines(body)
    rows = list(islice(_rows(lines, delimiter), _ROWS))
    if not rows:
        raise RefusedInput(f"{name} is empty", "it needs a header line with the columns' names")
    first = rows[0]
    if is_open(lines[: first.last], delimiter):
        raise open_quote(name, first.first + bool(separator))
    if told.header:
        _refuse_wrong_names(name, rows, told.header)
    else:
        offset = bool(separator)
        numbered = [(row.first + offset, row.cells) for row in rows]
        refuse_late_header(name, numbered, told.names)
    # The line end before the rows is a part of them: pyarrow drops a mark at the very beginning.
    consumed = text[:skipped] + ("" if told.header else "".join(lines[: first.last]))
    endings = [row.ending for row in rows if row.ending]
    quoted = lines[first.first - 1].startswith('"') and lines[first.last - 1].rstrip().endswith('"')
    return Layout(
        delimiter=delimiter,
        header=told.header or tuple(first.cells),
        start=max(len(consumed.encode()) - consumed.endswith(("\n", "\r")), 0),
        headed=not told.header,
        before=before,
        quoted=quoted,
        ending=endings[0] if endings else "\n",
        mixed=len(set(endings)) > 1,
    )


def spoken(delimiter: str) -> str:
    """A delimiter in words."""
    return _SPOKEN.get(delimiter, repr(delimiter))


def is_open(lines: Iterable[str], delimiter: str) -> bool:
    """Whether lines end within a quote that was opened and never closed."""
    *_, last = csv.reader(chain(lines, [AFTER]), delimiter=delimiter)
    return last != [AFTER]


def open_quote(name: object, line: int) -> RefusedInput:
    """A quote that is opened and never closed swallows the rest of the file as one cell."""
    return RefusedInput(
        f"{name}: a quote opened at or after line {line} is never closed",
        "the file may be cut off; export it again",
    )


def _lines(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))


def _rows(lines: list[str], delimiter: str) -> Iterator[_Row]:
    """The rows that are not blank."""
    reader = csv.reader(lines, delimiter=delimiter)
    last = 0
    for cells in reader:
        first, last = last + 1, reader.line_num
        if cells:
            line = lines[last - 1]
            yield _Row(cells, first, last, line[len(line.rstrip("\r\n")) :])


def _found(name: object, text: str, told: Told) -> str:
    lines = _lines(text)
    fitness = {delimiter: _fitness(lines, delimiter, told) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda d: fitness[d])
    # Without a header nothing tells which of two is right where both fit.
    same = [d for d in DELIMITERS if fitness[d][:2] == fitness[best][:2] and any(fitness[d][:2])]
    if told.header and len(same) > 1:
        raise RefusedInput(
            f"{name} may be parted by {' or '.join(map(spoken, same))}: both give as many cells as "
            "`header` in config.yaml names",
            "say which: `delimiter: …`",
        )
    return best


def _fitness(lines: list[str], delimiter: str, told: Told) -> tuple[int, int, int]:
    """How well a delimiter parts a list: names found, rows that fit the header, columns."""
    # The last line may be cut.
    rows = [row.cells for row in islice(_rows(lines, delimiter), _ROWS)]
    if not rows:
        return 0, 0, 0
    titles = {title.strip() for title in rows[0]}
    width = len(told.header) or len(rows[0])
    fitting = sum(len(row) == width for row in rows) if width > 1 else 0
    return len(titles.intersection(told.names)), fitting, len(titles)


def _refuse_wrong_names(name: object, rows: list[_Row], header: tuple[str, ...]) -> None:
    """Refuse names that are not as many as the columns, or that the list has itself."""
    ((usual, _),) = Counter(len(row.cells) for row in rows).most_common(1)
    if [cell.strip() for cell in rows[0].cells] == list(header):
        raise RefusedInput(
            f"{name} has a header line of its own", "take `header` out of config.yaml"
        )
    if usual != len(header):
        raise RefusedInput(
            f"{name} has {usual} columns, but `header` in config.yaml names {len(header)}",
            "name every column, in their order",
        )
