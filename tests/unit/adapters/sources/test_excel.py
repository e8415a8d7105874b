"""Workbooks of Excel: what their cells mean, not how they look; what can't be told is refused."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.forms import read_listed
from adapters.sources.given import OnDisk
from adapters.sources.text_list import TextList, Told
from engine.diagnostics import RefusedInput
from tests.support.workbook import Computed, Sheet, Shown, workbook

Rows = Sequence[Sequence[Any]]
HEADER = ["id", "phone", "since", "n"]
OLD = Path(__file__).parent / "leads.xls"


def read(path: Path, **told: object) -> TextList:
    return read_listed(OnDisk(path), Told(**told))  # type: ignore[arg-type]


def cells(listed: TextList) -> list[list[str]]:
    return [list(row.values()) for row in listed.table.to_pylist()]


def refusal(path: Path, **told: object) -> str:
    with pytest.raises(RefusedInput) as refused:
        read(path, **told)
    assert refused.value.exit_code == 3
    return f"{refused.value.message}; {refused.value.hint}"


def test_cells_become_the_text_that_is_meant(tmp_path: Path) -> None:
    rows: Rows = [
        HEADER,
        ["007", 393331234567.0, date(2026, 3, 31), 0.1],
        [" pad ", "+39 333", datetime(2026, 3, 31, 9, 30), -5],  # noqa: DTZ001
        ["two\nlines", None, True, 1e-7],
        ["é€", 1234567890123456789, False, Computed("1+1", 2)],
        [Shown("#N/A"), Shown("#DIV/0!"), None, Shown("")],
    ]
    listed = read(workbook(tmp_path / "a.xlsx", {"Leads": Sheet(rows)}))
    assert listed.header == tuple(HEADER)
    assert cells(listed) == [
        ["007", "393331234567", "2026-03-31", "0.1"],
        [" pad ", "+39 333", "2026-03-31T09:30:00", "-5"],
        ["two\nlines", "", "true", "0.0000001"],
        ["é€", "1.23456789012346E+18", "false", "2"],
        ["#N/A", "#DIV/0!", "", "#VALUE!"],
    ]
    assert listed.said == ("Excel, sheet `Leads`",)
    assert (listed.form, listed.typed) == ("csv", frozenset({"c2", "c3"}))


def test_blank_rows_and_columns_around_the_list_are_no_part_of_it(tmp_path: Path) -> None:
    rows: Rows = [[], [None, "id", "n"], [], [None, "1", "a"], [None, None, None], [None, "2", Shown("#REF!")]]  # fmt: skip
    listed = read(workbook(tmp_path / "a.xlsx", {"Leads": Sheet(rows)}), names=("id",))
    assert cells(listed) == [["", "1", "a"], ["", "2", "#REF!"]]
    assert (listed.column("id"), listed.rows.to_pylist()) == ("c1", [1, 2])


def test_cells_without_an_address_stand_one_after_the_other(tmp_path: Path) -> None:
    rows: Rows = [["id", "n"], [None, Shown("#N/A")], ["2", 3]]
    listed = read(workbook(tmp_path / "a.xlsx", {"L": Sheet(rows, addressed=False)}))
    assert cells(listed) == [["", "#N/A"], ["2", "3"]]


def test_more_rows_than_a_batch_stay_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.sources.excel._BATCH", 7)
    rows: Rows = [["id", "n"], *([n, f"x{n}"] for n in range(1, 101))]
    listed = read(workbook(tmp_path / "a.xlsx", {"L": Sheet(rows)}))
    assert cells(listed) == [[str(n), f"x{n}"] for n in range(1, 101)]
    assert listed.typed == {"c0"}


def test_the_one_sheet_with_cells_is_the_list(tmp_path: Path) -> None:
    list_ = Sheet([["id"], ["1"]])
    hidden = Sheet([["secret"], [Computed("A1", None)]], hidden=True)
    path = workbook(tmp_path / "a.xlsx", {"Empty": Sheet([]), "Leads & more": list_, "H": hidden})
    assert read(path).said == ("Excel, sheet `Leads & more`",)
    assert "formula without a value" in refusal(path, sheet="H")
    assert "did you mean `Leads & more`" in refusal(path, sheet="Leads & mor")
    path = workbook(tmp_path / "b.xlsx", {"A": list_, "B": list_})
    said = refusal(path)
    assert "several sheets: `A`, `B`" in said
    assert "`sheet: A`" in said
    assert "is empty" in refusal(workbook(tmp_path / "c.xlsx", {"A": Sheet([])}))


def test_names_are_given_to_a_sheet_without_a_header(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"A": Sheet([[393331234567, "x"]])})
    listed = read(path, header=("phone", "name"))
    assert (cells(listed), listed.headed) == ([["393331234567", "x"]], False)
    assert "has 2 columns, but `header` in config.yaml names 1" in refusal(path, header=("a",))
    assert "a header line of its own" in refusal(path, header=("393331234567", "x"))


@pytest.mark.parametrize(
    ("rows", "merged", "said"),
    [
        ([["id", "n"], ["1", "a"], [None, "b"]], ["A2:A3"], "merged cells from A2 down to row 3"),
        ([["id", "n"], [None, "x"], ["1", "a"]], ["A1:A2"], "merged cells from A1 down to row 2"),
        (
            [["id", "n"], ["1", Computed("A2*2", None)]],
            [],
            "formula without a value in the cell B2",
        ),
        ([["Leads of March"], [], ["id", "n"], ["1", "a"]], ["A1:B1"], "its header in line 3"),
    ],
)
def test_what_can_mislead_is_refused(
    tmp_path: Path, rows: Rows, merged: list[str], said: str
) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Leads": Sheet(rows, merged=merged)})
    assert said in refusal(path, names=("id", "n"))


def test_a_title_that_is_merged_across_columns_only_hides_nothing(tmp_path: Path) -> None:
    rows: Rows = [["id", "n"], ["1", "a"], ["the end", None]]
    path = workbook(tmp_path / "a.xlsx", {"Leads": Sheet(rows, merged=["A3:B3"])})
    assert cells(read(path)) == [["1", "a"], ["the end", ""]]


def test_the_old_form_is_read_alike() -> None:
    listed = read(OLD, sheet="Leads")
    assert listed.header == ("id", "phone", "since", "vip", "n")
    assert cells(listed) == [
        ["007", "393331234567", "2026-03-31", "true", "#N/A"],
        ["é€", "", "2026-03-31T09:30:00", "false", "0.1"],
    ]
    assert "merged cells from A2 down to row 3" in refusal(OLD, sheet="Merged")


def test_workbooks_may_be_packed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Leads": Sheet([["id"], ["1"]])})
    (tmp_path / "b.gz").write_bytes(gzip.compress(path.read_bytes()))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.write(path, "a.xlsx")
    for name in ("b.gz", "c.zip"):
        assert cells(read(tmp_path / name)) == [["1"]]


def test_damaged_workbooks_are_refused(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", {"L": Sheet([["id"], *([n] for n in range(999))])})
    content = whole.read_bytes()
    for n, cut in enumerate((30, 500, len(content) - 30)):
        path = tmp_path / f"{n}.xlsx"
        path.write_bytes(content[:cut])
        assert "damaged" in refusal(path)
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive, zipfile.ZipFile(whole) as good:
        for name in good.namelist():
            text = good.read(name)
            archive.writestr(name, text[: len(text) // 2] if "sheet1" in name else text)
    assert "damaged" in refusal(tmp_path / "b.xlsx")
    old = OLD.read_bytes()
    for n, cut in enumerate((600, 3000)):
        path = tmp_path / f"{n}.xls"
        path.write_bytes(old[:cut])
        assert "damaged" in refusal(path)


def test_a_workbook_with_a_password_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"))  # fmt: skip
    assert "protected with a password" in refusal(path)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    path = workbook(tmp_path / "a.xlsx", {"L": Sheet([["id"]])})
    assert "pip install 'upfront[xlsx]'" in refusal(path)
