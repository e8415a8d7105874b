"""Texts that look alike are alike; nothing that is there becomes nothing."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.visible import evenly_spaced, visible


def seen(*texts: str | None) -> list[str | None]:
    column = pa.chunked_array([pa.array([], pa.string()), pa.array(list(texts), pa.string())])
    return list(visible(column).to_pylist())


@pytest.mark.parametrize(
    "written",
    [
        "+39333\t",
        "+39333\n",
        "+39333\r\n",
        "\v +39333 \t ",
        "+39333\u200b",
        "\u202a+39333\u202c",
        "\ufeff+39333",
        "+39\u00ad333",
        "+39\u2060333",
        "+39333\u200d",
        "'+39333",
        " '+39333",
    ],
)
def test_a_number_is_found_whatever_nobody_sees_in_it(written: str) -> None:
    assert seen("+39111", None, written) == ["+39111", None, "+39333"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Cafe\u0301", "Café"),
        ("'00123", "00123"),
        ("'=A1", "=A1"),
        ("'90s", "'90s"),
        ("O'Brien", "O'Brien"),
        ("a\nb", "a\nb"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
    ],
)
def test_what_is_seen_stays(written: str, expected: str) -> None:
    assert seen(written) == [expected]


@pytest.mark.parametrize("written", ["", " ", "\t", "\u200b", "\ufeff \u200d", "'"])
def test_a_cell_is_not_made_blank(written: str) -> None:
    assert seen(written) == [written]


def test_spaces_of_any_width_are_spaces() -> None:
    column = pa.chunked_array([["+39\u00a0333\u20091", "a b", None]])
    assert evenly_spaced(column).to_pylist() == ["+39 333 1", "a b", None]


def test_a_column_without_any_of_it_is_itself() -> None:
    for texts in (["+39333", None, ""], ["Città", "O'Brien"]):
        column = pa.chunked_array([texts])
        assert visible(column) is column
        assert evenly_spaced(column) is column


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_seen_twice_is_seen_once_and_nothing_gets_blank(texts: list[str]) -> None:
    once = seen(*texts)
    assert seen(*once) == once
    assert [bool(text) for text in once] == [bool(text) for text in texts]


def test_no_sign_is_passed_over_that_has_to_be_mended() -> None:
    texts = [t for code in range(0x21, 0x3100) for t in (chr(code) + "a", "a" + chr(code))]
    # Beside an apostrophe none is passed over.
    mended = zip(texts, seen("'+39", *texts)[1:], strict=True)
    for written, expected in mended:
        if written != expected:
            assert seen(written) == [expected]
