"""A candidate list as it was read: its text as it stands, and how to write rows like it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pac

from engine.diagnostics import RefusedInput


@dataclass(frozen=True)
class Told:
    """What config.yaml says of a file: how it is written, and which columns are wanted of it.

    What it says nothing of is found. `header` are the names of the columns of a list without a
    header line, `names` those that the header should have, `separators` part the elements of
    columns that hold lists.
    """

    delimiter: str | None = None
    encoding: str | None = None
    header: tuple[str, ...] = ()
    sheet: str | None = None
    names: tuple[str, ...] = ()
    separators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TextList:
    """A list's header as written, its rows as text columns `c0`, `c1`, …, and the misfits.

    `rows` are the numbers (from 1, the header not counted) of the table's rows; `misfits` those
    of rows that can't be read, in order, and why, as a sentence. `said` tells people what was
    found out about the list ("semicolons", "UTF-16"), `digest` (SHA-256, hex) is of all of it.
    `typed` are the columns whose texts were all made of values of their form, so that a number
    has a point and a date is ISO 8601.

    The rest is how rows are written so that they look like those that were read. For text with
    delimiters (`csv`): the delimiter, whether the header's names stand in quotes, how lines end,
    whether a byte order mark opens the file, its encoding, whether it has a header at all, and the
    line before it by which Excel knows the delimiter (`sep=;`). Other forms keep their rows in
    `original`, row by row those of the table: JSON Lines as bytes in its one column.
    """

    header: tuple[str, ...]
    table: pa.Table
    rows: pa.Array
    misfits: tuple[tuple[int, str], ...] = ()
    said: tuple[str, ...] = ()
    digest: str = ""
    typed: frozenset[str] = frozenset()
    form: Literal["csv", "jsonl", "parquet"] = "csv"
    delimiter: str = ","
    quoted: bool = False
    ending: str = "\n"
    mark: bool = False
    encoding: str = "utf-8"
    headed: bool = True
    before: str = ""
    original: pa.Table | None = None

    def column(self, name: str) -> str | None:
        """The table's column under a header name, None where there is none or more than one."""
        found = [i for i, title in enumerate(self.header) if title.strip() == name]
        return f"c{found[0]}" if len(found) == 1 else None

    def without_nuls(self) -> TextList:
        """The list with rows that hold a NUL, which many programs take for a text's end, as misfits."""
        bad: dict[int, str] = {}
        for title, column in zip(self.header, self.table.columns, strict=True):
            holds = pac.match_substring(column, "\x00")
            if pac.any(holds).as_py():
                sentence = f"The cell `{title.strip()}` holds a NUL character"
                for number in self.rows.filter(holds.combine_chunks()).to_pylist():
                    bad.setdefault(number, sentence)
        if not bad:
            return self
        good = pac.invert(pac.is_in(self.rows, value_set=pa.array(list(bad), pa.int64())))
        return replace(
            self,
            table=self.table.filter(good),
            rows=self.rows.filter(good),
            misfits=tuple(sorted([*self.misfits, *bad.items()])),
            original=None if self.original is None else self.original.filter(good),
        )


def refuse_late_header(
    name: object, rows: Sequence[tuple[int, Sequence[str]]], names: Sequence[str]
) -> None:
    """Refuse a list whose first row is a title, where a later one has all the names that are sought.

    `rows` are the first rows, each with the number by which people find it.
    """
    sought = set(names)
    if not sought or not rows or sought & {cell.strip() for cell in rows[0][1]}:
        return
    for number, cells in rows[1:]:
        if sought <= {cell.strip() for cell in cells}:
            raise RefusedInput(
                f"{name} has its header in line {number}", "remove the lines above it"
            )
