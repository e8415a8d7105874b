"""Cells as spreadsheets leave them: guarded, failed, shortened, or standing for no value."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.cells import ERRORS, Cells
from engine.diagnostics import RefusedInput
from engine.language.vocabulary import FactType
from engine.screening.inputs import UNREADABLE, Field


def cells(*column: str | None, **how: object) -> Cells:
    table = pa.table({"c0": pa.chunked_array([list(column)], pa.string())})
    return Cells(table, "list.csv", titles={"c0": "Phone"}, **how)  # type: ignore[arg-type]


def column_of(made: Cells, name: str) -> list[str | None]:
    return list(made.table[name].to_pylist())


def text(*column: str | None, blank: tuple[str, ...] = ()) -> list[str | None]:
    made = cells(*column)
    return column_of(made, made.text("c0", blank))


def field(kind: FactType, **how: object) -> Field:
    return Field("candidate.phone", "c0", kind, "Europe/Rome", **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('="00123"', "00123"),
        (' ="00123" ', "00123"),
        ('="a ""b"" c"', 'a "b" c'),
        ('=""', ""),
        ('="a"b"', '="a"b"'),
        ('="a"&"b"', '="a"&"b"'),
        ("=1+1", "=1+1"),
        ('x="1"', 'x="1"'),
    ],
)
def test_the_guard_of_a_text_is_taken_off(cell: str, expected: str) -> None:
    assert text(cell) == [expected]


@pytest.mark.parametrize("cell", ["3,47E+11", "3.47E+11", " 3.5e+09", "1E+12", "-12,5E+3"])
def test_a_shortened_number_is_no_text(cell: str) -> None:
    assert text(cell) == [UNREADABLE]
    made = cells(cell)
    listed = made.field(field(FactType.STRINGS, separator="|"))
    assert column_of(made, listed.column) == [UNREADABLE]


@pytest.mark.parametrize(
    "cell", ["1E5", "E+11", "3,47E+11x", "FTTH+E+11", "12e", "3.47E-11", "+39"]
)
def test_what_only_looks_alike_is_a_text(cell: str) -> None:
    assert text(cell) == [cell]


@pytest.mark.parametrize(
    "cell",
    ["393331234567.0", " +393331234567.00", "393331234567,0", "3.93331234567E11", "123456.0"],
)
def test_a_number_written_as_an_amount_joins_nobody(cell: str) -> None:
    assert text(cell) == [cell]
    made = cells(cell, "x")
    joined = made.field(field(FactType.STRING), joined=True)
    assert column_of(made, joined.column) == [UNREADABLE, "x"]
    with pytest.raises(RefusedInput, match=r"can't be read in row 1: .* as an amount"):
        made.key("c0", field(FactType.STRING))


@pytest.mark.parametrize("cell", ["12.0", "1.10", "123456.5", "1E5", "2026.01.00", "192168.10.0"])
def test_a_text_with_points_is_a_key(cell: str) -> None:
    made = cells(cell)
    assert made.field(field(FactType.STRING), joined=True).column == "c0"
    assert made.key("c0", field(FactType.STRING)) == "c0"


@pytest.mark.parametrize("cell", [*sorted(ERRORS), " #N/A ", "#n/a", "########"])
def test_what_a_failed_formula_leaves_is_no_text(cell: str) -> None:
    assert text(cell) == [UNREADABLE]


@pytest.mark.parametrize("cell", ["#1", "# N/A", "N/A", "##", "#hash!", "a #N/A", "#"])
def test_a_hash_is_no_error(cell: str) -> None:
    assert text(cell) == [cell]


def test_blank_texts_are_no_value_even_those_that_spreadsheets_leave() -> None:
    found = text("#N/A", " -1 ", '="-1"', "-10", "", None, blank=("-1", "#N/A"))
    assert found == [None, None, None, "-10", "", None]


def test_what_needs_no_change_is_the_columns_own() -> None:
    made = cells("#1", "+39 02", "a=b", None)
    assert made.text("c0") == "c0"
    assert made.text("c0", ("-1",)) == "c0"
    assert made.field(field(FactType.INTEGER)).column == "c0"
    assert made.table.column_names == ["c0"]


def test_what_is_read_otherwise_stands_beside_what_is_written_again() -> None:
    made = cells('="007"', "-1")
    names = {made.text("c0"), made.text("c0", ("-1",)), made.field(field(FactType.INTEGER)).column}
    assert "c0" not in names
    assert column_of(made, "c0") == ['="007"', "-1"]
    assert {made.titles[name] for name in names} == {"Phone"}


def test_typed_columns_have_a_point_and_iso_dates() -> None:
    made = cells("1.234", "03/04/2026", typed={"c0"})
    assert made.field(field(FactType.NUMBER)).column == "c0"
    assert made.field(field(FactType.DATE)).column == "c0"


def test_a_declared_format_is_left_to_whoever_reads_it() -> None:
    made = cells("03/04/2026", "2026-01-01")
    declared = field(FactType.DATE, format="%d/%m/%Y")
    assert made.field(declared) == declared


def test_what_was_found_is_said_once_for_all_its_columns() -> None:
    table = pa.table({"c0": ["1,5"], "c1": ["2,5"], "c2": ["13/01/2026"]})
    made = Cells(table, "list.csv", titles={"c0": "Balance", "c1": "Price", "c2": "Since"})
    for name, kind in (("c0", FactType.NUMBER), ("c1", FactType.NUMBER), ("c2", FactType.DATE)):
        made.field(replace(field(kind), column=name))
    assert made.said == (
        "decimal commas in `Balance`, `Price`",
        "dates like 31/12/2026 in `Since`",
    )


def test_a_refusal_names_column_rows_cells_and_the_way_out() -> None:
    made = cells("1.234", "x", "5.678", rows=pa.array([7, 8, 11]))
    with pytest.raises(RefusedInput) as refused:
        made.field(field(FactType.NUMBER))
    assert "list.csv: the column `Phone`" in refused.value.message
    assert "row 7: 1.234; row 11: 5.678" in refused.value.message
    assert refused.value.hint == (
        'say how they are written, in config.yaml at `phone`: `decimal: ","` or `decimal: "."`'
    )


def test_a_refusal_shows_no_personal_data() -> None:
    with pytest.raises(RefusedInput) as refused:
        cells("03/04/2026", "05/06/2026").field(field(FactType.DATE, pii=True))
    assert "(row 1; row 2)" in refused.value.message
    assert "2026" not in refused.value.message + refused.value.hint


# ── keys of sources ──────────────────────────────────────────────────────────────────────────────


def test_a_key_that_a_spreadsheet_destroyed_is_refused_without_its_text() -> None:
    with pytest.raises(RefusedInput, match=r"key `c0`.* row 2 and 1 others") as refused:
        cells("+391", "3,47E+11", "#N/A").key("c0", field(FactType.STRING))
    assert "47" not in refused.value.message
    with pytest.raises(RefusedInput, match="key `c0`"):
        cells("1", "3,47E+11").key("c0", field(FactType.INTEGER))


def test_keys_are_read_as_the_fact_that_they_are_joined_on() -> None:
    made = cells('="007"', "8")
    assert column_of(made, made.key("c0", field(FactType.STRING))) == ["007", "8"]
    made = cells("31/12/2026")
    assert column_of(made, made.key("c0", field(FactType.DATE))) == ["2026-12-31"]
    made = cells("1.234")
    key = made.key("c0", field(FactType.NUMBER, decimal=","), ",")
    assert column_of(made, key) == ["1234"]


def test_keys_are_alike_where_they_look_alike() -> None:
    made = cells("+39\u00a0333\u202f1", "+39 333 2", "\ufeff+39333")
    for key in (
        made.key("c0", field(FactType.STRING)),
        made.field(field(FactType.STRING), joined=True).column,
        made.text("c0", joined=True),
    ):
        assert column_of(made, key) == ["+39 333 1", "+39 333 2", "+39333"]


def test_an_identity_that_sources_are_joined_on_is_no_amount() -> None:
    made = cells("393331.0", "393332")
    assert column_of(made, made.text("c0", joined=True)) == [UNREADABLE, "393332"]
    assert column_of(made, made.text("c0")) == ["393331.0", "393332"]


def test_what_nobody_sees_is_no_part_of_any_cell() -> None:
    made = cells("18\t", "\u200b19", "'+20")
    assert column_of(made, made.field(field(FactType.INTEGER)).column) == ["18", "19", "+20"]


# ── any cell at all ──────────────────────────────────────────────────────────────────────────────


_ANY = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: "=" not in text)


@given(st.lists(_ANY, max_size=5))
def test_a_guarded_text_is_the_text_unless_damaged(texts: list[str]) -> None:
    guarded = ['="' + one.replace('"', '""') + '"' for one in texts]
    assert text(*guarded) == text(*texts)
