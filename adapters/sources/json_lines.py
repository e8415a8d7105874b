"""JSON Lines: one flat object on each line; its lines are kept to be written as they were."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pac

from adapters.sources.encoding import Encoding, misstated
from adapters.sources.packed import Unpacked
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput

_BATCH = 20_000
_LONGEST = 64 * 1024 * 1024
_UTF8 = ("utf-8", "utf-8-sig")
LINE = "line"
"""The column of `TextList.original`: each line's bytes, without its line end."""


class _NoRow(ValueError):
    """A line that is no flat object; the words are a sentence, without anything of its values."""


def read_json_lines(source: Unpacked, told: Told) -> TextList:
    """Read JSON Lines in UTF-8; RefusedInput when it can't be decoded, or has no object at all.

    Columns are the keys in the order in which they first appear. Numbers keep the text they are
    written with; a null and a key that is not there are blank. A line that is no flat object is a
    misfit.
    """
    if told.encoding is not None and codecs.lookup(told.encoding).name not in _UTF8:
        raise RefusedInput(
            f"{source} is JSON Lines, which is UTF-8", "take `encoding` out of config.yaml"
        )
    reading = _Reading(told.separators)
    number, mark = 0, False
    with source.open() as stream:
        for line in _lines(source, stream):
            text = line
            if not number and line.startswith(codecs.BOM_UTF8):
                text, mark = line.removeprefix(codecs.BOM_UTF8), True
            if not text.strip():
                continue
            number += 1
            try:
                reading.add(number, text)
            except UnicodeDecodeError:
                raise misstated(source, Encoding()) from None
    reading.flush()
    if not reading.keys:
        raise RefusedInput(f"{source} has no object with a key in it", "write one on each line")
    table, original, rows = reading.whole()
    listed = TextList(
        header=tuple(reading.keys),
        table=table,
        rows=rows,
        misfits=tuple(reading.misfits),
        said=(*source.said, "JSON Lines"),
        typed=frozenset(f"c{i}" for i, key in enumerate(reading.keys) if key not in reading.texts),
        form="jsonl",
        mark=mark,
        original=original,
    )
    return listed.without_nuls()


def is_object(line: bytes) -> bool:
    """Whether a line is an object of JSON, even if it is not UTF-8: that is told when it is read."""
    try:
        return isinstance(json.loads(line.decode(errors="replace")), dict)
    except (ValueError, RecursionError):
        return False


def _lines(source: Unpacked, stream: Any) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise RefusedInput(f"{source} has a line longer than a list would", "is it JSON Lines?")
        yield line.removesuffix(b"\n")


@dataclass
class _Reading:
    """Rows as they are read, put away as Arrow columns batch by batch."""

    separators: Mapping[str, str]
    keys: dict[str, None] = field(default_factory=dict)
    """In the order in which they first appeared."""
    texts: set[str] = field(default_factory=set)
    """Keys that have a text anywhere."""
    misfits: list[tuple[int, str]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    batches: list[tuple[pa.Table, pa.Array, pa.Array]] = field(default_factory=list)

    def add(self, number: int, line: bytes) -> None:
        """One more row, or one more misfit. Raises UnicodeDecodeError."""
        try:
            said = _object(line, self.separators)
        except _NoRow as error:
            self.misfits.append((number, str(error)))
            return
        self.rows.append(said)
        self.numbers.append(number)
        self.lines.append(line)
        if len(self.rows) == _BATCH:
            self.flush()

    def flush(self) -> None:
        """Put the rows so far away."""
        for row in self.rows:
            if not self.keys.keys() >= row.keys():
                self.keys.update(dict.fromkeys(row))
        arrays = []
        for key in self.keys:
            values = [row.get(key) for row in self.rows]
            kinds = set(map(type, values))
            if str in kinds and key not in self.texts and any(type(v) is str and v for v in values):
                self.texts.add(key)
            if kinds & {bool, int}:
                values = list(map(_text, values))
            arrays.append(pac.fill_null(pa.array(values, pa.string()), ""))
        names = [f"c{i}" for i in range(len(arrays))]
        table = pa.table(arrays, names=names) if arrays else pa.table({})
        lines = pa.array(self.lines, pa.large_binary())
        self.batches.append((table, lines, pa.array(self.numbers, pa.int64())))
        for kept in (self.rows, self.numbers, self.lines):
            kept.clear()

    def whole(self) -> tuple[pa.Table, pa.Table, pa.Array]:
        """All rows as text, as lines, and their numbers."""
        names = [f"c{i}" for i in range(len(self.keys))]
        schema = pa.schema([(name, pa.string()) for name in names])
        tables = []
        for table, _, numbers in self.batches:
            blank = pa.array([""] * len(numbers), pa.string())
            # A key that appeared later is blank until then.
            later = [blank] * (len(names) - table.num_columns)
            tables.append(pa.table([*table.columns, *later], schema=schema))
        lines = pa.chunked_array([lines for _, lines, _ in self.batches], pa.large_binary())
        numbers = pa.concat_arrays([numbers for _, _, numbers in self.batches])
        return pa.concat_tables(tables), pa.table({LINE: lines}), numbers


def _object(line: bytes, separators: Mapping[str, str]) -> dict[str, Any]:
    """A line's keys and plain values; _NoRow when it is no flat object."""
    text = line.decode()
    try:
        said = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, _NoRow) else _NoRow("The line is not JSON") from None
    if type(said) is not dict:
        raise _NoRow("The line is not an object")
    if _HALF.search(line):
        _refuse_half_characters(said)
    return said if _NESTED.isdisjoint(map(type, said.values())) else _flat(said, separators)


def _flat(said: dict[str, Any], separators: Mapping[str, str]) -> dict[str, Any]:
    """Lists of which config.yaml says how their elements are parted, as texts."""
    for key, value in said.items():
        if type(value) is list and key in separators:
            said[key] = _joined(key, value, separators[key])
        elif type(value) in _NESTED:
            kind = "a list" if type(value) is list else "an object"
            raise _NoRow(f"The value of `{key}` is {kind}")
    return said


def _joined(key: str, elements: list[Any], separator: str) -> str:
    if any(isinstance(element, (list, dict)) for element in elements):
        raise _NoRow(f"The value of `{key}` is a list of other things than values")
    texts = [_text(element) for element in elements if element is not None]
    if any(separator in text for text in texts):
        raise _NoRow(f"An element of `{key}` holds its separator")
    return separator.join(texts)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _refuse_half_characters(said: object) -> None:
    """JSON can spell characters that no text can hold."""
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _NoRow("The line has half of a character") from None


class _Number(str):
    """A number as it is written, which has a point for its fraction."""

    __slots__ = ()


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) < len(pairs):
        raise _NoRow("The line has a key more than once")
    return said


def _constant(name: str) -> Any:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_Number, parse_constant=_constant)
_NESTED = frozenset([list, dict])
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
