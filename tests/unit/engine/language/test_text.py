"""YAML as people mean it: what YAML 1.1 would read otherwise is refused, with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from engine.diagnostics import Place
from engine.language.document import Document
from engine.language.text import read_yaml


def read(text: str) -> Document:
    return read_yaml("rules/a.yaml", text)


def only_problem(text: str) -> tuple[str, str]:
    (problem,) = read(text).problems
    return problem.code, f"{problem.place.line}:{problem.place.column}"


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("0.5", 0.5),
        ("-1.25", -1.25),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("2026-03-31T09:00", datetime(2026, 3, 31, 9)),  # noqa: DTZ001
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-03-31T09:00:00Z", datetime(2026, 3, 31, 9, tzinfo=UTC)),
        (
            "2026-03-31 09:00:00+02:00",
            datetime(2026, 3, 31, 9, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("a text", "a text"),
        ("stock.available > 3", "stock.available > 3"),
        ('"012"', "012"),
        ("'no'", "no"),
        ("1,000", "1,000"),
        ("a # b", "a"),
        ("1.2.3", "1.2.3"),
        ("10%", "10%"),
        ("[a, b]", ["a", "b"]),
        ("{a: 1}", {"a": 1}),
        (">-\n  two\n  lines", "two lines"),
        ("|-\n  two\n  lines", "two\nlines"),
    ],
)
def test_plain_values_are_what_they_look_like(scalar: str, value: object) -> None:
    document = read(f"a: {scalar}\n")
    assert document.problems == []
    assert document.value == {"a": value}
    assert type(document.value["a"]) is type(value)


@pytest.mark.parametrize(
    ("scalar", "code"),
    [
        *((word, "yaml-word") for word in ("yes", "no", "on", "off", "Yes", "NO", "y", "n", "N")),
        *((word, "yaml-word") for word in ("True", "FALSE", "Null", "NULL")),
        ("012", "yaml-number"),
        ("0x1F", "yaml-number"),
        ("0b11", "yaml-number"),
        ("1_000", "yaml-number"),
        ("1.0e+3", "yaml-number"),
        ("12:30", "yaml-number"),
        ("09:30", "yaml-number"),
        ("1e3", "yaml-number"),
        ("0o17", "yaml-number"),
        ("089", "yaml-number"),
        ("190:20:30", "yaml-number"),
        (".5", "yaml-number"),
        ("5.", "yaml-number"),
        (".inf", "yaml-number"),
        ("-.inf", "yaml-number"),
        (".nan", "yaml-number"),
        ("9" * 5000, "yaml-number"),
        ("9" * 400 + ".0", "yaml-number"),
        ("2026-13-01", "bad-date"),
        ("2026-3-1", "bad-date"),
        ("2026-02-30", "bad-date"),
        ("2026-01-01T25:00:00Z", "bad-date"),
        ("0000-01-01", "bad-date"),
    ],
)
def test_what_yaml_reads_in_its_own_way_is_refused(scalar: str, code: str) -> None:
    assert only_problem(f"b: 1\na: {scalar}\n") == (code, "2:4")


@pytest.mark.parametrize("key", ["no", "on", "1", "true", "2026-01-01", "012"])
def test_a_key_is_always_the_word_that_is_written(key: str) -> None:
    document = read(f"{key}: x")
    assert document.problems == []
    assert document.value == {key: "x"}


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("a: &x 1\nb: 2\n", "yaml-anchor", "1:4"),
        ("a: [&x {b: 1}]\n", "yaml-anchor", "1:5"),
        ("a: 1\na: 2\n", "duplicate-key", "2:1"),
        ("a: {b: 1, c: 2, b: 3}\n", "duplicate-key", "1:17"),
        ("a:\n\tb: 1\n", "yaml-tab", "2:1"),
        ("a:\n  - b\n\t- c\n", "yaml-tab", "3:1"),
        ("a: !secret b\n", "yaml-tag", "1:4"),
        ("a: !!str 5\n", "yaml-tag", "1:4"),
        ('a: !!int "5"\n', "yaml-tag", "1:4"),
        ("a: !!set {b, c}\n", "yaml-tag", "1:4"),
        ("a: !thing [1]\n", "yaml-tag", "1:4"),
        ("a: ! 5\n", "yaml-tag", "1:4"),
        ("a: !!python/object/apply:os.getcwd []\n", "yaml-tag", "1:4"),
        ("a: 1\n---\nb: 2\n", "yaml-syntax", "2:1"),
        ("? [a, b]\n: 1\n", "yaml-key", "1:3"),
        ("a: b: c\n", "yaml-quotes", "1:5"),
        ("a: [1, 2\n", "yaml-syntax", "1:4"),
        ("a: 'open\n", "yaml-quotes", "1:4"),
        ("a:\n   b: 1\n  c: 2\n", "yaml-indentation", "3:3"),
        ("a: @b\n", "yaml-quotes", "1:4"),
        ("a: `b`\n", "yaml-quotes", "1:4"),
        ("a: \x07\n", "hidden-character", "1:4"),
        ("\x00", "hidden-character", "1:1"),
        ("a: b\u200bc\n", "hidden-character", "1:5"),
        ("a: 1\n\u00a0b: 2\n", "hidden-character", "2:1"),
        ("a:\u00a0b\n", "hidden-character", "1:3"),
        ("a: b\x85c\n", "hidden-character", "1:5"),
        ("a: b\n\ufeffc: d\n", "hidden-character", "2:1"),
        ("a: '\u202ex'\n", "hidden-character", "1:5"),
        ("a: number #1\n", "yaml-remark", "1:11"),
        ("a:\nb: 1\n", "empty-value", "1:1"),
        ("a: [1, , 2]\n", "yaml-syntax", "1:8"),
        ("a:\n  -\n  - b\n", "empty-value", "2:4"),
        ("a: {b.c}\n", "empty-value", "1:5"),
        ("[" * 100 + "]" * 100, "yaml-syntax", "1:41"),
        ("[" * 100_000, "yaml-syntax", "1:41"),
        ("- " * 5000 + "a", "yaml-syntax", "1:81"),
    ],
)
def test_what_is_not_used_here_is_refused_at_its_place(text: str, code: str, at: str) -> None:
    assert only_problem(text) == (code, at)


def test_aliases_are_not_followed() -> None:
    """A few lines of them would stand for more than any memory holds."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    document = read("\n".join(lines))
    assert {p.code for p in document.problems} == {"yaml-anchor"}
    assert document.value["a29"] == [None] * 9


