"""A source's file is read as config.yaml says it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from adapters.asking import Answer, ask
from adapters.config.load import load_project
from tests.support.small_project import CONFIG, small_project
from tests.support.workbook import Sheet, workbook

AS_OF = datetime(2026, 3, 2, 9, tzinfo=UTC)
STOCK = "    read: stock.csv\n"


def asked(folder: Path, said: str, name: str = "stock.csv") -> Answer:
    """The stock of a small project, of which config.yaml says that too."""
    said = f"    read: {name}\n    {said}\n"
    (folder / "config.yaml").write_text(CONFIG.replace(STOCK, said), encoding="utf-8")
    return ask(load_project(folder / "config.yaml"), "stock", AS_OF)


def skus(answer: Answer) -> list[str]:
    assert answer.text is not None, answer.failure
    return list(answer.text.table["sku"].to_pylist())


def test_the_encoding_that_is_stated_is_the_one_it_is_read_in(tmp_path: Path) -> None:
    folder = small_project(tmp_path)
    text = "sku,available,updated_at\nForlì,3,2026-03-02T08:00:00+01:00\n"
    (folder / "stock.csv").write_bytes(text.encode("mac-roman"))
    # Read as Windows-1252 it would be another key, and nobody would find it.
    assert skus(asked(folder, "encoding: mac-roman")) == ["Forlì"]


def test_a_file_without_a_header_line_has_the_columns_that_are_named(tmp_path: Path) -> None:
    folder = small_project(tmp_path)
    (folder / "stock.csv").write_text("A1,3,2026-03-02T08:00:00+01:00\n", encoding="utf-8")
    answer = asked(folder, "header: [sku, available, updated_at]")
    assert skus(answer) == ["A1"]
    assert answer.is_whole


def test_of_several_sheets_the_one_that_is_named_is_read(tmp_path: Path) -> None:
    folder = small_project(tmp_path)
    stock = Sheet([["sku", "available", "updated_at"], ["A1", 3, "2026-03-02T08:00:00+01:00"]])
    notes = Sheet([["read me"], ["first"]])
    workbook(folder / "stock.xlsx", {"Notes": notes, "Stock": stock})
    assert skus(asked(folder, "sheet: Stock", "stock.xlsx")) == ["A1"]
