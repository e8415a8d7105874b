"""How numbers and dates are written is found from all cells of a column, or the column is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.conventions import Undecided, dates, holds, numbers


def column(cells: Sequence[str | None]) -> pa.ChunkedArray:
    # In two pieces, as long lists come.
    half = len(cells) // 2
    return pa.chunked_array([list(cells[:half]), list(cells[half:])], pa.string())


def read_numbers(*cells: str | None, decimal: str | None = None) -> tuple[list[str | None], str]:
    told = numbers(column(cells), decimal)
    return told.column.to_pylist(), told.like


def read_dates(*cells: str | None, clocked: bool = False) -> tuple[list[str | None], str]:
    told = dates(column(cells), clocked=clocked)
    return told.column.to_pylist(), told.like


NUMBERS: dict[str, tuple[tuple[str | None, ...], tuple[str | None, ...], str]] = {
    "a point is the usual": (("1", "2.5", None, "", " 3 "), ("1", "2.5", None, "", " 3 "), ""),
    "a comma": (("1,5", "2", "-0,25"), ("1.5", "2", "-0.25"), "decimal commas"),
    "groups and a comma": (
        ("1.234,56", "7", "1.000.000"),
        ("1234.56", "7", "1000000"),
        "numbers like 1.234,56",
    ),
    "groups and a point": (("1,234.56", "1,000"), ("1234.56", "1000"), "numbers like 1,234.56"),
    "two groups can be nothing else": (("1.234.567",), ("1234567",), "numbers like 1.234,56"),
    "a group never begins with a nought": (("0,234",), ("0.234",), "decimal commas"),
    "one cell settles another": (("1.234", "0.5"), ("1.234", "0.5"), ""),
    "powers of ten": (("3,47E+11", "1,5"), ("3.47E+11", "1.5"), "decimal commas"),
    "what is no number is left": (("n/a", "1,5", "12,34,56"), ("n/a", "1.5", "12,34,56"), "decimal commas"),
    "no cell at all": ((), (), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", NUMBERS)
def test_the_sign_of_numbers_is_found(case: str) -> None:
    cells, expected, like = NUMBERS[case]
    assert read_numbers(*cells) == (list(expected), like)


@pytest.mark.parametrize("cells", [("1.234",), ("1,234", "5"), ("1,234", "1.234"), ("-999.999",)])
def test_a_sign_before_three_digits_alone_is_not_guessed(cells: tuple[str, ...]) -> None:
    with pytest.raises(Undecided, match="two ways") as refused:
        read_numbers(*cells)
    assert refused.value.rows[0] == 0
    assert not refused.value.mixed


def test_points_and_commas_in_one_column_are_not_guessed() -> None:
    with pytest.raises(Undecided, match="mixes") as refused:
        read_numbers("7", "1.5", "n/a", "1,5", "2,5")
    assert refused.value.rows == (1, 3)
    assert refused.value.mixed


def test_a_sign_that_config_gives_settles_all() -> None:
    assert read_numbers("1.234", "5", decimal=",") == (["1234", "5"], "")
    assert read_numbers("1,234", "5", decimal=".") == (["1234", "5"], "")
    # The engine reads these with the sign that is given.
    assert read_numbers("1.234,5", "1,5", decimal=",") == (["1234,5", "1,5"], "")
    assert read_numbers("1,5", "2.5", decimal=".") == (["1,5", "2.5"], "")


DATES: dict[str, tuple[tuple[str | None, ...], tuple[str | None, ...], str]] = {
    "ISO 8601": (("2026-03-02", None, "", "soon"), ("2026-03-02", None, "", "soon"), ""),
    "days first": (("13/04/2026", "3/4/2026"), ("2026-04-13", "2026-04-03"), "31/12/2026"),
    "months first": (("4/13/2026", "3/4/2026"), ("2026-04-13", "2026-03-04"), "12/31/2026"),
    "the same either way": (("03/03/2026", "4/4/2026"), ("2026-03-03", "2026-04-04"), "31/12/2026"),
    "points": (("03.04.2026",), ("2026-04-03",), "31.12.2026"),
    "dashes": (("03-04-2026", "31-12-2026"), ("2026-04-03", "2026-12-31"), "31-12-2026"),
    "American dashes": (("12-31-2026",), ("2026-12-31",), "12-31-2026"),
    "the year first": (("2026/3/4", "2026/12/31"), ("2026-03-04", "2026-12-31"), "2026/12/31"),
    "without signs": (("20260302",), ("2026-03-02",), "20261231"),
    "days that no month has": (("30/02/2026", "31/04/2026"), ("30/02/2026", "31/04/2026"), ""),
    "a day that one cell lacks": (("31/04/2026", "13/4/2026"), ("31/04/2026", "2026-04-13"), "31/12/2026"),
    "sloppy ISO is no form of its own": (("2026-3-2",), ("2026-3-2",), ""),
    "no cell at all": ((), (), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", DATES)
def test_the_order_of_dates_is_found(case: str) -> None:
    cells, expected, like = DATES[case]
    assert read_dates(*cells) == (list(expected), f"dates like {like}" if like else "")


def test_the_third_of_april_is_not_guessed() -> None:
    with pytest.raises(Undecided, match="day/month/year or month/day/year") as refused:
        read_dates("", "03/03/2026", "03/04/2026", "05/06/2026", "07/08/2026", "09/10/2026")
    assert refused.value.rows == (2, 3, 4)
    assert refused.value.ways == ('format: "%d/%m/%Y"', 'format: "%m/%d/%Y"')


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (("2026-01-31", "31/01/2026"), (0, 1)),
        (("13/01/2026", "01/13/2026"), (0, 1)),
        (("x", "13.01.2026", "14.01.2026", "13/01/2026"), (1, 3)),
        (("20260131", "2026/01/31"), (0, 1)),
    ],
)
def test_dates_written_in_two_ways_are_not_guessed(
    cells: tuple[str, ...], rows: tuple[int, ...]
) -> None:
    with pytest.raises(Undecided, match="mixes dates like") as refused:
        read_dates(*cells)
    assert refused.value.rows == rows
    assert refused.value.mixed


@pytest.mark.parametrize("cell", ["31/12/26", "12-31-26", "1.2.26"])
def test_a_year_of_two_digits_is_not_guessed(cell: str) -> None:
    with pytest.raises(Undecided, match="two digits") as refused:
        read_dates("2026-12-31", cell)
    assert refused.value.rows == (1,)
    assert cell[cell.index(next(c for c in cell if not c.isdigit()))] in refused.value.ways[0]


def test_clocks_stand_behind_any_date() -> None:
    assert read_dates("13/04/2026 9:05", "14/04/2026", "15/04/2026 23:59:59", clocked=True) == (
        ["2026-04-13 09:05", "2026-04-14", "2026-04-15 23:59:59"],
        "dates like 31/12/2026",
    )
    written = ["2026-03-02T10:00:00.5Z", "2026-03-02 10:00", "2026-03-02", "2026-03-02T25:00"]
    assert read_dates(*written, clocked=True) == (written, "")


def test_what_settles_clocks_names_the_clock() -> None:
    with pytest.raises(Undecided) as refused:
        read_dates("03/04/2026 9:05:30", clocked=True)
    assert refused.value.ways[0] == 'format: "%d/%m/%Y %H:%M:%S"'


def test_a_clock_behind_what_is_declared_a_date_is_unreadable() -> None:
    assert read_dates("13/04/2026 9:05") == (["13/04/2026 9:05"], "")


# ── any column at all ────────────────────────────────────────────────────────────────────────────

_CELLS = st.one_of(
    st.from_regex(r"-?(0|[1-9][0-9]{0,2})[.,][0-9]{1,3}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}([.,][0-9]{3}){1,2}([.,][0-9]{1,2})?", fullmatch=True),
    st.sampled_from(["", "5", "1234", "n/a", " 7,5 ", "1e3", ".5", ",5"]),
)


def _plain(cell: str, point: str, group: str) -> float | None:
    """A number in one convention, by other means than the code."""
    if not any(c.isdigit() for c in cell):
        return None
    whole, _, part = cell.strip(" ").partition(point)
    first, *groups = whole.lstrip("+-").split(group)
    if groups and (len(first) > 3 or not first[:1].isdigit() or first[0] == "0"):
        return None
    if any(len(digits) != 3 for digits in groups) or group in part:
        return None
    try:
        return float("".join([whole.replace(group, ""), ".", part or "0"]))
    except ValueError:
        try:
            return float(cell.replace(point, ".")) if not groups else None
        except ValueError:
            return None


@given(st.lists(_CELLS, max_size=6))
def test_numbers_are_those_of_the_one_convention_that_fits_all(cells: list[str]) -> None:
    ways = [{c: _plain(c, point, group) for c in cells} for point, group in (".,", ",.")]
    readable = [c for c in cells if any(way[c] is not None for way in ways)]
    holding = [way for way in ways if all(way[c] is not None for c in readable)]
    meanings = {tuple(way[c] for c in readable) for way in holding}
    if len(meanings) != 1:
        with pytest.raises(Undecided):
            read_numbers(*cells)
        return
    found, _ = read_numbers(*cells)
    for cell, text in zip(cells, found, strict=True):
        assert text is not None
        if cell in readable:
            assert float(text) == holding[0][cell]
        else:
            assert text == cell


_FORMS = {
    "%Y-%m-%d": r"\d{4}-\d\d-\d\d",
    "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%d.%m.%Y": r"\d{1,2}\.\d{1,2}\.\d{4}",
    "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%m-%d-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}",
    "%Y%m%d": r"\d{8}",
}
_DAYS = st.integers(-500, 500).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
_DATED = st.one_of(
    st.tuples(_DAYS, st.sampled_from(list(_FORMS))).map(lambda pair: pair[0].strftime(pair[1])),
    st.sampled_from(["", "soon", "31/02/2026", "2026-13-01", "99999999"]),
)


def _day(cell: str, form: str) -> date | None:
    if not re.fullmatch(_FORMS[form], cell):
        return None
    try:
        return datetime.strptime(cell, form).date()  # noqa: DTZ007 - only the day is used
    except ValueError:
        return None


@given(st.one_of(st.lists(_DATED, max_size=4), st.sampled_from(list(_FORMS)).flatmap(
    lambda form: st.lists(_DAYS.map(lambda day: day.strftime(form)), max_size=6)
)))  # fmt: skip
def test_dates_are_those_of_the_one_form_that_fits_all(cells: list[str]) -> None:
    ways = [{c: _day(c, form) for c in cells} for form in _FORMS]
    readable = [c for c in cells if any(way[c] is not None for way in ways)]
    meanings = {
        tuple(way[c] for c in readable) for way in ways if all(way[c] is not None for c in readable)
    }
    if len(meanings) != 1:
        with pytest.raises(Undecided):
            read_dates(*cells)
        return
    found, _ = read_dates(*cells)
    for cell, text in zip(cells, found, strict=True):
        expected = dict(zip(readable, meanings.copy().pop(), strict=True)).get(cell)
        assert text == (expected.isoformat() if expected else cell)


@given(st.lists(st.none() | st.text('="é', max_size=3), max_size=8), st.data())
def test_a_piece_is_found_within_a_cell_and_only_there(
    cells: list[str | None], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(cells)))
    for piece in ('="', "é", "=="):
        here = column(cells).slice(start)
        found = any(piece in cell for cell in cells[start:] if cell is not None)
        assert holds(here, piece) is holds(here.cast(pa.large_string()), piece) is found


def test_a_column_without_a_text_holds_nothing() -> None:
    for nothing in (
        pa.chunked_array([], pa.string()),
        pa.chunked_array([pa.nulls(3, pa.string())]),
    ):
        assert not holds(nothing, "#")


def test_midnight_behind_a_date_is_no_clock() -> None:
    assert read_dates("13/04/2026 00:00:00", "04/05/2026 0:00", "14/04/2026 10:00")[0] == [
        "2026-04-13 00:00:00", "2026-05-04 00:00", "14/04/2026 10:00",
    ]  # fmt: skip
