"""Cells read by their declared type, strictly, and values shown as people and programs read them."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest

from adapters.backends.duckdb import DuckDBBackend
from adapters.backends.duckdb_compiler import sql_of
from engine.language.text import in_zone
from engine.language.vocabulary import FactType
from engine.screening.facts import microseconds
from engine.screening.inputs import Field


@pytest.fixture(scope="module")
def backend() -> Iterator[DuckDBBackend]:
    made = DuckDBBackend()
    yield made
    made.close()


def parse(backend: DuckDBBackend, kind: str, cells: Sequence[str | None], **how: Any) -> list[Any]:
    """The cells as values of `kind`; moments are microseconds."""
    field = Field("c.f", "f", FactType(kind), how.pop("zone", "Europe/Rome"), **how)
    table = backend.load(
        "cells", pa.table({"n": range(len(cells)), "f": pa.array(cells, pa.string())})
    )
    value = backend.dialect.parse(backend.dialect.clean(table["f"]), field.type, field)
    return [row["v"] for row in backend.rows(table.select(table["n"], v=value).order_by("n"))]


def apply(backend: DuckDBBackend, kind: str, values: Sequence[Any], what: str) -> list[Any]:
    arrow = {
        "string": pa.string(), "number": pa.float64(), "boolean": pa.bool_(),
        "list<string>": pa.list_(pa.string()),
    }.get(kind, pa.int64())  # fmt: skip
    table = backend.load(
        "values", pa.table({"n": range(len(values)), "v": pa.array(values, arrow)})
    )
    dialect = backend.dialect
    shown = {
        "show": lambda: dialect.show(table["v"], FactType(kind), "Europe/Rome"),
        "json": lambda: dialect.json(table["v"], FactType(kind), "Europe/Rome"),
        "iso": lambda: dialect.iso(table["v"]),
    }[what]()
    return [row["s"] for row in backend.rows(table.select(table["n"], s=shown).order_by("n"))]


def us(text: str) -> int:
    return microseconds(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        (
            "integer",
            {
                "7": 7, "-7": -7, "+7": 7, " 12 ": 12, "3\u00a0": 3, "007": 7, "-0": 0,
                "9223372036854775807": 2**63 - 1, "-9223372036854775808": -(2**63),
            },
        ),
        (
            "number",
            {
                "1": 1.0, "1.5": 1.5, "-0.1": -0.1, "+2.": 2.0, ".5": 0.5, "1e3": 1000.0,
                "1E-3": 0.001, " 2.5 ": 2.5, "0.1": 0.1, "0.30000000000000004": 0.1 + 0.2,
                "9007199254740993": 2.0**53, "1e308": 1e308, "5e-324": 5e-324, "1e-999": 0.0,
            },
        ),
        ("boolean", {"true": True, "FALSE": False, " True ": True, "false": False}),
        ("string", {"x": "x", " x ": "x", "\u00a0é\u00a0": "é", "0": "0", "a b": "a b", "null": "null"}),
    ],
)  # fmt: skip
def test_cells_of_the_declared_type_are_read(
    backend: DuckDBBackend, kind: str, good: dict[str, Any]
) -> None:
    found = parse(backend, kind, list(good))
    assert found == list(good.values())
    assert all(type(a) is type(b) for a, b in zip(found, good.values(), strict=True))


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (
            "integer",
            ["1.7", "1.0", "1e3", "0x10", "1_000", "1,000", "1 000", "--1", "+", "x", "true",
             "9223372036854775808", "-9223372036854775809", "9" * 400, "١٢", "１", "½", "1\n2", "\t1"],
        ),
        (
            "number",
            ["nan", "NaN", "inf", "-Infinity", "1e999", "-1e999", "1,5", "1.5.2", "1 000.5",
             "1_0.0", "0x1p3", ".", "e3", "1e", "1e1.5", "x", "1d", "10%", "€5"],
        ),
        ("boolean", ["yes", "no", "1", "0", "t", "f", "T", "ja", "on", "truee", "true false"]),
        (
            "date",
            ["2026-02-30", "2026-13-01", "2026-00-10", "20260302", "2026-3-2", "02/03/2026",
             "2026-03-02T10:00:00", "2026-03-02 10:00", "infinity", "epoch", "today", "-2026-03-02",
             "12026-03-02", "2026-03-02 (BC)", "2025-02-29", "+2026-03-02", "0000-01-01",
             "2026-03-02T00:00:00Z", "2026-03-02T00:00:00+01:00", "2026-03-02T00:00:00.000001"],
        ),
        (
            "timestamp",
            ["2026-03-02T10", "2026-03-02T25:00:00Z", "2026-03-02T10:60:00Z", "10:00", "now",
             "2026-02-30T10:00:00Z", "2026-03-02T10:00:00 Europe/Rome", "1772442000", "infinity",
             "2026-03-02T10:00:00+1", "2026-03-02T10:00:00.1234567Z", "20260302T100000Z",
             "2026-03-02T10:00:00,5", "2026-03-02Z", "2026-03-02T10:00:00+25:00",
             "2026-03-02T10:00:00-00:60", "2026-03-02T24:00:00", "0000-01-01",
             "0000-12-31T23:30:00-01:00"],
        ),
    ],
)  # fmt: skip
def test_cells_of_another_type_are_no_value(
    backend: DuckDBBackend, kind: str, bad: list[str]
) -> None:
    found = dict(zip(bad, parse(backend, kind, bad), strict=True))
    assert found == dict.fromkeys(bad)


@pytest.mark.parametrize("kind", [k.value for k in FactType])
def test_blank_cells_are_no_value(backend: DuckDBBackend, kind: str) -> None:
    blanks = ["", " ", "   ", "\u00a0", None]
    separator = "|" if kind == "list<string>" else None
    assert parse(backend, kind, blanks, separator=separator) == [None] * len(blanks)


@pytest.mark.slow
def test_exactly_the_spaces_of_unicode_are_cleaned_off(backend: DuckDBBackend) -> None:
    signs = [chr(i) for i in range(1, 0x110000) if not 0xD800 <= i < 0xE000]
    cells = [f"{sign}a{sign}" for sign in signs]
    table = backend.load("signs", pa.table({"n": range(len(cells)), "f": cells}))
    clean = backend.dialect.clean(table["f"])
    shorter = backend.rows(table.filter(clean != table["f"]).select("n", f=clean).order_by("n"))
    spaces = [sign for sign in signs if unicodedata.category(sign) == "Zs"]
    assert [signs[row["n"]] for row in shorter] == spaces
    assert {row["f"] for row in shorter} == {"a"}


def test_a_decimal_comma_is_read_only_where_it_is_said(backend: DuckDBBackend) -> None:
    cells = ["1,5", "-0,5", ",5", "7", "1.5", "1.234,5", "1,2,3", "1,5e3", ""]
    found = parse(backend, "number", cells, decimal=",")
    assert found == [1.5, -0.5, 0.5, 7.0, None, None, None, 1500.0, None]


def test_a_list_is_parted_by_its_separator(backend: DuckDBBackend) -> None:
    cells = ["a|b", " a | b ", "a||b", "|", " | ", "a", "a;b", "é|🤦", "a|a"]
    expected = [
        ["a", "b"],
        ["a", "b"],
        ["a", "b"],
        None,
        None,
        ["a"],
        ["a;b"],
        ["é", "🤦"],
        ["a", "a"],
    ]
    assert parse(backend, "list<string>", cells, separator="|") == expected
    assert parse(backend, "list<string>", ["a, b", "a|b", "(x)"], separator=",") == [
        ["a", "b"], ["a|b"], ["(x)"],
    ]  # fmt: skip
    assert parse(backend, "list<string>", ["a.b", "ab"], separator=".") == [["a", "b"], ["ab"]]


def test_a_date_is_its_midnight_in_the_zone(backend: DuckDBBackend) -> None:
    cells = ["2026-03-02", "2026-07-02", "2026-03-29", "2026-10-25", "1970-01-01", "0001-01-02"]
    rome = parse(backend, "date", cells)
    assert rome[:4] == [
        us("2026-03-02T00:00+01:00"), us("2026-07-02T00:00+02:00"),
        us("2026-03-29T00:00+01:00"), us("2026-10-25T00:00+02:00"),
    ]  # fmt: skip
    assert rome[4] == -3_600_000_000
    assert parse(backend, "date", cells, zone="UTC")[0] == us("2026-03-02T00:00+00:00")
    assert parse(backend, "date", cells, zone="Asia/Kolkata")[0] == us("2026-03-02T00:00+05:30")


def test_a_midnight_without_a_zone_is_the_date_of_its_day(backend: DuckDBBackend) -> None:
    cells = ["2026-03-02T00:00:00", "2026-03-02 00:00", "2026-03-02 00:00:00.000000"]
    assert parse(backend, "date", cells) == [us("2026-03-02T00:00+01:00")] * 3


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00+00:00"),
        ("2026-03-02T10:00:00-05:30", "2026-03-02T15:30:00+00:00"),
        ("2026-03-02T10:00Z", "2026-03-02T10:00:00+00:00"),
        ("2026-03-02T10:00:00.000001Z", "2026-03-02T10:00:00.000001+00:00"),
        ("2026-03-02T10:00:00.5+01:00", "2026-03-02T09:00:00.5+00:00"),
        ("2026-03-02T10:00:00", "2026-03-02T09:00:00+00:00"),
        ("2026-07-02 10:00", "2026-07-02T08:00:00+00:00"),
        ("2026-03-02", "2026-03-01T23:00:00+00:00"),
        (" 2026-03-02T10:00:00Z ", "2026-03-02T10:00:00+00:00"),
        # An hour that the clocks skip, and one that they show twice: the later reading.
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00"),
        ("2026-10-25T02:30:00", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_moments_are_read_in_their_offset_or_in_the_zone(
    backend: DuckDBBackend, cell: str, moment: str
) -> None:
    assert parse(backend, "timestamp", [cell]) == [us(moment)]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Atlantic/Azores", "2026-10-25"),  # midnight comes twice
        ("America/Havana", "2026-11-01"),  # likewise
        ("Africa/Cairo", "2026-04-24"),  # midnight is skipped
        ("America/Sao_Paulo", "2018-11-04"),  # likewise
        ("Europe/Rome", "2026-03-29"),
        ("Pacific/Apia", "2011-12-30"),  # the whole day is
        ("Europe/Rome", "0001-01-01"),  # what some programs write where there is no date
    ],
)
def test_a_date_is_the_midnight_that_today_is(backend: DuckDBBackend, zone: str, day: str) -> None:
    today = in_zone(datetime.fromisoformat(day), ZoneInfo(zone))
    assert parse(backend, "date", [day], zone=zone) == [microseconds(today)]
    assert parse(backend, "timestamp", [f"{day}T00:00"], zone=zone) == [microseconds(today)]


def test_a_format_is_followed_and_nothing_else_is_read(backend: DuckDBBackend) -> None:
    cells = ["02/03/2026", "2/3/2026", "31/02/2026", "2026-03-02", "02/03/2026 x", "", "02/03/26"]
    found = parse(backend, "date", cells, format="%d/%m/%Y")
    assert found[0] == us("2026-03-02T00:00+01:00")
    assert found[2:6] == [None] * 4
    found = parse(backend, "timestamp", ["02.03.2026 10:05", "02.03.2026"], format="%d.%m.%Y %H:%M")
    assert found == [us("2026-03-02T10:05+01:00"), None]
    assert parse(backend, "date", ["2026-03-02 10:00"], format="%Y-%m-%d %H:%M") == [None]


def test_a_format_with_an_offset_tells_the_moment_in_any_zone(backend: DuckDBBackend) -> None:
    found = parse(backend, "timestamp", ["02.03.26 10:00 +05:00"], format="%d.%m.%y %H:%M %z")
    assert found == [us("2026-03-02T05:00Z")]


def test_moments_are_shown_in_the_zone_and_told_in_utc(backend: DuckDBBackend) -> None:
    moments = [us("2026-03-01T23:30:00+00:00"), us("2026-07-01T22:00:00.000001+00:00"), 0, -1]
    assert apply(backend, "timestamp", moments, "show") == [
        "2026-03-02 00:30", "2026-07-02 00:00", "1970-01-01 01:00", "1970-01-01 00:59",
    ]  # fmt: skip
    assert apply(backend, "timestamp", moments, "iso") == [
        "2026-03-01T23:30:00Z", "2026-07-01T22:00:00.000001Z", "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
    ]  # fmt: skip
    assert apply(backend, "timestamp", moments[:1], "json") == ['"2026-03-01T23:30:00Z"']
    midnight = [us("2026-03-02T00:00:00+01:00"), us("2026-07-02T00:00:00+02:00")]
    assert apply(backend, "date", midnight, "show") == ["2026-03-02", "2026-07-02"]
    assert apply(backend, "date", midnight, "json") == ['"2026-03-02"', '"2026-07-02"']
    for moment, text in zip(moments, apply(backend, "timestamp", moments, "iso"), strict=True):
        assert datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo == UTC
        assert us(text.replace("Z", "+00:00")) == moment


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("string", ['a "b"', "é🤦", "two\nlines", "\\", "\t\x01\x7f\u2028", ""]),
        ("integer", [0, -1, 2**63 - 1, -(2**63)]),
        ("number", [0.0, 0.5, -1e300, 5e-324, 0.1 + 0.2, 1e22, float(2**53), 1e-7, 123456789.125]),
        ("boolean", [True, False]),
        ("list<string>", [["a", 'b"'], ["é"], ["\\", "\n"]]),
    ],
)
def test_values_are_json_that_reads_back_the_same(
    backend: DuckDBBackend, kind: str, values: list[Any]
) -> None:
    found = [json.loads(text) for text in apply(backend, kind, values, "json")]
    assert found == values


def test_values_are_shown_as_people_write_them(backend: DuckDBBackend) -> None:
    numbers = [7.0, 0.5, -3.0, 0.1, 1234567.0, 100.0]
    assert apply(backend, "number", numbers, "show") == ["7", "0.5", "-3", "0.1", "1234567", "100"]
    assert apply(backend, "integer", [7, -1], "show") == ["7", "-1"]
    assert apply(backend, "boolean", [True, False], "show") == ["true", "false"]
    assert apply(backend, "list<string>", [["a", "b"], ["c"]], "show") == ["a, b", "c"]
    assert apply(backend, "string", ["x", None], "show") == ["x", None]


def test_a_number_that_is_no_number_never_comes_out_of_a_cell(backend: DuckDBBackend) -> None:
    found = parse(backend, "number", ["1e308", "-1e308", "-0.0", "0"])
    assert all(math.isfinite(n) for n in found)


def test_no_sign_is_left_on_nothing(backend: DuckDBBackend) -> None:
    # 0.0 and -0.0 are equal, so they must count as one key of a pool, and be shown alike.
    found = parse(backend, "number", ["-0.0", "-0", "-1e-999", "0"])
    assert [math.copysign(1, n) for n in found] == [1.0] * 4


def test_many_decimal_numbers_are_checked_once_together(backend: DuckDBBackend) -> None:
    # DuckDB doubles what it works out for each check within a check.
    table = ibis.table({"v": "float64"}, name="values")
    total: Any = table["v"]
    for sign in "+-*/" * 10:
        total = backend.dialect.arithmetic(sign, [total, table["v"]], exact=False)
    negated = backend.dialect.arithmetic("negate", [total], exact=False)
    assert sql_of(table.select(n=negated)).lower().count("upfront_finite") == 1