def test_sentences_may_have_characters_that_are_at_home_in_them() -> None:
    sentence = "5\u202f€ 👨\u200d👩\u200d👧 می\u200cخواهم 好"
    for written in (sentence, f'"{sentence}"', f">-\n  {sentence}"):
        document = read(f"a: {written}\n")
        assert document.problems == []
        assert document.value == {"a": sentence}


def test_an_alias_is_refused_beside_its_anchor() -> None:
    problems = read("a: &x 1\nb: *x\n").problems
    assert [(p.code, p.place.line, p.place.column) for p in problems] == [
        ("yaml-anchor", 1, 4),
        ("yaml-anchor", 2, 4),
    ]


def test_a_merge_key_is_no_way_round() -> None:
    assert {p.code for p in read("a: &x {b: 1}\nc: {<<: *x}\n").problems} == {"yaml-anchor"}


def test_every_trap_of_a_file_is_reported() -> None:
    document = read("a: yes\nb: 012\nc: 2026-02-30\n")
    assert [p.code for p in document.problems] == ["yaml-word", "yaml-number", "bad-date"]
    assert document.problems[0].hint == 'write "yes" in quotes if it is a text, true if it is none'


@pytest.mark.parametrize("text", ["", "\n", "# only a remark\n", "---\n"])
def test_an_empty_document_is_nothing(text: str) -> None:
    document = read(text)
    assert (document.value, document.problems) == (None, [])


def test_everything_knows_its_place() -> None:
    document = read("rules:\n  - id: \"a.b\"\n    require: [x > 1, 'y']\n    é: 🤦 z\n")
    assert document.place(("rules", 0, "id")) == Place("rules/a.yaml", 2, 10, 3)
    assert document.place(("rules", 0, "require", 0)) == Place("rules/a.yaml", 3, 15, 5)
    assert document.place(("rules", 0, "require", 1)) == Place("rules/a.yaml", 3, 23, 1)
    assert document.place(("rules", 0, "require"), key=True) == Place("rules/a.yaml", 3, 5, 7)
    assert document.place(("rules", 0, "é")) == Place("rules/a.yaml", 4, 8, 3)
    assert document.place(("rules", 0, "nothing")).line == 2
    assert document.place(("nothing",)) == Place("rules/a.yaml")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(ending: str) -> None:
    document = read(ending.join(["a: 1", "b: 2", "c: yes", ""]))
    assert document.problems[0].place.line == 3
