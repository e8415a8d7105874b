"""The file that a dialer takes: checked cell by cell, written in the dialer's own dress.

Nothing is dropped and no number is guessed: a row that does not fit ends the run before anything
is released, and is named by its number in the list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pac
import pyarrow.csv as pc

from adapters.outputs.lists import sync
from engine.diagnostics import UpfrontError

_NAMED = 5
_BATCH = 50_000
_LEAST, _MOST = 4, 15
"""Digits of a number; E.164 has no more."""
_DRESS = r"[ ./()-]"
"""What numbers are dressed in for people, and dialers leave out."""
_DOUBTFUL = "|".join(
    (
        # In +39 (0)6: not dialled from abroad. Left out or left in, the number may be a wrong one.
        r"\( *0 *\)",
        # A number that went through a spreadsheet or a program: without its point it is another.
        r"^[+]?[0-9 ()]{5,}[.][0-9]{1,2}$",
        r"^-",
        # Dates.
        r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$",
        r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}$",
        # Two numbers in one cell: too long for one, or a second that begins with a trunk 0.
        r"([0-9][ .()]*){7,}[/-]+([ .()]*[0-9]){7,}",
        r"([0-9][ .()]*){6,}[/-]+[ .()]*0([ .()]*[0-9]){5,}",
        r"[0-9]{7,}[ .()]+[0-9]{7,}",
        r"[0-9]{6,}[ .()]+0[0-9]{5,}",
    )
)
"""What would be a number once its dress is off, and may be the wrong one."""


@dataclass(frozen=True)
class Unfit:
    """Cells of one column that the dialer would not take, and why; `where` is true for each."""

    column: str
    why: str
    where: pa.ChunkedArray


def refuse_unfit(preset: str, rows: pa.Array, found: Sequence[Unfit]) -> None:
    """UpfrontError naming columns and rows (by `rows`, their numbers) if a cell does not fit."""
    told, total = [], 0
    for unfit in found:
        numbers = pac.filter(rows, pac.fill_null(unfit.where, fill_value=False)).to_pylist()
        if numbers:
            total += len(numbers)
            told.append(f"`{unfit.column}` {unfit.why} in {_spoken(numbers)}")
    if told:
        raise UpfrontError(
            f"{'1 cell' if total == 1 else f'{total} cells'} of allowed contacts "
            f"{'does' if total == 1 else 'do'} not fit {preset}, so "
            "nothing is released: " + "; ".join(told),
            "mend these rows, block them with a rule, or fill the column from another one "
            "(`output: {columns: …}`)",
        )


def _spoken(numbers: Sequence[int]) -> str:
    """Some row numbers in words.

    >>> _spoken([3]), _spoken([1, 2, 3, 4, 5, 6, 7])
    ('row 3', 'rows 1, 2, 3, 4, 5 and 2 more')
    """
    shown = ", ".join(map(str, numbers[:_NAMED]))
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return f"{'rows' if len(numbers) > 1 else 'row'} {shown}{more}"


def plain_number(column: pa.ChunkedArray, code: pa.ChunkedArray | None = None) -> pa.ChunkedArray:
    """Numbers without what dresses them, and without `+` and the country code beside them.

    What is written otherwise stays as it is, to be refused: two numbers, `347111222.0`, `(0)`, the
    code of another country, a `+` without a code beside it.
    """
    plain = pac.replace_substring_regex(column, _DRESS, "")
    plain = pac.if_else(pac.match_substring_regex(column, _DOUBTFUL), column, plain)
    for digits in [] if code is None else pac.unique(code).to_pylist():
        if digits:
            here = pac.and_(pac.equal(code, digits), pac.starts_with(plain, f"+{digits}"))
            rest = pac.utf8_slice_codeunits(plain, start=len(digits) + 1)
            plain = pac.if_else(here, rest, plain)
    return plain


def no_number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether a cell that is not blank holds no number that can be dialled as it is written."""
    digits = pac.replace_substring_regex(column, "[^0-9]", "")
    length = pac.utf8_length(digits)
    plain = pac.match_substring_regex(column, r"^[+]?[0-9 ./()-]+$")
    fits = pac.and_(
        plain, pac.and_(pac.greater_equal(length, _LEAST), pac.less_equal(length, _MOST))
    )
    fits = pac.and_(fits, pac.invert(pac.match_substring_regex(column, _DOUBTFUL)))
    return pac.and_(pac.not_equal(column, ""), pac.invert(fits))


def longer(column: pa.ChunkedArray, longest: int) -> pa.ChunkedArray:
    """Whether a cell has more characters than that."""
    return pac.greater(pac.utf8_length(column), longest)


def other_than(column: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    """Whether a cell that is not blank is not what the pattern says."""
    fits = pac.match_substring_regex(column, pattern)
    return pac.and_(pac.not_equal(column, ""), pac.invert(fits))


def blank(*columns: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether all of these cells are blank."""
    return pac.equal(pac.binary_join_element_wise(*columns, ""), "")


def write_contact_list(
    paths: Sequence[Path], table: pa.Table, most: int, phones: Mapping[str, str], zone: str | None
) -> None:
    """Contact lists of Genesys Cloud, at most so many contacts in each, and what their columns
    mean for its API in the last of `paths`. Durable when it returns.
    """
    *lists, columns = paths
    options = pc.WriteOptions(quoting_style="all_valid")
    for number, path in enumerate(lists):
        with path.open("wb") as stream:
            pc.write_csv(table.slice(number * most, most), stream, options)
            sync(stream)
    dialled = [
        {"columnName": name, "type": kind} | ({"callableTimeColumn": zone} if zone else {})
        for name, kind in phones.items()
    ]
    with columns.open("w", encoding="utf-8") as stream:
        json.dump(
            {"columnNames": table.column_names, "phoneColumns": dialled},
            stream,
            ensure_ascii=False,
            indent=2,
        )
        stream.write("\n")
        sync(stream)


def write_lead_file(path: Path, table: pa.Table, delimiter: str) -> None:
    """Leads of VICIdial, a line each, without a header. Durable when it returns.

    Its loader knows no quotes: a delimiter or a line break in a text becomes a space.
    """
    breaks = f"[\\x00-\\x1f\\x7f{delimiter}]+"
    cells = [pac.replace_substring_regex(column, breaks, " ") for column in table.columns]
    lines = pac.binary_join_element_wise(*cells, delimiter)
    with path.open("w", encoding="utf-8", newline="") as stream:
        for chunk in lines.chunks:
            for start in range(0, len(chunk), _BATCH):
                stream.writelines(f"{line}\n" for line in chunk.slice(start, _BATCH).to_pylist())
        sync(stream)
