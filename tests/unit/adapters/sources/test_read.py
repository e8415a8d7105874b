"""Sources as text: Parquet's types, and what is told where a source can't be read."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.sources.forms import read_listed
from adapters.sources.given import Given, OnDisk
from adapters.sources.read import SourceFailure, file_moment, read_file
from adapters.sources.text_list import TextList, Told
from adapters.sources.typed_text import text_column


def parquet(path: Path, **columns: pa.Array) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_s_types_become_the_text_that_config_s_types_are_read_from(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        whole=pa.array([7, -1, None], pa.int32()),
        number=pa.array([0.1, 1e300, None], pa.float64()),
        price=pa.array([Decimal("12.50"), Decimal("-0.01"), None], pa.decimal128(9, 2)),
        flag=pa.array([True, False, None], pa.bool_()),
        day=pa.array([date(2026, 3, 1), date(1, 1, 1), None], pa.date32()),
        at=pa.array(
            [datetime(2026, 3, 1, 9, 0, 0, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), None],
            pa.timestamp("us", "UTC"),
        ),
        local=pa.array([datetime(2026, 3, 1, 9), None, None], pa.timestamp("us")),  # noqa: DTZ001
        words=pa.array([["a", "b"], [], None], pa.list_(pa.string())),
        text=pa.array(["007", "", None], pa.string()),
    )
    columns = ["whole", "number", "price", "flag", "day", "at", "local", "words", "text"]
    read = read_file(path, columns, Told(separators={"words": "|"}))
    assert read.table.column_names == columns
    assert all(kind == pa.string() for kind in read.table.schema.types)
    first, second, third = read.table.to_pylist()
    assert first == {
        "whole": "7", "number": "0.1", "price": "12.50", "flag": "true", "day": "2026-03-01",
        "at": "2026-03-01T09:00:00.000001+00:00", "local": "2026-03-01T09:00:00",
        "words": "a|b", "text": "007",
    }  # fmt: skip
    assert (second["price"], second["flag"], second["words"]) == ("-0.01", "false", "")
    assert set(third.values()) == {None}


def test_a_file_that_is_changed_while_it_is_read_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "register.csv"
    path.write_text("phone\n+391\n+392\n", encoding="utf-8")

    def slow(given: Given, told: Told) -> TextList:
        listed = read_listed(given, told)
        path.write_text("phone\n+391\n", encoding="utf-8")
        return listed

    monkeypatch.setattr("adapters.sources.read.read_listed", slow)
    with pytest.raises(SourceFailure, match=r"register\.csv was changed while it was read"):
        read_file(path, ["phone"], Told())


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    os.mkfifo(path)
    with pytest.raises(SourceFailure, match="no file but a pipe"):
        read_file(path, ["phone"], Told())


def test_a_csv_source_is_its_own_text(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("sku;n\nA1;007\nB2;\n", encoding="utf-8")
    read = read_file(path, ["n", "sku"], Told())
    assert read.table.to_pylist() == [{"n": "007", "sku": "A1"}, {"n": "", "sku": "B2"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sku,m\nA,1\n", "has no column `n`; it has: sku, m"),
        ("sku,nn\nA,1\n", "has no column `n`"),
        ("sku,n,n\nA,1,2\n", "has the column `n` more than once"),
        (
            "sku,n\nA,1\nB\n",
            "1 row can't be read, the first is row 2: the row has 1 cell instead of 2",
        ),
        ("", "is empty"),
    ],
)
def test_half_a_csv_source_is_no_source(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "stock.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceFailure, match=said.replace("`", "`")):
        read_file(path, ["sku", "n"], Told())


def test_half_a_parquet_source_is_no_source(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", available=pa.array([1]))
    with pytest.raises(SourceFailure, match="did you mean `available`"):
        read_file(path, ["avalable"], Told())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceFailure, match="not a whole Parquet file"):
        read_file(path, ["available"], Told())
    path.write_bytes(b"")
    with pytest.raises(SourceFailure, match="is empty"):
        read_file(path, ["available"], Told())
    for name in ("none.parquet", "none.csv"):
        with pytest.raises(SourceFailure, match="there is no file"):
            read_file(tmp_path / name, ["available"], Told())
    with pytest.raises(SourceFailure, match="there is no file"):
        file_moment(tmp_path / "none.csv")


def test_a_parquet_column_that_stands_twice_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table([pa.array(["1"]), pa.array(["2"])], names=["sku", "sku"]), path)
    with pytest.raises(SourceFailure, match="has the column `sku` more than once"):
        read_file(path, ["sku"], Told())


@pytest.mark.parametrize("packed", [False, True])
def test_a_key_with_a_nul_may_be_anybodys_in_every_form(tmp_path: Path, packed: bool) -> None:
    path = parquet(tmp_path / "a.parquet", sku=pa.array(["A1", "B2\x00"]))
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(SourceFailure, match="the cell `sku` of row 2 holds a NUL"):
        read_file(path, ["sku"], Told())


def test_python_s_values_are_written_plainly() -> None:
    values = [None, "x", True, 3, 0.5, Decimal("1E+2"), date(2026, 3, 1), ["a", "b"]]
    assert text_column(values, ";").to_pylist() == [
        None, "x", "true", "3", "0.5", "100", "2026-03-01", "a;b",
    ]  # fmt: skip


def test_lists_of_moments_that_no_clock_shows_are_no_text(tmp_path: Path) -> None:
    far = pa.array([[10**9 * 366]], pa.list_(pa.timestamp("s")))
    path = parquet(tmp_path / "a.parquet", id=pa.array(["1"]), seen=far)
    assert read_listed(OnDisk(path), Told(names=("id",))).table.to_pylist() == [
        {"c0": "1", "c1": ""}
    ]
    with pytest.raises(SourceFailure, match="no text in the column `seen`"):
        read_file(path, ["id", "seen"], Told())
