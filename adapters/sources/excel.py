"""A sheet of an Excel workbook as text, the way its cells mean it and not the way they are shown."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from adapters.sources.packed import Unpacked
from adapters.sources.text_list import TextList, Told, refuse_late_header
from adapters.sources.workbooks import DAMAGE, Failed, Workbook, address, damaged, opened
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import did_you_mean

_BATCH = 20_000
_TOP = 30
# Excel itself keeps fifteen digits of a number.
_EXACT = 10**15


def read_workbook(source: Unpacked, told: Told) -> TextList:
    """Read one sheet; RefusedInput when it can't be told which, or can't be read.

    The first row that is not blank is the header; blank rows are none. Whole numbers have no
    fraction, dates are ISO 8601, errors the text that is shown. It is written as CSV.
    """
    with source.open() as stream:
        whole = io.BytesIO(stream.read()) if source.how else stream
        book = opened(source, whole)
        try:
            return _sheet(source, book, told)
        except DAMAGE as error:
            raise damaged(source) from error


def _sheet(source: Unpacked, book: Workbook, told: Told) -> TextList:
    sheet = _chosen(source, book, told.sheet)
    rows = _filled(book, sheet)
    top = list(islice(rows, _TOP))
    if not top:
        raise RefusedInput(f"{source} is empty", "it needs a header line with the columns' names")
    first, titles = top[0][0], [cell_text(value) for value in top[0][1]]
    if told.header:
        _refuse_wrong_names(source, titles, told.header)
    else:
        refuse_late_header(source, [(n + 1, list(map(cell_text, r))) for n, r in top], told.names)
        top = top[1:]
    for start, end, left, _ in book.merged(sheet):
        if end > start and end >= first:
            raise RefusedInput(
                f"{source} has merged cells from {address(start, left)} down to row {end + 1}, so "
                "that rows below the first of them have none of their own",
                "unmerge them and fill each row",
            )
    header = told.header or tuple(titles)
    table, typed = _columns(chain(top, rows), len(header))
    return TextList(
        header=header,
        table=table,
        rows=pa.arange(1, table.num_rows + 1),
        said=(*source.said, f"Excel, sheet `{sheet}`", *(("no header",) if told.header else ())),
        typed=typed,
        headed=not told.header,
    ).without_nuls()


def _chosen(source: Unpacked, book: Workbook, wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in book.sheets:
            known = ", ".join(f"`{name}`" for name in book.sheets)
            hint = did_you_mean(wanted, book.sheets) or f"it has: {known}"
            raise RefusedInput(f"{source} has no sheet `{wanted}`", hint)
        return wanted
    filled = [name for name in book.sheets if book.is_filled(name)]
    seen = [name for name in filled if book.sheets[name]] or filled
    if len(seen) > 1:
        raise RefusedInput(
            f"{source} has cells in several sheets: {', '.join(f'`{name}`' for name in seen)}",
            f"say in config.yaml which is the list: `sheet: {seen[0]}`",
        )
    return seen[0] if seen else next(iter(book.sheets), "")


def _refuse_wrong_names(source: Unpacked, first: list[str], header: tuple[str, ...]) -> None:
    if [cell.strip() for cell in first] == list(header):
        raise RefusedInput(
            f"{source} has a header line of its own", "take `header` out of config.yaml"
        )
    if len(first) != len(header):
        raise RefusedInput(
            f"{source} has {len(first)} columns, but `header` in config.yaml names {len(header)}",
            "name every column, in their order",
        )


def _filled(book: Workbook, sheet: str) -> Iterator[tuple[int, list[Any]]]:
    """The rows that are not blank, with their numbers from 0."""
    if sheet not in book.sheets:
        return
    for number, cells in enumerate(book.rows(sheet)):
        if any(cell not in ("", None) for cell in cells):
            yield number, cells


def _columns(rows: Iterable[tuple[int, list[Any]]], width: int) -> tuple[pa.Table, frozenset[str]]:
    """Rows as columns of text, and those of them that hold no texts but typed values."""
    names = [f"c{i}" for i in range(width)]
    schema = pa.schema([(name, pa.string()) for name in names])
    typed, batches, left = set(names), [], iter(rows)
    while batch := [cells for _, cells in islice(left, _BATCH)]:
        columns = list(zip(*batch, strict=True))
        typed -= {n for n, c in zip(names, columns, strict=True) if any(map(_is_text, c))}
        texts = [pa.array([cell_text(value) for value in c], pa.string()) for c in columns]
        batches.append(pa.record_batch(texts, schema=schema))
    return pa.Table.from_batches(batches, schema), frozenset(typed)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not isinstance(value, Failed)


def cell_text(value: Any) -> str:
    """The text of a cell.

    >>> cell_text(393331234567.0), cell_text(0.1), cell_text(date(2026, 3, 31)), cell_text(True)
    ('393331234567', '0.1', '2026-03-31', 'true')
    >>> cell_text(1234567890123456789.0), cell_text(timedelta(hours=30))
    ('1.23456789012346E+18', '30:00:00')
    """
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        if abs(value) >= _EXACT:
            # Its last digits are lost; as an id it would be somebody else's.
            return f"{value:.15G}"
        return format(Decimal(repr(value)).normalize(), "f") if value % 1 else str(int(value))
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)
