"""The corpus of `cel/`: what CEL says each condition is, in columns and by the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.oracle.condition import evaluate
from tests.oracle.states import ABSENT, UNKNOWN, Fact
from tests.support.columns import in_columns

CORPUS = sorted((Path(__file__).parent / "cel").glob("*.yaml"))
ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
TYPES = {
    **dict.fromkeys(("c.n", "c.m"), "integer"),
    **dict.fromkeys(("c.x", "c.y"), "number"),
    **dict.fromkeys(("c.s", "c.r"), "string"),
    **dict.fromkeys(("c.b", "c.k"), "boolean"),
    **dict.fromkeys(("c.t", "c.u"), "timestamp"),
    "c.day": "date",
    "c.list": "list<string>",
}
ANSWERS = {"is true": True, "is false": False, "is unknown": None}


@dataclass(frozen=True)
class Case:
    text: str
    facts: dict[str, Fact]
    row: int
    expected: bool | None


def read(path: Path) -> tuple[list[dict[str, Fact]], list[Case]]:
    """The fact sets of a file and its cases; facts that a group does not name are absent."""
    rows: list[dict[str, Fact]] = []
    cases: list[Case] = []
    for group in yaml.safe_load(path.read_text(encoding="utf-8")):
        facts: dict[str, Fact] = dict.fromkeys(TYPES, ABSENT)
        facts |= {f"c.{n}": _fact(v, TYPES[f"c.{n}"]) for n, v in group.pop("facts", {}).items()}
        facts |= {f"c.{name}": UNKNOWN for name in group.pop("not known", [])}
        rows.append(facts)
        for answer, texts in group.items():
            cases += [Case(t, facts, len(rows) - 1, ANSWERS[answer]) for t in texts]
    return rows, cases


def _fact(written: Any, kind: str) -> Fact:
    match kind:
        case "timestamp":
            return datetime.fromisoformat(written).astimezone(UTC)
        case "date":
            return datetime.fromisoformat(written).replace(tzinfo=ROME).astimezone(UTC)
        case "list<string>":
            return tuple(written)
    assert isinstance(written, (bool, int, float, str))
    return written


def spoken(case: Case, found: object) -> str:
    known = {name: fact for name, fact in case.facts.items() if fact is not ABSENT}
    return f"{case.text}  with {known}: {found} instead of {case.expected}"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_columns_say_what_cel_says(path: Path) -> None:
    rows, cases = read(path)
    found = in_columns([c.text for c in cases], TYPES, rows, (NOW, TODAY))
    wrong = [
        spoken(case, found[case.row][i])
        for i, case in enumerate(cases)
        if found[case.row][i] is not case.expected
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_oracle_says_what_cel_says(path: Path) -> None:
    _, cases = read(path)
    wrong = [
        spoken(case, found)
        for case in cases
        if (found := evaluate(case.text, case.facts, NOW, TODAY)) is not case.expected
    ]
    assert not wrong, "\n".join(wrong)


def test_the_corpus_speaks_of_every_type_and_every_answer() -> None:
    def every() -> Iterator[Case]:
        for path in CORPUS:
            yield from read(path)[1]

    cases = list(every())
    assert len(cases) >= 120
    for answer in (True, False, None):
        assert sum(case.expected is answer for case in cases) >= 30
    for name in TYPES:
        assert any(name in case.text for case in cases), name
