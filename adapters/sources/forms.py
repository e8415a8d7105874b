"""A file of any form that lists come in, recognised by its content, as a table of text."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace

from adapters.sources.csv_text import read_csv
from adapters.sources.encoding import encoding_of
from adapters.sources.given import Given, digest_of_bytes
from adapters.sources.json_lines import is_object, read_json_lines
from adapters.sources.packed import GZIP, ZIP, Unpacked, unpacked
from adapters.sources.parquet import read_parquet
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARQUET = b"PAR1"
_LINES = (".jsonl", ".ndjson")
_KNOWN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"7z\xbc\xaf": "packed with 7-Zip",
    b"Rar!": "packed with RAR",
    b"BZh": "packed with bzip2",
    b"\xfd7zX": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard",
    b"SQLite format 3": "an SQLite database",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"<?xml": "an XML document",
    b"{\\rtf": "a text document",
}
_PEEK = 64 * 1024
_EXPORT = "export it as CSV in UTF-8 (spreadsheets: «Save as… CSV UTF-8»), or as .xlsx"
# The beginning of an object, and of a document that is one or that lists some.
_OBJECT = re.compile(rb'\{\s*("|\})')
_DOCUMENT = re.compile(rb'\s*(\{|\[\s*\{)\s*"[^"\n]*"\s*:')
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


def read_listed(given: Given, told: Told) -> TextList:
    """A list in the form that its bytes show; RefusedInput when it is none that is read.

    CSV, JSON Lines, Parquet or a workbook, each of them plain, or packed with gzip or zip.
    """
    source = unpacked(given)
    with source.open() as stream:
        top = stream.read(_PEEK)
    return replace(_read(source, top, told), digest=digest_of_bytes(given))


def _read(source: Unpacked, top: bytes, told: Told) -> TextList:
    if top.startswith(_PARQUET):
        return read_parquet(source, told)
    if top.startswith((ZIP, _OLE)):
        from adapters.sources.excel import read_workbook

        return read_workbook(source, told)
    if is_json(source, top):
        return read_json_lines(source, told)
    _refuse_other(source, top, told)
    return read_csv(source, told)


def is_parquet(source: Unpacked) -> bool:
    """Whether the bytes are a Parquet file's."""
    with source.open() as stream:
        return stream.read(4) == _PARQUET


def is_json(source: Unpacked, top: bytes) -> bool:
    """Whether a file is JSON Lines: its name says so, or its first line is an object."""
    name = (source.inside or str(source)).lower().removesuffix(".gz")
    if name.endswith(_LINES):
        return bool(top.strip())
    first, end, _ = top.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")
    if not _OBJECT.match(first):
        return False
    return (not end and len(top) == _PEEK) or is_object(first)


def _refuse_other(source: Unpacked, top: bytes, told: Told) -> None:
    """Refuse what is no text with cells, in words for what it is."""
    if not top.strip():
        raise RefusedInput(f"{source} is empty", "it needs a header line with the columns' names")
    if top.startswith((GZIP, ZIP)):
        raise RefusedInput(f"{source} is packed twice", "unpack it once")
    for magic, what in _KNOWN.items():
        if top.startswith(magic):
            raise RefusedInput(f"{source} is {what}, not a list", _EXPORT)
    if _DOCUMENT.match(top.removeprefix(codecs.BOM_UTF8)):
        raise RefusedInput(
            f"{source} is one JSON document, not JSON Lines", "write one flat object on each line"
        )
    many = len(_CONTROL.findall(top)) > max(8, len(top) / 25)
    if many and not encoding_of(top, told.encoding, source).name.startswith("utf-16"):
        raise RefusedInput(f"{source} is a binary file, not a list", _EXPORT)
