"""JSON Lines: what is written in a line is the cell, and a line that is no flat object is a misfit."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sources.forms import read_listed
from adapters.sources.given import OnDisk
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput


def read(folder: Path, content: str | bytes, name: str = "list.jsonl", **told: object) -> TextList:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_listed(OnDisk(path), Told(**told))  # type: ignore[arg-type]


def cells(listed: TextList) -> list[list[str]]:
    return [list(row.values()) for row in listed.table.to_pylist()]


def test_columns_are_the_keys_in_the_order_of_their_first_appearance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.sources.json_lines._BATCH", 2)
    lines = ['{"id": "1"}', '{"b": 2, "id": "2"}', '{"id": null, "c": true}', "{}", '{"id":"5","c":false}']  # fmt: skip
    listed = read(tmp_path, "\n".join(lines))
    assert listed.header == ("id", "b", "c")
    assert cells(listed) == [["1", "", ""], ["2", "2", ""], ["", "", "true"], ["", "", ""], ["5", "", "false"]]  # fmt: skip
    assert listed.said == ("JSON Lines",)
    assert (listed.typed, listed.form) == (frozenset({"c1", "c2"}), "jsonl")


def test_numbers_keep_the_text_they_are_written_with(tmp_path: Path) -> None:
    listed = read(tmp_path, '{"a": 393331234567, "b": 1.10, "c": 3.47E+11, "d": -0, "e": 12345678901234567890}')  # fmt: skip
    assert cells(listed) == [["393331234567", "1.10", "3.47E+11", "0", "12345678901234567890"]]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "The line is not JSON"),
        ('{"id": NaN}', "The line is not JSON"),
        ("[" * 100_000, "The line is not JSON"),
        ('{"id": "a\x01"}', "The line is not JSON"),
        ('{"id": 1} {"id": 2}', "The line is not JSON"),
        ("[1]", "The line is not an object"),
        ("null", "The line is not an object"),
        ('{"id": 1, "id": 1}', "The line has a key more than once"),
        ('{"id": {"a": 1}}', "The value of `id` is an object"),
        ('{"id": [1]}', "The value of `id` is a list"),
        ('{"tags": ["a|b"]}', "An element of `tags` holds its separator"),
        ('{"tags": [["a"]]}', "The value of `tags` is a list of other things than values"),
        (r'{"id": "\ud800"}', "The line has half of a character"),
        (r'{"id": "a\u0000"}', "The cell `id` holds a NUL character"),
    ],
)
def test_a_line_that_is_no_flat_object_is_a_misfit(tmp_path: Path, line: str, why: str) -> None:
    lines = ['{"id": "1", "tags": ["x", 2]}', "", line, r'{"id": "\ud83d\ude00 3"}']
    listed = read(tmp_path, "\n".join(lines), separators={"tags": "|"})
    assert listed.misfits == ((2, why),)
    assert cells(listed) == [["1", "x|2"], ["😀 3", ""]]
    assert listed.rows.to_pylist() == [1, 3]
    assert listed.original is not None
    assert listed.original["line"].to_pylist() == [lines[0].encode(), lines[3].encode()]


def test_it_is_recognised_by_its_first_line_or_by_its_name(tmp_path: Path) -> None:
    assert read(tmp_path, '{"id": 1}\n', "list.txt").form == "jsonl"
    assert read(tmp_path, b'\xef\xbb\xbf\n  {"id": 1}\r\n', "list.csv").mark
    assert read(tmp_path, 'oops\n{"id": 1}\n', "list.ndjson").misfits == (
        (1, "The line is not JSON"),
    )
    assert read(tmp_path, "{id},n\n1,2\n", "list.csv").form == "csv"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[\n {"id": 1}\n]', "one JSON document"),
        ('{\n "id": 1\n}', "one JSON document"),
    ],
)
def test_a_json_document_is_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(RefusedInput, match=said):
        read(tmp_path, content, "list.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("{}\n", "no object with a key"),
        ("nothing\n", "no object with a key"),
        ('{"id": "é"}\n'.encode() + b'{"id": "\xe9"}\n', "not UTF-8 throughout: line 2"),
    ],
)
def test_what_has_no_rows_at_all_is_refused(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    with pytest.raises(RefusedInput, match=said):
        read(tmp_path, content)
    with pytest.raises(RefusedInput, match="JSON Lines, which is UTF-8"):
        read(tmp_path, '{"id": 1}', encoding="cp1252")


def test_a_first_line_that_is_not_utf8_is_still_json_lines(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match="not UTF-8 throughout: line 1"):
        read(tmp_path, b'{"id": "\xe9"}\n{"id": "a"}\n', "list.txt")
