"""CSV as text: every cell as it stands, every row accounted for, or a refusal that says why."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sources import csv_text
from adapters.sources.forms import read_listed
from adapters.sources.given import OnDisk
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(content: str | bytes, name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return made


def read_csv(path: Path, delimiter: str | None = None, prefer: Sequence[str] = ()) -> TextList:
    return read_listed(OnDisk(path), Told(delimiter=delimiter, names=tuple(prefer)))


def cells(read: TextList) -> list[list[str]]:
    return [list(row.values()) for row in read.table.to_pylist()]


def sentence(cells: int) -> str:
    return f"The row has {cells} cell{'' if cells == 1 else 's'} instead of 2"


def refusal(path: Path, delimiter: str | None = None) -> str:
    with pytest.raises(RefusedInput) as refused:
        read_csv(path, delimiter)
    assert refused.value.exit_code == 3
    return f"{refused.value.message}; {refused.value.hint}"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_delimiter_and_the_ending_are_found(write: Write, delimiter: str, ending: str) -> None:
    rows = (("id", "name", "n"), ("1", "Ann", "007"), ("2", "é, x; y|z", " "))
    text = ending.join(
        delimiter.join(f'"{c}"' if set(c) & set(",;|") else c for c in row) for row in rows
    )
    read = read_csv(write(text + ending))
    assert (read.header, read.delimiter, read.ending) == (rows[0], delimiter, ending)
    assert cells(read) == [list(row) for row in rows[1:]]
    assert (read.misfits, read.mark, read.quoted) == ((), False, False)
    assert read.rows.to_pylist() == [1, 2]


def test_the_delimiter_under_which_the_wanted_columns_are_found_wins(write: Write) -> None:
    path = write("id;what, who, when, where\n1;x,,,\n")
    assert read_csv(path).delimiter == ","
    assert read_csv(path, prefer=["id"]).delimiter == ";"
    assert read_csv(path, ";").header == ("id", "what, who, when, where")


def test_no_cell_is_guessed_at(write: Write) -> None:
    written = [
        "007",
        "1.0",
        "1e3",
        "true",
        "NULL",
        "null",
        "NA",
        "",
        "nan",
        "2026-03-01",
        " x ",
        "+",
    ]
    read = read_csv(write(",".join("abcdefghijkl") + "\n" + ",".join(written) + "\n"))
    assert cells(read) == [written]


def test_a_byte_order_mark_is_no_part_of_the_first_column(write: Write) -> None:
    read = read_csv(write("\ufeffid,n\n1,2\n"))
    assert (read.header, read.mark, cells(read)) == (("id", "n"), True, [["1", "2"]])


def test_quotes_hold_delimiters_quotes_and_line_breaks(write: Write) -> None:
    read = read_csv(write('"id","what"\n"1","a ""b"", c"\n"2","two\nlines"\n"3","a\r\nb"\n'))
    assert cells(read) == [["1", 'a "b", c'], ["2", "two\nlines"], ["3", "a\r\nb"]]
    assert read.quoted


def test_quotes_inside_a_cell_are_what_they_are(write: Write) -> None:
    read = read_csv(write('id,what\n1,5" screen\n2,a "b" c\n3,"x"\n'))
    assert cells(read) == [["1", '5" screen'], ["2", 'a "b" c'], ["3", "x"]]


@pytest.mark.parametrize(
    ("body", "rows", "misfits"),
    [
        ("1\n2,b\n3,c\n", [2, 3], ((1, 1),)),
        ("1,a\n2,b\n3,c,x\n", [1, 2], ((3, 3),)),
        ("1,a\n2,b\n3", [1, 2], ((3, 1),)),
        ("1,a,,\n2,b\n3\n4,d\n", [2, 4], ((1, 4), (3, 1))),
        ('"1\n\n",a\n2\n3,c\n', [1, 3], ((2, 1),)),
        ("\n1,a\n\n\n2\n\n3,c\n\n", [1, 3], ((2, 1),)),
        ("\r\n1,a\r\n\r\n2\r\n3,c\r\n", [1, 3], ((2, 1),)),
        ("1\n", [], ((1, 1),)),
    ],
)
def test_rows_that_do_not_fit_keep_their_number(
    write: Write, body: str, rows: list[int], misfits: tuple[tuple[int, int], ...]
) -> None:
    read = read_csv(write("id,n\n" + body))
    assert read.rows.to_pylist() == rows
    assert read.misfits == tuple((number, sentence(cells)) for number, cells in misfits)
    assert read.table.num_rows == len(rows)


def test_numbers_of_misfits_go_on_from_block_to_block(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_text, "_BLOCK", 1000)
    lines = [f"{n},x" if n % 97 else f"{n}" for n in range(1, 2001)]
    read = read_csv(write("id,n\n" + "\n".join(lines) + "\n"))
    assert [number for number, _ in read.misfits] == list(range(97, 2001, 97))
    assert read.table["c0"].to_pylist() == [str(n) for n in read.rows.to_pylist()]


@pytest.mark.parametrize(
    "text",
    [
        'id,n\n1,a\n2,"open\n3,c\n4,d\n',
        'id,n\n1,a\n2,"open',
        'id,n\n"1,a\n2,b\n3,c\n',
        # A stray quote before it must not hide it.
        'id,n\n1,"a"b\n2,"open\n3,c\n4,d\n',
        # Nor must a cell that is longer than Python's csv module likes.
        'id,n\n1,a\n2,"open\n' + "3,c\n" * 60_000,
        'id,n\n1,"' + "x" * 200_000 + '"\n2,"open\n3,c\n',
    ],
    ids=["in the middle", "at the end", "in the first cell", "after a stray", "long", "after long"],
)
def test_a_quote_that_is_never_closed_is_refused(write: Write, text: str) -> None:
    said = refusal(write(text))
    assert "never closed" in said
    line = text[: text.index('"open' if '"open' in text else '"1,a')].count("\n") + 1
    assert f"at or after line {line} " in said


@pytest.mark.parametrize(
    "text",
    [
        'id,n\n1,a\n2,"two\nlines"\n',
        'id,n\n1,a\n2,"ends\n"',
        'id,n\n1,"a"b\n2,"two\nlines"\n',
        "id\n1,a\n",
    ],
)
def test_a_last_row_that_only_looks_open_is_read(write: Write, text: str) -> None:
    read = read_csv(write(text))
    assert len(read.misfits) + read.table.num_rows == (1 if text.startswith("id\n") else 2)


@pytest.mark.parametrize("text", ["id,n", "id,n\n", "id,n\r\n", "\nid,n\n\n", "\ufeffid,n\n"])
def test_a_header_alone_is_an_empty_list(write: Write, text: str) -> None:
    read = read_csv(write(text))
    assert (read.header, cells(read), read.misfits) == (("id", "n"), [], ())


def test_titles_that_stand_twice_name_no_column(write: Write) -> None:
    read = read_csv(write("id, n ,n,x\n1,2,3,4\n"))
    assert (read.column("n"), read.column("id"), read.column("x")) == (None, "c0", "c3")
    assert read.column("y") is None
    assert cells(read) == [["1", "2", "3", "4"]]
    assert read_csv(write("id, n \n1,2\n")).column("n") == "c1"


def test_packed_lists_are_unpacked_whatever_their_name(write: Write) -> None:
    packed = gzip.compress(b"id,n\n1,a\n2,b\n", mtime=0)
    for name in ("list.csv.gz", "list.csv"):
        assert cells(read_csv(write(packed, name))) == [["1", "a"], ["2", "b"]]


@pytest.mark.parametrize("left", [5, 20, 2000, -8, -1])
def test_a_packed_list_that_is_cut_off_is_refused(write: Write, left: int) -> None:
    text = "id,n\n" + "".join(f"{n * n * 7919},x{n}\n" for n in range(200_000))
    packed = gzip.compress(text.encode(), 1)
    assert "damaged or cut off" in refusal(write(packed[:left], "list.csv.gz"))


def test_a_packed_list_with_a_wrong_byte_is_refused(write: Write) -> None:
    packed = bytearray(gzip.compress(b"id,n\n" + b"1,a\n" * 1000, mtime=0))
    packed[-6] ^= 1
    assert "damaged or cut off" in refusal(write(bytes(packed)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"PK\x03\x04rest of a spreadsheet", "damaged or cut off"),
        (b"id,n\n1," + bytes(range(32)) + b"\n", "binary file"),
        ("id,n\n1,a\n".encode("utf-32"), "UTF-32"),
        (b"id,n\n1,\x81\n", "neither UTF-8 nor Windows-1252: line 2"),
    ],
)
def test_what_is_no_list_is_refused_with_a_way_out(write: Write, content: bytes, said: str) -> None:
    found = refusal(write(content))
    assert said in found
    assert not found.endswith("; ")


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)
    assert "there is no file" in refusal(tmp_path / "none.csv")


def test_a_cell_of_a_megabyte_is_read_whole(write: Write) -> None:
    big = "x\n" * 500_000
    read = read_csv(write(f'id,n\n1,"{big}"\n2,b\n'))
    assert cells(read) == [["1", big], ["2", "b"]]


CELLS = st.text(
    st.one_of(
        st.sampled_from(',;|\t"\n\r \u00a0é🤦0a'), st.characters(exclude_categories=["Cs", "Cc"])
    ),
    max_size=6,
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=6)
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_whatever_is_written_is_read_back_cell_for_cell(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    ending: str,
    mark: bool,
) -> None:
    header = ["id", "b", "c", "d"][: len(rows[0]) if rows else 2]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    path = tmp_path_factory.mktemp("csv") / "list.csv"
    path.write_bytes(stream.getvalue().encode("utf-8-sig" if mark else "utf-8"))
    read = read_csv(path, prefer=header)
    assert cells(read) == rows
    assert (read.misfits, read.mark, read.quoted) == ((), mark, True)


def test_a_header_that_is_cut_by_its_length_is_refused(write: Write) -> None:
    titles = ",".join(f"c{i:06}" for i in range(40_000))
    assert "header line longer" in refusal(write(f"id,{titles}\n1{',' * 40_000}\n"))
