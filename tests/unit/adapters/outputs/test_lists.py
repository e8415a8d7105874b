"""The allowed list is the input's own text in the input's own dress."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.outputs.lists import (
    BLOCKED,
    Dress,
    blocked_writer,
    write_csv,
    write_lines,
    write_parquet,
)
from adapters.sources.forms import read_listed
from adapters.sources.given import OnDisk
from adapters.sources.text_list import TextList, Told

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


def read_csv(path: Path, delimiter: str | None = None, prefer: Sequence[str] = ()) -> TextList:
    return read_listed(OnDisk(path), Told(delimiter=delimiter, names=tuple(prefer)))


def written(path: Path, rows: list[list[str]], header: tuple[str, ...], **dress: Any) -> Path:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    names = [f"c{i}" for i in range(len(header))]
    table = pa.table(columns or [pa.array([], pa.string()) for _ in header], names=names)
    write_csv(path, header, table.to_batches(max_chunksize=3), Dress(**dress))
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


@pytest.mark.parametrize(
    ("dress", "expected"),
    [
        (Dress(encoding="cp1252"), "id,what\n1,né\n".encode("cp1252")),
        (Dress(encoding="utf-16-le", mark=True), "id,what\n1,né\n".encode("utf-16")),
        (Dress(encoding="utf-16-be"), "id,what\n1,né\n".encode("utf-16-be")),
        (Dress(headed=False, ending="\r\n"), "1,né\r\n".encode()),
        (Dress(delimiter=";", before="sep=;", mark=True), "\ufeffsep=;\nid;what\n1;né\n".encode()),
    ],
)
def test_the_dress_is_put_on_to_the_byte(tmp_path: Path, dress: Dress, expected: bytes) -> None:
    assert (
        written(tmp_path / "a.csv", [["1", "né"]], HEADER, **vars(dress)).read_bytes() == expected
    )


def test_lines_are_written_byte_for_byte(tmp_path: Path) -> None:
    lines = [b'{"a": 1.10}\r', b'{ "a":2}']
    batch = pa.record_batch({"line": pa.array(lines, pa.large_binary())})
    write_lines(tmp_path / "a.jsonl", [batch], mark=True)
    assert (tmp_path / "a.jsonl").read_bytes() == b"\xef\xbb\xbf" + b"\n".join(lines) + b"\n"


def test_an_empty_list_has_its_header(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [], HEADER, ending="\r\n", mark=True)
    assert path.read_bytes() == b"\xef\xbb\xbfid,what\r\n"


PLAIN = st.text(st.sampled_from("0a é'=\t|"), max_size=4)
WILD = st.text(st.sampled_from('0 ,;"\n\r\t|'), max_size=4)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(PLAIN, min_size=width, max_size=width)
            | st.lists(PLAIN | WILD, min_size=width, max_size=width),
            max_size=9,
        )
    ),
    st.sampled_from(",;\t|"),
)
def test_lines_are_what_a_writer_of_single_cells_makes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str
) -> None:
    header = tuple(f"h{i}" for i in range(len(rows[0]) if rows else 2))
    path = tmp_path_factory.mktemp("out") / "a.csv"
    made = written(path, rows, header, delimiter=delimiter, ending="\r\n").read_bytes()
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([header, *rows])
    assert made.decode() == stream.getvalue()


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
    with blocked_writer(tmp_path / "b.csv") as write:
        for batch in table.to_batches():
            write(batch)
    with (tmp_path / "b.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == list(BLOCKED)
    assert rows[2] == ['a "b",\nc'] * len(BLOCKED)


def test_the_blocked_list_is_parquet_where_its_name_says_so(tmp_path: Path) -> None:
    table = pa.table({name: [f"{name} é"] for name in BLOCKED})
    with blocked_writer(tmp_path / "b.parquet") as write:
        for batch in table.to_batches():
            write(batch)
    assert pq.read_table(tmp_path / "b.parquet").equals(table)


def test_types_are_kept_in_parquet(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([1, None], pa.int16()), "b": [[1.5], []]})
    write_parquet(tmp_path / "a.parquet", table.schema, table.to_batches())
    assert pq.read_table(tmp_path / "a.parquet").equals(table)
