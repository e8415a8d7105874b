"""The cells of sources are read as those of lists are; what can't be told makes the source fail."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest

from adapters.config.load import Project, load_project
from adapters.source_columns import Layout, laid_out
from adapters.sources.read import SourceFailure, SourceText
from engine.screening.inputs import UNREADABLE
from tests.support.small_project import CONFIG, small_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = small_project(tmp_path_factory.mktemp("project"))
    said = "{available: {type: integer, blank: -1}, price: number}"
    (folder / "config.yaml").write_text(CONFIG.replace("{available: integer}", said))
    return load_project(folder / "config.yaml")


def laid(
    project: Project, source: str, typed: Iterable[str] = (), **columns: list[str]
) -> tuple[pa.Table, Layout]:
    text = SourceText(pa.table(columns), "", frozenset(typed))
    found, layout = laid_out(project, source, text)
    return found.table, layout


def register(project: Project, phones: list[str], listed_on: list[str]) -> tuple[pa.Table, Layout]:
    return laid(project, "register", phone=phones, listed_on=listed_on)


def test_columns_that_need_nothing_are_the_sources_own(project: Project) -> None:
    table, layout = register(project, ["+331", "+332"], ["2026-01-31", ""])
    assert table.column_names == ["phone", "listed_on"]
    assert layout.keys == (("phone", "candidate.phone"),)
    assert [field.column for field in layout.fields] == ["listed_on"]
    assert layout.dated is None


def test_guards_are_taken_off_keys_and_dates_are_found(project: Project) -> None:
    table, layout = register(project, ['="+331"', "+332"], ["31/01/2026", "3/4/2026"])
    ((key, _),) = layout.keys
    (field,) = layout.fields
    assert table[key].to_pylist() == ["+331", "+332"]
    assert table[field.column].to_pylist() == ["2026-01-31", "2026-04-03"]


@pytest.mark.parametrize("phone", ["3,31990E+11", "#N/A", "########"])
def test_a_key_that_is_lost_may_be_anybodys(project: Project, phone: str) -> None:
    with pytest.raises(SourceFailure, match=r"source register: the key `phone`.*row 2") as failure:
        register(project, ["+331", phone], ["2026-01-31", "2026-01-31"])
    assert phone not in str(failure.value)
    assert "as text" in str(failure.value)


def test_a_field_that_a_source_is_joined_on_is_read_as_its_key_is(tmp_path: Path) -> None:
    folder = small_project(tmp_path)
    said = CONFIG.replace("{available: integer}", "{available: integer, item: string}")
    said += """  item:
    read: items.csv
    key: {item: stock.item}
    fields: {on_hold: boolean}
"""
    (folder / "config.yaml").write_text(said)
    items = ["393331.0", "39\u00a01"]
    project = load_project(folder / "config.yaml")
    dated = ["2026-01-31", "2026-01-31"]
    table, layout = laid(project, "stock", sku=["X1", "X2"], item=items, updated_at=dated)
    (field,) = layout.fields
    assert table[field.column].to_pylist() == [UNREADABLE, "39 1"]


def test_dates_that_may_be_either_fail_the_source_and_say_how_to_settle_it(
    project: Project,
) -> None:
    with pytest.raises(SourceFailure, match="day/month/year or month/day/year") as failure:
        register(project, ["+331"], ["03/04/2026"])
    assert "row 1: 03/04/2026" in str(failure.value)
    assert 'at `listed_on`: `format: "%d/%m/%Y"`' in str(failure.value)


def stock(project: Project, typed: Iterable[str] = ()) -> tuple[pa.Table, Layout]:
    return laid(
        project,
        "stock",
        typed,
        sku=["X1", "X2"],
        available=["2", "-1"],
        price=["1.234", "5"],
        updated_at=["31/01/2026 08:00", "02/03/2026 07:30"],
    )


def test_the_date_of_a_row_is_found_and_still_called_by_its_title(project: Project) -> None:
    with pytest.raises(SourceFailure, match="`price`"):
        stock(project)
    table, layout = stock(project, typed=["price"])
    assert layout.dated is not None
    assert table[layout.dated.column].to_pylist() == ["2026-01-31 08:00", "2026-03-02 07:30"]
    assert layout.dated_by == "updated_at"


def test_a_database_has_texts_for_no_value_too(project: Project) -> None:
    table, layout = stock(project, typed=["sku", "available", "price", "updated_at"])
    available, price = layout.fields
    assert table[available.column].to_pylist() == ["2", None]
    assert price.column == "price"
    assert layout.dated is not None
    assert layout.dated.column == "updated_at"


def test_a_key_is_read_like_the_fact_that_it_is_joined_on(tmp_path: Path) -> None:
    folder = small_project(tmp_path)
    said = CONFIG.replace("sku: string", "sku: string\n    born: date\n    rate: number")
    said = said.replace(
        "key: {sku: candidate.sku}", "key: {day: candidate.born, r: candidate.rate}"
    )
    (folder / "config.yaml").write_text(said)
    project = load_project(folder / "config.yaml")
    text = pa.table(
        {"day": ["31/01/2026"], "r": ["1,5"], "available": ["1"], "updated_at": ["2026-01-01"]}
    )
    found, layout = laid_out(project, "stock", SourceText(text, ""))
    assert [found.table[key].to_pylist() for key, _ in layout.keys] == [["2026-01-31"], ["1.5"]]
