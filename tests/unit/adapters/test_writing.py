"""Whatever list was read: its allowed rows, written and read again, are cell for cell the same."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from adapters.config.load import Project
from adapters.outputs.lists import BLOCKED
from adapters.sources.forms import read_listed
from adapters.sources.given import OnDisk
from adapters.sources.text_list import TextList, Told
from adapters.writing import blocked_file, file_names, write_allowed


def project(form: str = "same") -> Project:
    return cast(
        "Project", SimpleNamespace(config=SimpleNamespace(output=SimpleNamespace(format=form)))
    )


def rewritten(listed: TextList, folder: Path, told: Told, form: str = "same") -> TextList:
    """The list of its allowed rows, which are all, read again."""
    write_allowed(project(form), listed, listed.rows, folder)
    return read_listed(OnDisk(folder / file_names(project(form), listed)["allowed"]), told)


def cells(listed: TextList) -> list[list[str]]:
    return [list(row.values()) for row in listed.table.to_pylist()]


@dataclass(frozen=True)
class Dressed:
    """A table as text, and how it is written."""

    header: list[str]
    rows: list[list[str]]
    dress: dict[str, Any]
    encoding: str
    mark: bool
    headed: bool
    before: str

    def content(self) -> bytes:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, **self.dress)
        writer.writerows([self.header, *self.rows] if self.headed else self.rows)
        before = self.before + self.dress["lineterminator"] if self.before else ""
        text = ("\ufeff" if self.mark else "") + before + stream.getvalue()
        return text.encode(self.encoding)

    def told(self) -> Told:
        if not self.headed:
            return Told(header=tuple(self.header))
        return Told(names=("id",))


ENCODINGS = [
    *(("utf-8", False), ("utf-8", True), ("cp1252", False)),
    *(("utf-16-le", True), ("utf-16-be", True), ("utf-16-le", False)),
]


@st.composite
def lists(draw: st.DrawFn) -> Dressed:
    encoding, mark = draw(st.sampled_from(ENCODINGS))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    headed = draw(st.booleans())
    wild = st.characters(codec="cp1252" if encoding == "cp1252" else "utf-8", exclude_characters="\ufeff", exclude_categories=["Cc", "Cs"])  # fmt: skip
    cell = st.text(st.one_of(st.sampled_from(',;|\t"\n\r =0aé€'), wild), max_size=6)
    width = draw(st.integers(2, 4))
    titles = ["id", *draw(st.lists(st.sampled_from(["", " name ", "n", "n", "città", "a\nb"]), min_size=width - 1, max_size=width - 1))]  # fmt: skip
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=0 if headed else 2, max_size=6))  # fmt: skip
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    if quoting == csv.QUOTE_MINIMAL:
        # Python's writer leaves the other line ends bare.
        rows = [[c.replace("\r", "").replace("\n", "") for c in row] for row in rows]
        titles = [t.replace("\n", "") for t in titles]
    dress = {"delimiter": delimiter, "lineterminator": ending, "quoting": quoting}
    before = draw(st.sampled_from(["", f"sep={delimiter}"]))
    return Dressed(titles, rows, dress, encoding, mark, headed, before)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lists())
def test_a_list_in_any_dress_is_read_written_and_read_again_cell_for_cell(
    tmp_path_factory: pytest.TempPathFactory, made: Dressed
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    path = folder / "list.csv"
    content = made.content()
    assume(_tells_itself(made, content))
    path.write_bytes(content)
    listed = read_listed(OnDisk(path), made.told())
    assert cells(listed) == made.rows
    assert listed.header == tuple(made.header)
    again = rewritten(listed, folder, made.told())
    assert (again.header, cells(again)) == (listed.header, cells(listed))
    assert (again.said, again.misfits) == (listed.said, ())
    other = rewritten(listed, folder, Told(), "parquet")
    assert cells(other) == made.rows


def _tells_itself(made: Dressed, content: bytes) -> bool:
    """Whether the encoding and the delimiter can be told: else config.yaml has to say them."""
    if made.encoding == "cp1252":
        lines = content.splitlines()
        return not any(_is_utf8_beyond_ascii(line) for line in lines)
    if not made.mark and made.encoding != "utf-8":
        high = content[1::2]
        return high.count(0) > len(high) / 2 and b"\x00" not in content[::2]
    if not made.headed and not made.before:
        # Too few rows may fit more than one delimiter.
        others = set(",;\t|") - {made.dress["delimiter"]}
        return not any(sign in cell for row in made.rows for cell in row for sign in others)
    return True


def _is_utf8_beyond_ascii(line: bytes) -> bool:
    return any(not c.isascii() and c != "\ufffd" for c in line.decode("utf-8", "replace"))


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5))  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.dictionaries(st.sampled_from(["id", "b", "città"]), VALUES), min_size=1, max_size=6), st.booleans())  # fmt: skip
def test_json_lines_are_written_as_they_came(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], plain: bool
) -> None:
    assume(any(rows))
    folder = tmp_path_factory.mktemp("lists")
    path = folder / "list.jsonl"
    content = "".join(json.dumps(row, ensure_ascii=plain) + "\n" for row in rows).encode()
    path.write_bytes(content)
    listed = read_listed(OnDisk(path), Told())
    again = rewritten(listed, folder, Told())
    assert (folder / "allowed.jsonl").read_bytes() == content
    assert (again.header, cells(again)) == (listed.header, cells(listed))
    assert cells(rewritten(listed, folder, Told(delimiter=","), "csv")) == cells(listed)


def test_parquet_keeps_its_types_and_columns_that_nobody_can_read(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2, 3], pa.int32()),
            "when": pa.array([0, None, 5], pa.timestamp("ns", "Europe/Rome")),
            "parts": [{"a": 1}, None, {"a": 2}],
            "raw": [b"\xff", b"", None],
            "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "list.parquet")
    listed = read_listed(OnDisk(tmp_path / "list.parquet"), Told())
    write_allowed(project(), listed, pa.array([1, 3], pa.int64()), tmp_path)
    with blocked_file(project(), listed, tmp_path):
        pass
    chosen = pq.read_table(tmp_path / "allowed.parquet")
    assert chosen.schema.equals(pq.read_table(tmp_path / "list.parquet").schema)
    assert chosen.equals(table.take([0, 2]))
    assert pq.read_table(tmp_path / "blocked.parquet").column_names == list(BLOCKED)


def test_columns_that_stand_twice_are_told_apart_in_parquet(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"id,n,n,\n1,2,3,4\n")
    listed = read_listed(OnDisk(tmp_path / "list.csv"), Told())
    write_allowed(project("parquet"), listed, listed.rows, tmp_path)
    assert pq.read_table(tmp_path / "allowed.parquet").to_pylist() == [
        {"id": "1", "n": "2", "n (2)": "3", "": "4"}
    ]
