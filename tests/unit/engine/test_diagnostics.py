"""How a problem is shown: its line, a caret under what is wrong, and nothing that harms a terminal."""

from __future__ import annotations

import json

import pytest

from engine.diagnostics import Diagnostic, Place, RefusedDocuments, Severity

FILE = "rules/a.yaml"


def shown(line: str, column: int, length: int) -> list[str]:
    """The source line and the carets, without what stands left of the bar."""
    found = Diagnostic(Place(FILE, 1, column, length), "unknown-fact", "m").render({FILE: line})
    return [part.split("|", 1)[1].removeprefix(" ") for part in found.split("\n")[1:]]


@pytest.mark.parametrize(
    ("line", "column", "length", "carets"),
    [
        ("a: xyz", 4, 3, "   ^^^"),
        ("a: xyz", 7, 1, "      ^"),
        ("a: xyz", 4, 99, "   ^^^"),
        ("", 1, 1, "^"),
        ("a: 好好 xyz", 7, 3, "        ^^^"),
        ("a: 好好 xyz", 4, 2, "   ^^^^"),
        ("a: e\u0301e\u0301 xyz", 9, 3, "      ^^^"),
        ("a:\txyz", 4, 3, "   ^^^"),
    ],
)
def test_carets_stand_under_what_is_wrong(line: str, column: int, length: int, carets: str) -> None:
    assert shown(line, column, length)[1] == carets


@pytest.mark.parametrize("column", [1, 50, 200, 2000, 4995])
def test_of_a_long_line_the_part_around_the_caret_is_shown(column: int) -> None:
    line = "".join(str(n % 10) for n in range(5000))
    source, carets = shown(line, column, 3)
    assert len(source) <= 163
    start = carets.index("^")
    assert source[start : start + 3] == line[column - 1 : column + 2]


def test_only_lines_that_editors_count_are_counted() -> None:
    text = "a\x0cb\u2028c\r\nsecond\rthird\n"
    found = Diagnostic(Place(FILE, 2, 1, 6), "unknown-fact", "m").render({FILE: text})
    assert "  2 | second\n" in found


def test_nothing_moves_the_cursor_or_hides() -> None:
    bad = "\x1b[2J\x07\u202e\u200b\x9b"
    problem = Diagnostic(Place(FILE, 1, 1, 2), "unknown-key", f"no key `{bad}`", bad)
    said = problem.render({FILE: bad})
    assert all(c.isprintable() or c == "\n" for c in said)
    assert json.loads(json.dumps(problem.data({FILE: bad})))["source"] == bad


def test_without_the_text_of_the_file_there_is_no_line() -> None:
    problem = Diagnostic(Place(FILE, 3, 4), "unknown-key", "m", "h", Severity.WARNING)
    assert problem.render() == "rules/a.yaml:3:4: warning[unknown-key]: m\n    = hint: h"
    assert problem.data()["source"] is None
    assert problem.data()["severity"] == "warning"
    assert problem.render({FILE: "one line"}) == problem.render()


def test_problems_are_told_once_and_in_the_order_of_their_places() -> None:
    places = [Place("b", 1), Place("a", 10), Place("a", 9, 5), Place("a", 9, 5), Place("a", 9, 1)]
    refused = RefusedDocuments([Diagnostic(p, "unknown-key", "m") for p in places])
    assert [str(d.place) for d in refused.diagnostics] == ["a:9:1", "a:9:5", "a:10:1", "b:1:1"]
    assert refused.message == "4 problems in configuration or rules"
