"""Workbooks of Excel, opened: their sheets, the values of their cells, and what hides in them.

calamine reads .xlsx, xlrd .xls. What calamine leaves blank though it is not (errors like #N/A,
formulas that nobody computed) is looked up in the sheet's own XML.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from io import BufferedIOBase
from typing import IO, Any, Protocol
from xml.etree import ElementTree as ET

from adapters.sources.packed import ZIP, Unpacked
from engine.diagnostics import RefusedInput

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_EXTRA = "pip install 'upfront[xlsx]'"
_SOME_ERROR = "#VALUE!"
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_TO_LOOK_AT = re.compile(rb"""\bt=["']e["']|<(?:\w+:)?f[\s>/]""")
# What the libraries may say of a file that is not what it should be.
DAMAGE = (
    *(AssertionError, AttributeError, EOFError, IndexError, KeyError, OSError, TypeError),
    *(ValueError, struct.error, zlib.error, zipfile.BadZipFile, ET.ParseError),
)
Merged = tuple[int, int, int, int]


class Failed(str):
    """What a cell shows whose formula failed, like `#N/A`."""

    __slots__ = ()


class Workbook(Protocol):
    """An open workbook. Rows and columns count from 0; merged cells are first and last row and
    first and last column.
    """

    @property
    def sheets(self) -> Mapping[str, bool]:
        """Names of the sheets, and whether a person sees them."""

    def is_filled(self, sheet: str) -> bool:
        """Whether a sheet has any cell with something in it."""

    def rows(self, sheet: str) -> Iterator[list[Any]]:
        """The values of the cells of each row, from the first row and column on."""

    def merged(self, sheet: str) -> list[Merged]:
        """The cells that are merged."""


def opened(source: Unpacked, stream: BufferedIOBase) -> Workbook:
    """A workbook of either kind; RefusedInput when it is damaged, encrypted, or something else."""
    top = stream.read(len(ZIP))
    stream.seek(0)
    try:
        return _Xlsx(source, stream) if top == ZIP else _Xls(source, stream)
    except ImportError as error:
        raise RefusedInput(
            f"{source} is an Excel workbook, which needs a further package", _EXTRA
        ) from error
    except RefusedInput:
        raise
    except DAMAGE as error:
        raise damaged(source) from error


def damaged(source: Unpacked) -> RefusedInput:
    """A workbook that can't be read to its end."""
    return RefusedInput(
        f"{source} is damaged, or no workbook of Excel", "save it again as .xlsx, or as CSV UTF-8"
    )


class _Xlsx:
    def __init__(self, source: Unpacked, stream: BufferedIOBase) -> None:
        import python_calamine as calamine

        self._source, self._stream = source, stream
        try:
            self._book = calamine.load_workbook(stream)
        except calamine.CalamineError as error:
            raise damaged(source) from error
        kinds = {m.name: m for m in self._book.sheets_metadata}
        self.sheets = {
            name: kind.visible is calamine.SheetVisibleEnum.Visible
            for name, kind in kinds.items()
            if kind.typ is calamine.SheetTypeEnum.WorkSheet
        }
        self._archive = zipfile.ZipFile(stream)
        self._error = calamine.CalamineError
        self._read: tuple[str, Any] = ("", None)

    def _sheet(self, sheet: str) -> Any:
        """A sheet of calamine's, which it reads whole: the last one is kept."""
        if self._read[0] != sheet:
            try:
                self._read = (sheet, self._book.get_sheet_by_name(sheet))
            except self._error as error:
                raise damaged(self._source) from error
        return self._read[1]

    def is_filled(self, sheet: str) -> bool:
        return self._sheet(sheet).start is not None

    def rows(self, sheet: str) -> Iterator[list[Any]]:
        given = self._sheet(sheet)
        if given.start is None:
            return
        hidden = self._hidden(sheet)
        margin = [""] * given.start[1]
        for at, cells in enumerate(given.iter_rows()):
            row = margin + cells
            for column, text in hidden.get(at, {}).items():
                row[column] = text
            yield row

    def merged(self, sheet: str) -> list[Merged]:
        found = self._sheet(sheet).merged_cell_ranges or []
        return [(top, bottom, left, right) for (top, left), (bottom, right) in found]

    def _hidden(self, sheet: str) -> dict[int, dict[int, str]]:
        """By row and column, the texts of cells with errors."""
        part = self._part(sheet)
        with self._archive.open(part) as stream:
            if not _has_something(stream):
                return {}
        found: dict[int, dict[int, str]] = {}
        with self._archive.open(part) as stream:
            for row, column, cell in _cells(stream):
                kind, value = cell.get("t"), _child(cell, "v")
                text = (value.text if value is not None else "") or ""
                if kind == "e":
                    found.setdefault(row, {})[column] = Failed(text or _SOME_ERROR)
                elif not text and kind != "str" and _child(cell, "f") is not None:
                    raise RefusedInput(
                        f"{self._source} has a formula without a value in the cell "
                        f"{address(row, column)} of the sheet `{sheet}`",
                        "open it in Excel and save it again, so that it is computed",
                    )
        return found

    def _part(self, sheet: str) -> str:
        """Where in the archive the XML of a sheet is."""
        parts = {r.get("Id"): r.get("Target", "") for r in self._xml("xl/_rels/workbook.xml.rels")}
        for element in self._xml("xl/workbook.xml").iter():
            if _local(element.tag) == "sheet" and element.get("name") == sheet:
                ids = [v for k, v in element.items() if _local(k) == "id"]
                target = parts[ids[0]]
                return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        raise KeyError(sheet)

    def _xml(self, name: str) -> ET.Element:
        # expat refuses entities that unfold without end.
        return ET.fromstring(self._archive.read(name))  # noqa: S314


class _Xls:
    def __init__(self, source: Unpacked, stream: BufferedIOBase) -> None:
        import xlrd

        content = stream.read()
        if _ENCRYPTED in content:
            raise _protected(source)
        try:
            self._book = xlrd.open_workbook(
                file_contents=content, formatting_info=True, logfile=_Nowhere()
            )
        except (xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
            if "encrypted" in str(error).lower():
                raise _protected(source) from error
            raise damaged(source) from error
        self._xlrd = xlrd
        self.sheets = {s.name: s.visibility == 0 for s in self._book.sheets()}

    def is_filled(self, sheet: str) -> bool:
        return any(cell not in ("", None) for row in self.rows(sheet) for cell in row)

    def rows(self, sheet: str) -> Iterator[list[Any]]:
        given = self._book.sheet_by_name(sheet)
        for at in range(given.nrows):
            yield [self._value(cell) for cell in given.row(at)]

    def merged(self, sheet: str) -> list[Merged]:
        found = self._book.sheet_by_name(sheet).merged_cells
        return [(top, below - 1, left, right - 1) for top, below, left, right in found]

    def _value(self, cell: Any) -> Any:
        if cell.ctype == self._xlrd.XL_CELL_DATE:
            if cell.value < 1:
                return timedelta(days=cell.value)
            moment = self._xlrd.xldate_as_datetime(cell.value, self._book.datemode)
            return moment if cell.value % 1 else moment.date()
        if cell.ctype == self._xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        if cell.ctype == self._xlrd.XL_CELL_ERROR:
            return Failed(self._xlrd.error_text_from_code.get(cell.value, _SOME_ERROR))
        return cell.value


class _Nowhere:
    """Where xlrd may write what it has to say of strange files."""

    def write(self, text: str) -> None:
        """It may hold data."""


def address(row: int, column: int) -> str:
    """What people call a cell.

    >>> address(0, 0), address(9, 27)
    ('A1', 'AB10')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _protected(source: Unpacked) -> RefusedInput:
    return RefusedInput(
        f"{source} is protected with a password", "save it without a password, or as CSV UTF-8"
    )


def _has_something(stream: IO[bytes]) -> bool:
    """Whether a sheet has formulas or errors at all; most have none, and need no second look."""
    rest = b""
    while piece := stream.read(1024 * 1024):
        if _TO_LOOK_AT.search(rest + piece):
            return True
        rest = piece[-40:]
    return False


def _cells(stream: IO[bytes]) -> Iterator[tuple[int, int, ET.Element]]:
    """The cells of a sheet; those without an address stand after the one before."""
    row = column = -1
    for event, element in ET.iterparse(stream, ("start", "end")):  # noqa: S314 - as above
        tag = _local(element.tag)
        if tag == "row" and event == "start":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif tag == "row":
            element.clear()
        elif tag == "c" and event == "end":
            place = _ADDRESS.fullmatch(element.get("r", ""))
            if place:
                column = -1
                for letter in place[1]:
                    column = (column + 1) * 26 + ord(letter) - ord("A")
            else:
                column += 1
            yield row, column, element


def _child(element: ET.Element, tag: str) -> ET.Element | None:
    return next((child for child in element if _local(child.tag) == tag), None)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
