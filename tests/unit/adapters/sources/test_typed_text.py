"""Typed columns and typed values become the same text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pytest

from adapters.sources.typed_text import HoldsSeparator, NoList, as_text, text_column

EARLY, LATE = datetime(1969, 12, 31, 23, 59, 59, 999_999), datetime(2026, 3, 2, 8, 30)  # noqa: DTZ001
COLUMNS = {
    "whole": pa.array([1, -(2**63), None], pa.int64()),
    "unsigned": pa.array([2**64 - 1, 0], pa.uint64()),
    "double": pa.array([1.0, 0.1, 1e15, 1e16, 1e-5, -0.0, float("nan"), float("inf"), None]),
    "boolean": pa.array([True, False, None]),
    "exact": pa.array([Decimal("1.50"), Decimal("-0.05"), None], pa.decimal128(20, 2)),
    "tiny": pa.array([Decimal("1E-10"), Decimal(0)], pa.decimal128(20, 10)),
    "huge": pa.array([Decimal("15E+2"), None], pa.decimal128(20, -2)),
    "text": pa.array(["", " x ", None, "é"]),
    "day": pa.array([date(1, 1, 1), date(2026, 3, 2), None]),
    "local": pa.array([EARLY, LATE, None], pa.timestamp("us")),
    "seconds": pa.array([LATE], pa.timestamp("s")),
    "moment": pa.array([EARLY, LATE, None], pa.timestamp("us", "UTC")),
    "repeated": pa.array(["a", "b", "a", None]).dictionary_encode(),
    "lists": pa.array([["a", "b c"], [], None, ["a", None]], pa.list_(pa.string())),
    "numbers": pa.array([[1.0, 2.5], None], pa.list_(pa.float64())),
    "structure": pa.array([{"a": 1, "b": ["é", None]}, None]),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("separator", ["|", None])
def test_a_column_becomes_the_text_of_its_values(name: str, separator: str | None) -> None:
    column = pa.chunked_array([COLUMNS[name], COLUMNS[name].slice(1)])
    values = column.to_pylist()
    if name == "structure" and separator is not None:
        with pytest.raises(NoList):
            as_text(column, separator)
        return
    assert as_text(column, separator).to_pylist() == text_column(values, separator).to_pylist()


def test_a_moment_of_a_zone_is_told_in_utc() -> None:
    there = pa.array([LATE.replace(tzinfo=UTC)], pa.timestamp("ns", "America/New_York"))
    assert as_text(pa.chunked_array([there])).to_pylist() == ["2026-03-02T08:30:00+00:00"]


def test_values_are_written_plainly() -> None:
    values = [2**70, time(8, 30), b"\xde\xad", UUID(int=1), (1, "x"), True]
    assert text_column(values, "|").to_pylist() == [
        "1180591620717411303424", "08:30:00", "dead", "00000000-0000-0000-0000-000000000001",
        "1|x", "true",
    ]  # fmt: skip
    assert text_column([{"a": Decimal("1.50")}]).to_pylist() == ['{"a": 1.50}']
    assert text_column([2**70, 1]).to_pylist() == ["1180591620717411303424", "1"]
    assert text_column([["a", None, True]]).to_pylist() == ['["a", null, true]']


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # What pandas makes of whole numbers where one is missing: the same key as everywhere else.
        (393331234567.0, "393331234567"),
        (-2.0, "-2"),
        (-0.0, "0"),
        (2.0**53 - 1, "9007199254740991"),
        (2.0**53, "9.007199254740992e+15"),
        (1e20, "1e+20"),
        (0.1, "0.1"),
        (float("inf"), "inf"),
        (Decimal("393331234567.00"), "393331234567"),
        (Decimal("100.00"), "100"),
        (Decimal("0.00"), "0"),
        (Decimal("1.50"), "1.50"),
        (Decimal("12345678901234567890.0000000001"), "12345678901234567890.0000000001"),
    ],
)
def test_whole_numbers_have_no_fraction(value: float | Decimal, text: str) -> None:
    assert text_column([value]).to_pylist() == [text]
    assert as_text(pa.chunked_array([[value]])).to_pylist() == [text]


@pytest.mark.parametrize("value", [{"call": True}, [["call"]], ["sms", {"call": True}]])
def test_what_is_no_list_of_texts_is_refused(value: object) -> None:
    with pytest.raises(NoList, match="lists, or names with values"):
        text_column([value], "|")


def test_an_element_that_holds_the_separator_is_refused() -> None:
    with pytest.raises(HoldsSeparator, match=r"`separator` '\|'"):
        text_column([["a|b"]], "|")


def test_single_precision_is_told_by_its_shortest_digits_and_loses_none_silently() -> None:
    values = [0.1, 2.0, 16_777_215.0, 3_933_312_345.0, float("nan"), None]
    for kind in (pa.float32(), pa.float16()):
        some = values if kind == pa.float32() else values[:2]
        column = pa.chunked_array([pa.array(some).cast(kind, safe=False)])
        assert as_text(column).to_pylist()[1] == "2"
    told = as_text(pa.chunked_array([pa.array(values, pa.float32())])).to_pylist()
    assert told == ["0.1", "2", "16777215", "3.933312300000000e+09", "nan", None]
