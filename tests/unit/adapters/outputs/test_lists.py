"""The allowed list is the input's own text in the input's own dress."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.outputs.lists import BLOCKED, write_allowed, write_blocked
from adapters.sources.csv_text import read_csv

HEADER = ("id", "what")
ROWS = [
    ["007", " padded "],
    ["é🤦", 'says "hi", then; goes|on\tand on'],
    ["", "two\nlines"],
    ["x", "a\r\nb"],
    ["1e3", "a\rb"],
    ["'", '"'],
    ["=1+1", "\u00a0"],
]
DRESS = {"delimiter": ",", "ending": "\n", "quoted": False, "mark": False}


def written(path: Path, rows: list[list[str]], header: tuple[str, ...], **dress: Any) -> Path:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    names = [f"c{i}" for i in range(len(header))]
    table = pa.table(columns or [pa.array([], pa.string()) for _ in header], names=names)
    write_allowed(path, header, table.to_batches(max_chunksize=3), **{**DRESS, **dress})
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("mark", [True, False])
def test_every_cell_is_read_back_as_it_was(
    tmp_path: Path, delimiter: str, ending: str, quoted: bool, mark: bool
) -> None:
    path = written(
        tmp_path / "a.csv", ROWS, HEADER,
        delimiter=delimiter, ending=ending, quoted=quoted, mark=mark,
    )  # fmt: skip
    read = read_csv(path, prefer=HEADER)
    assert [list(row.values()) for row in read.table.to_pylist()] == ROWS
    assert (read.header, read.delimiter, read.mark) == (HEADER, delimiter, mark)
    assert (read.quoted, read.misfits) == (quoted, ())
    with path.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream, delimiter=delimiter)) == [list(HEADER), *ROWS]


def test_what_needs_no_quotes_has_none(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [["007", " a "], ["é", ""]], HEADER)
    assert path.read_bytes() == "id,what\n007, a \né,\n".encode()


def test_an_empty_list_has_its_header(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [], HEADER, ending="\r\n", mark=True)
    assert path.read_bytes() == b"\xef\xbb\xbfid,what\r\n"


CELLS = st.text(st.one_of(st.sampled_from(',"\n\r 0a'), st.characters(exclude_categories=["Cs", "Cc"])), max_size=5)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(CELLS, min_size=1, max_size=1), max_size=7), st.booleans())
def test_a_list_of_one_column_loses_no_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], quoted: bool
) -> None:
    path = tmp_path_factory.mktemp("out") / "a.csv"
    read = read_csv(written(path, rows, ("id",), quoted=quoted), ",")
    assert [list(row.values()) for row in read.table.to_pylist()] == rows


def test_the_blocked_list_is_csv_that_anyone_reads(tmp_path: Path) -> None:
    cells = {name: [f"{name} é", 'a "b",\nc'] for name in BLOCKED}
    table = pa.table(cells)
    write_blocked(tmp_path / "b.csv", table.to_reader())
    with (tmp_path / "b.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == list(BLOCKED)
    assert rows[2] == ['a "b",\nc'] * len(BLOCKED)
