"""Encodings tell themselves or are stated; a list that mixes them is refused by the lines that show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sources import encoding
from adapters.sources.forms import read_listed
from adapters.sources.given import OnDisk
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput

TEXT = "id,città\n1,è €\n2,plain\n3,ñandú\n"
CELLS = [["1", "è €"], ["2", "plain"], ["3", "ñandú"]]


def read(folder: Path, content: bytes, stated: str | None = None) -> TextList:
    path = folder / "list.csv"
    path.write_bytes(content)
    return read_listed(OnDisk(path), Told(encoding=stated))


def refusal(folder: Path, content: bytes, stated: str | None = None) -> str:
    with pytest.raises(RefusedInput) as refused:
        read(folder, content, stated)
    assert refused.value.hint
    return f"{refused.value.message}; {refused.value.hint}"


@pytest.mark.parametrize(
    ("content", "name", "mark", "said"),
    [
        (TEXT.encode(), "utf-8", False, "UTF-8"),
        (TEXT.encode("utf-8-sig"), "utf-8", True, "UTF-8 with a byte order mark"),
        (TEXT.encode("utf-16-le"), "utf-16-le", False, "UTF-16"),
        (TEXT.encode("utf-16-be"), "utf-16-be", False, "UTF-16, big-endian"),
        (("\ufeff" + TEXT).encode("utf-16-le"), "utf-16-le", True, "UTF-16"),
        (("\ufeff" + TEXT).encode("utf-16-be"), "utf-16-be", True, "UTF-16, big-endian"),
        (TEXT.encode("cp1252"), "cp1252", False, "Windows-1252"),
        (b"id,n\n1,a\n", "utf-8", False, "UTF-8"),
    ],
)
def test_the_encoding_is_found_and_said(
    tmp_path: Path, content: bytes, name: str, mark: bool, said: str
) -> None:
    listed = read(tmp_path, content)
    assert (listed.encoding, listed.mark) == (name, mark)
    assert listed.said == ("commas", said, "Unix line ends")
    if len(content) > 12:
        assert [list(row.values()) for row in listed.table.to_pylist()] == CELLS
        assert listed.header == ("id", "città")


@pytest.mark.parametrize("where", ["header", "far"])
def test_windows_text_is_found_wherever_it_begins(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.sources.csv_text._PEEK", 1000)
    monkeypatch.setattr(encoding, "_PIECE", 777)
    names = "id,ñ\n" if where == "header" else "id,n\n"
    text = names + "".join(f"{n},plain\n" for n in range(5000)) + "5000,è\n"
    listed = read(tmp_path, text.encode("cp1252"))
    assert listed.encoding == "cp1252"
    assert listed.table["c1"][-1].as_py() == "è"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,n\n1,\xc3\xa8\n2,a\n3,\xe8\n", "mixes encodings: line 2 has UTF-8, line 4 has not"),
        (b"id,n\n1,\xe8\n2,\xc3\xa8 x\n", "mixes encodings: line 3 has UTF-8, line 2 has not"),
        (b"id,n\r1,\xe8\r2,\xc3\xa8\r", "mixes encodings: line 3 has UTF-8, line 2 has not"),
        (b"id,n\n1,\xc3\xa8 \xe8\n2,b\n", "mixes encodings: line 2 has UTF-8, line 2 has not"),
        (b"id,n\n1,\xe8\n2,\x90\n", "neither UTF-8 nor Windows-1252: line 3"),
        (TEXT.encode()[:14] + "è".encode()[:1], "ends within a character"),
        (b"\xef\xbb\xbfid,n\n1,a\n2,\xe8\n", "not UTF-8 with a byte order mark throughout: line 3"),
        ("\ufeffid,n\n1,a\n".encode("utf-16-le")[:-1], "not UTF-16 throughout: line 2"),
        ("id,n\n1,a\n".encode("utf-32"), "UTF-32"),
    ],
)
def test_what_can_not_be_told_is_refused_with_the_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    assert said in refusal(tmp_path, content)


def test_what_config_states_is_held_against_the_bytes(tmp_path: Path) -> None:
    assert read(tmp_path, "id,n\n1,œ\n".encode("iso8859-15"), "iso8859-15").said[1] == "iso8859-15"
    # To the letter it is both UTF-8 and Windows-1252; what is stated decides.
    listed = read(tmp_path, "id,n\n1,Ã©\n".encode("cp1252"), "cp1252")
    assert listed.table["c1"].to_pylist() == ["Ã©"]
    assert read(tmp_path, TEXT.encode("utf-16"), "utf-16").mark
    assert read(tmp_path, TEXT.encode("utf-16-be"), "utf-16").encoding == "utf-16-be"
    assert read(tmp_path, TEXT.encode("utf-8-sig"), "utf-8-sig").mark
    assert "not UTF-8 throughout: line 2" in refusal(tmp_path, b"id,n\n1,\xe8\n", "utf-8")
    assert "not Windows-1252 throughout: line 2" in refusal(tmp_path, b"id,n\n1,\x81\n", "cp1252")
    assert "does not look like UTF-16" in refusal(tmp_path, b"id,n\n1,a\n", "utf-16")
    said = refusal(tmp_path, TEXT.encode("utf-8-sig"), "cp1252")
    assert "begins with the mark of UTF-8, but config.yaml says that it is Windows-1252" in said


def test_rows_of_many_blocks_are_recoded_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.sources.csv_text._BLOCK", 1000)
    monkeypatch.setattr(encoding, "_PIECE", 333)
    rows = [f"{n},è€{'ñ' * (n % 7)}" for n in range(3000)]
    for name in ("cp1252", "utf-16-le", "utf-8"):
        listed = read(tmp_path, ("id,n\n" + "\n".join(rows) + "\n").encode(name))
        assert [",".join(row.values()) for row in listed.table.to_pylist()] == rows
