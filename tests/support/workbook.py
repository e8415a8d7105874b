"""Makes workbooks of Excel (.xlsx) as small as they can be: what their sheets hold is given."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BEGAN = datetime(1899, 12, 30)  # noqa: DTZ001 - clocks of workbooks have no zone


@dataclass(frozen=True)
class Shown:
    """A cell that shows an error like `#N/A`."""

    error: str


@dataclass(frozen=True)
class Computed:
    """A formula, and the number that it came to (None: nobody computed it)."""

    formula: str
    value: float | None


@dataclass(frozen=True)
class Sheet:
    """Rows of cells (None: no cell), ranges that are merged, and whether people see it."""

    rows: Sequence[Sequence[Any]]
    merged: Sequence[str] = ()
    hidden: bool = False
    addressed: bool = True


def workbook(path: Path, sheets: Mapping[str, Sheet]) -> Path:
    """Write a workbook; returns its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts(sheets).items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return path


def _parts(sheets: Mapping[str, Sheet]) -> dict[str, str]:
    kinds = ['<Override PartName="/xl/workbook.xml" ContentType="' + _KIND + '.sheet.main+xml"/>']
    kinds.append(f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>')
    listed, related, parts = [], [], {}
    for n, (name, sheet) in enumerate(sheets.items(), start=1):
        place = f"worksheets/sheet{n}.xml"
        kinds.append(f'<Override PartName="/xl/{place}" ContentType="{_KIND}.worksheet+xml"/>')
        state = ' state="hidden"' if sheet.hidden else ""
        listed.append(f'<sheet name={quoteattr(name)} sheetId="{n}"{state} r:id="rId{n}"/>')
        related.append(f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="{place}"/>')
        parts[f"xl/{place}"] = _sheet(sheet)
    related.append(f'<Relationship Id="rS" Type="{_OFFICE}/styles" Target="styles.xml"/>')
    relations = f'<Relationships xmlns="{_PACKAGE}/relationships">'
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{"".join(kinds)}</Types>',
        "_rels/.rels": f'{relations}<Relationship Id="r" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f"{''.join(listed)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"{relations}{''.join(related)}</Relationships>",
        # The second style is a date, the third a moment.
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="3"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/>'
        "</cellXfs></styleSheet>",
        **parts,
    }


def _sheet(sheet: Sheet) -> str:
    rows = []
    for n, row in enumerate(sheet.rows, start=1):
        cells = [
            _cell(v, f"{chr(65 + i)}{n}" if sheet.addressed else "") for i, v in enumerate(row)
        ]
        rows.append(f'<row r="{n}">{"".join(cells)}</row>')
    merged = "".join(f'<mergeCell ref="{place}"/>' for place in sheet.merged)
    merged = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(rows)}</sheetData>{merged}</worksheet>'


def _cell(value: Any, address: str) -> str:
    at = f' r="{address}"' if address else ""
    if value is None:
        return "" if address else "<c/>"
    if isinstance(value, Shown):
        return f'<c{at} t="e"><v>{value.error}</v></c>'
    if isinstance(value, Computed):
        result = "" if value.value is None else f"<v>{value.value}</v>"
        return f"<c{at}><f>{escape(value.formula)}</f>{result}</c>"
    if isinstance(value, bool):
        return f'<c{at} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime):
        return f'<c{at} s="2"><v>{(value - _BEGAN).total_seconds() / 86400}</v></c>'
    if isinstance(value, date):
        return f'<c{at} s="1"><v>{(value - _BEGAN.date()).days}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c{at}><v>{value!r}</v></c>"
    return f'<c{at} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
