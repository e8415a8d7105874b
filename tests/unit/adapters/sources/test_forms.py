"""What a file is, is told by its bytes; what is packed is unpacked, and no bomb goes off."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.sources import packed
from adapters.sources.forms import read_listed
from adapters.sources.given import Given, OnDisk, StandardInput
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput

TEXT = b"id;n\n1;a\n2;b\n"
CELLS = [["1", "a"], ["2", "b"]]


def cells(listed: TextList) -> list[list[str]]:
    return [list(row.values()) for row in listed.table.to_pylist()]


def zipped(path: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refusal(given: Given | Path, told: Told | None = None) -> str:
    with pytest.raises(RefusedInput) as refused:
        read_listed(OnDisk(given) if isinstance(given, Path) else given, told or Told())
    return f"{refused.value.message}; {refused.value.hint}"


@pytest.mark.parametrize(
    "members",
    [
        {"list.csv": TEXT},
        {"folder/": b"", "folder/list.csv": TEXT},
        {"list.csv": TEXT, "__MACOSX/._list.csv": b"x", ".DS_Store": b"y"},
    ],
)
def test_a_zip_file_with_one_list_is_read(tmp_path: Path, members: dict[str, bytes]) -> None:
    listed = read_listed(OnDisk(zipped(tmp_path / "a.zip", members)), Told())
    assert cells(listed) == CELLS
    assert listed.said[0] == "packed as zip"


def test_a_zip_file_with_more_or_nothing_in_it_is_refused(tmp_path: Path) -> None:
    assert "2 files" in refusal(zipped(tmp_path / "a.zip", {"a.csv": TEXT, "b.csv": TEXT}))
    assert "0 files" in refusal(zipped(tmp_path / "b.zip", {}))
    assert "is empty" in refusal(zipped(tmp_path / "c.zip", {"a.csv": b""}))
    assert "packed twice" in refusal(zipped(tmp_path / "d.zip", {"a.gz": gzip.compress(TEXT)}))


def test_damaged_and_protected_zip_files_are_refused(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", {"a.csv": TEXT * 99}, zipfile.ZIP_STORED)
    content = whole.read_bytes()
    for n, damaged in enumerate((content[:100], content[:-30], content.replace(b"1;a", b"9;a", 1))):
        path = tmp_path / f"{n}.zip"
        path.write_bytes(damaged)
        assert "damaged or cut off" in refusal(path)
    marked = bytearray(content)
    at = content.index(b"PK\x01\x02")
    marked[6] |= 1
    marked[at + 8] |= 1
    whole.write_bytes(bytes(marked))
    assert "protected with a password" in refusal(whole)


def test_what_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_FREE", 1_000_000)
    content = b"id;n\n" + b"1;a\n" * 1_000_000
    (tmp_path / "a.gz").write_bytes(gzip.compress(content))
    assert "far more than a list" in refusal(tmp_path / "a.gz")
    assert "far more than a list" in refusal(zipped(tmp_path / "a.zip", {"a.csv": content}))
    book = {"[Content_Types].xml": b"", "xl/worksheets/sheet1.xml": content}
    assert "far more than a list" in refusal(zipped(tmp_path / "a.xlsx", book))
    monkeypatch.setattr(packed, "_FREE", 10_000_000)
    assert read_listed(OnDisk(tmp_path / "a.gz"), Told()).table.num_rows == 1_000_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 \x00\x01", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"7z\xbc\xaf\x27\x1c", "packed with 7-Zip"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"<html><table>", "a web page"),
        (bytes(range(256)) * 20, "a binary file"),
        (b"PAR1 and then nothing", "not a whole Parquet file"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and then nothing", "damaged"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_list_is_called_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    found = refusal(path)
    assert said in found
    assert not found.endswith("; ")


def test_a_name_does_not_decide(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1.0, None], "n": ["1,5", "b"]}), tmp_path / "list.csv")
    listed = read_listed(OnDisk(tmp_path / "list.csv"), Told())
    assert (cells(listed), listed.said) == ([["1", "1,5"], ["", "b"]], ("Parquet",))
    assert listed.typed == {"c0"}
    (tmp_path / "a.gz").write_bytes(gzip.compress((tmp_path / "list.csv").read_bytes()))
    assert cells(read_listed(OnDisk(tmp_path / "a.gz"), Told())) == [["1", "1,5"], ["", "b"]]
    (tmp_path / "a.parquet").write_bytes(TEXT)
    assert cells(read_listed(OnDisk(tmp_path / "a.parquet"), Told())) == CELLS


def test_a_column_of_parquet_that_has_no_text_is_refused_where_it_is_wanted(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [b"\xff"]}), tmp_path / "a.parquet")
    assert "no text in the column `id` (binary)" in refusal(
        tmp_path / "a.parquet", Told(names=("id",))
    )


@pytest.mark.parametrize("content", [TEXT, gzip.compress(TEXT, mtime=0)])
def test_standard_input_is_read_as_often_as_needed(content: bytes) -> None:
    with closing(StandardInput(io.BytesIO(content))) as given:
        assert [cells(read_listed(given, Told())) for _ in range(2)] == [CELLS, CELLS]
        assert str(given) == "standard input"
    with closing(StandardInput(io.BytesIO(b""))) as given:
        assert "standard input is empty" in refusal(given)


def test_what_was_piped_in_is_in_no_folder_and_nobody_else_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with closing(StandardInput(io.BytesIO(TEXT))) as given:
        assert list(tmp_path.iterdir()) == []
        assert os.fstat(given._kept.fileno()).st_mode & 0o077 == 0
