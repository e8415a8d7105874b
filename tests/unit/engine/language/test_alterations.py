"""Small mistakes in the text of a condition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.alterations import alterations


def texts(condition: str) -> list[str]:
    return [altered.text for altered in alterations(condition)]


@pytest.mark.parametrize(
    ("condition", "among"),
    [
        ("a.b < c.d", ["a.b <= c.d", "a.b >= c.d"]),
        ("a.b <= c.d", ["a.b < c.d", "a.b > c.d"]),
        ("a.b > c.d", ["a.b >= c.d", "a.b <= c.d"]),
        ("a.b >= c.d", ["a.b > c.d", "a.b < c.d"]),
        ("a.b == c.d", ["a.b != c.d"]),
        ("a.b != c.d", ["a.b == c.d"]),
        ("a.b > 0", ["a.b > -1", "a.b > 1"]),
        ("a.b < 0.05", ["a.b < 0.04", "a.b < 0.06"]),
        ("a.b < 10.0", ["a.b < 9.9", "a.b < 10.1"]),
        ('a.b < now - duration("48h")', ['a.b < now - duration("24h")', 'a.b < now - duration("72h")']),
        ('a.b < now - duration("20h")', ['a.b < now - duration("19h")', 'a.b < now - duration("21h")']),
        ('a.b < now - duration("120m")', ['a.b < now - duration("60m")', 'a.b < now + duration("120m")']),
        (
            'a.b < timestamp("2026-03-01T00:00:00Z")',
            ['a.b < timestamp("2026-02-28T00:00:00+00:00")', 'a.b < timestamp("2026-03-02T00:00:00+00:00")'],
        ),
        ("a.b || a.c && a.d", ["a.b && a.c && a.d", "a.b || a.c || a.d", "a.b", "a.c && a.d", "a.b || a.d"]),
        ("(a.b || a.c) && a.d", ["(a.c) && a.d", "(a.b) && a.d", "a.d", "(a.b || a.c)"]),
        ("!has(a.b) || a.b < 3", ["has(a.b) || a.b < 3", "a.b < 3", "!has(a.b)"]),
        ('a.b in ["x", "y"]', ['a.b in ["y"]', 'a.b in ["x"]', '!(a.b in ["x", "y"])']),
        ("a.b + a.c * a.d == a.e", ["a.b - a.c * a.d == a.e", "a.b + a.c / a.d == a.e"]),
        ('a.b.exists(x, x == "y")', ['a.b.all(x, x == "y")', 'a.b.exists(x, x != "y")']),
        ("a.b", ["!(a.b)"]),
        ("a.b ? a.c < 3 : a.d", ["a.b ? a.c <= 3 : a.d", "!(a.b ? a.c < 3 : a.d)"]),
    ],
)  # fmt: skip
def test_a_condition_is_changed_in_every_small_way(condition: str, among: list[str]) -> None:
    assert set(among) <= set(texts(condition))


def test_what_stands_in_quotes_is_no_operator() -> None:
    assert texts('a.b == "x < 3 && !y"') == ['a.b != "x < 3 && !y"']
    assert texts("a.b == r'\\' || a.c") != []
    assert all(text.count("18") == 1 for text in texts('a.b.matches("^18 [+-]$")'))


def test_a_sign_is_no_difference() -> None:
    assert "a.b > +1" not in texts("a.b > -1")
    assert "a.b > -2" in texts("a.b > -1")


def test_the_negation_is_left_out_where_a_flip_says_the_same() -> None:
    assert not any(text.startswith("!(") for text in texts("a.b < 3"))
    assert not any(text.startswith("!(") for text in texts("!has(a.b)"))
    assert any(text.startswith("!(") for text in texts("a.b < 3 || a.c"))


def test_hints_name_the_part_that_is_changed() -> None:
    hints = {altered.text: altered.hint for altered in alterations("!has(a.b) || a.b < 3")}
    assert "`a.b < 3`" in hints["!has(a.b) || a.b <= 3"]
    assert "`a.b < 3`" in hints["!has(a.b)"]
    wide = {a.text: a.hint for a in alterations('a.b < now - duration("48h")')}
    assert '`a.b < now - duration("48h")`' in wide['a.b < now - duration("24h")']


@given(
    st.lists(
        st.sampled_from((
            "a.b", "now", " ", "&&", "||", "!", "?", ":", "(", ")", "[", "]", ",", "==", "<", "in",
            '"x"', '"', "'", "r'", "\\", "1", "0x1", "1.5", "1e3", "-", "+", "*", "duration(", "{",
            'timestamp("2026-01-01T00:00:00Z")', ".exists(x, ", "9" * 30, "//", "\n",
        )),
        max_size=14,
    ).map("".join)
)  # fmt: skip
def test_any_text_has_changes_that_differ_from_it_and_from_each_other(text: str) -> None:
    found = texts(text)
    assert text not in found
    assert len(set(found)) == len(found)
