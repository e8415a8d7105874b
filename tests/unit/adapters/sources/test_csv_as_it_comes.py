"""Lists as they come: without header, with titles above it, with odd line ends, empty titles, NULs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from adapters.sources.forms import read_listed
from adapters.sources.given import OnDisk
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(content: str) -> Path:
        path = tmp_path / "list.csv"
        path.write_bytes(content.encode())
        return path

    return made


def read_csv(path: Path, delimiter: str | None = None, prefer: Sequence[str] = ()) -> TextList:
    return read_listed(OnDisk(path), Told(delimiter=delimiter, names=tuple(prefer)))


def cells(read: TextList) -> list[list[str]]:
    return [list(row.values()) for row in read.table.to_pylist()]


def refusal(path: Path, delimiter: str | None = None) -> str:
    with pytest.raises(RefusedInput) as refused:
        read_csv(path, delimiter)
    return refused.value.message


def test_the_line_by_which_excel_knows_the_delimiter_is_no_header(write: Write) -> None:
    read = read_csv(write("sep=|\r\nid|a;b;c\r\n1|2;3;4\r\n"))
    assert (read.header, cells(read)) == (("id", "a;b;c"), [["1", "2;3;4"]])
    assert (read.before, read.said) == ("sep=|", ("bars", "UTF-8", "a line `sep=`", "Windows line ends"))  # fmt: skip
    assert "says itself that it is parted by bars" in refusal(write("sep=|\nid|n\n"), ",")


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_without_a_header_gets_its_names_from_config(write: Write, rows: int) -> None:
    path = write("39333;Ann, B, C\n" * rows)
    read = read_listed(OnDisk(path), Told(header=("phone", "name")))
    assert (read.delimiter, read.headed, read.said[2]) == (";", False, "no header")
    assert cells(read) == [["39333", "Ann, B, C"]] * rows
    assert read.column("phone") == "c0"


def test_two_delimiters_that_fit_alike_are_not_guessed_at(write: Write) -> None:
    path = write("39333;Ann, B\n")
    with pytest.raises(RefusedInput, match="may be parted by commas or semicolons"):
        read_listed(OnDisk(path), Told(header=("phone", "name")))
    read = read_listed(OnDisk(path), Told(header=("phone", "name"), delimiter=";"))
    assert cells(read) == [["39333", "Ann, B"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,a,x\n2,b,y\n", "has 3 columns, but `header` in config.yaml names 2"),
        ("1\n2\n", "has 1 columns, but `header` in config.yaml names 2"),
        ("id, n\n1,a\n", "has a header line of its own"),
    ],
)
def test_names_that_do_not_fit_the_columns_are_refused(write: Write, text: str, said: str) -> None:
    with pytest.raises(RefusedInput, match=said):
        read_listed(OnDisk(write(text)), Told(header=("id", "n")))


def test_a_row_that_does_not_fit_the_given_names_is_a_misfit(write: Write) -> None:
    read = read_listed(OnDisk(write("1\n2,b\n3,c\n")), Told(header=("id", "n")))
    assert read.misfits == ((1, "The row has 1 cell instead of 2"),)
    assert read.rows.to_pylist() == [2, 3]


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n"])
def test_every_kind_of_line_end_is_read_and_kept(write: Write, ending: str) -> None:
    read = read_csv(write(f"id,n{ending}1,a{ending}2,b"))
    assert (cells(read), read.ending) == ([["1", "a"], ["2", "b"]], ending)


def test_mixed_line_ends_are_said(write: Write) -> None:
    read = read_csv(write('id,n\r\n1,a\n2,"x\r\ny"\r3,c\n'))
    assert cells(read) == [["1", "a"], ["2", "x\r\ny"], ["3", "c"]]
    assert read.said[-1] == "mixed line ends"


def test_a_nul_makes_its_row_a_misfit_and_no_other(write: Write) -> None:
    read = read_csv(write("id,n , n\n1,a,b\n2,a\x00,b\n3\n\x004,a,b\n5,a,b\n"))
    assert read.rows.to_pylist() == [1, 5]
    assert read.misfits == (
        (2, "The cell `n` holds a NUL character"),
        (3, "The row has 1 cell instead of 3"),
        (4, "The cell `id` holds a NUL character"),
    )


def test_columns_without_a_title_and_titles_that_stand_twice_are_kept(write: Write) -> None:
    read = read_csv(write("id,n,n,,\n1,2,3,4,\n"))
    assert (read.header, cells(read)) == (("id", "n", "n", "", ""), [["1", "2", "3", "4", ""]])


def test_a_title_above_the_header_is_refused_with_the_line_of_the_header(write: Write) -> None:
    path = write('"Leads\nof March",,\n\nid,n,x\n1,2,3\n')
    with pytest.raises(RefusedInput, match="has its header in line 4"):
        read_csv(path, prefer=["id", "n"])
    assert read_csv(path).header[0] == "Leads\nof March"


def test_without_names_the_delimiter_is_the_one_that_rows_keep_to(write: Write) -> None:
    read = read_csv(write("id;price, gross\n1;2,5\n2;3\n"))
    assert (read.delimiter, cells(read)) == (";", [["1", "2,5"], ["2", "3"]])


def test_a_quote_that_is_open_from_the_header_on_is_refused(write: Write) -> None:
    assert "line 1 is never closed" in refusal(write('"id,n\n1,a\n'))
    assert "line 2 is never closed" in refusal(write('sep=,\n"id,n\n1,a\n'))
