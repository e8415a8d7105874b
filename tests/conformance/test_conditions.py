"""The corpus of `cel/`: what CEL says each condition is, in columns and by the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from engine.language import functions
from engine.language.expression import Call, CelType, Expression, Quantified
from tests.oracle.condition import evaluate
from tests.oracle.states import ABSENT, UNKNOWN, Fact
from tests.support.columns import in_columns, tree_of

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


def every_case() -> list[Case]:
    return [case for path in CORPUS for case in read(path)[1]]


def test_the_corpus_speaks_of_every_type_and_every_answer() -> None:
    cases = every_case()
    assert len(cases) >= 1100
    assert len({(case.text, repr(case.facts)) for case in cases}) == len(cases)
    for answer in (True, False, None):
        assert sum(case.expected is answer for case in cases) >= 150
    for name in TYPES:
        assert any(name in case.text for case in cases), name


def constructs(tree: Expression) -> Iterator[tuple[str, ...]]:
    """What a condition uses: each function or operator with the types it is used on."""
    for node in tree.walk():
        if isinstance(node, Call):
            yield node.function, *(a.type for a in node.arguments)
        elif isinstance(node, Quantified):
            yield node.function, node.over.type
        else:
            yield (type(node).__name__, node.type)


def test_every_construct_is_seen_to_be_known_and_to_be_unknown() -> None:
    seen: dict[tuple[str, ...], set[bool | None]] = {}
    for case in every_case():
        for construct in constructs(tree_of(case.text, TYPES)):
            seen.setdefault(construct, set()).add(case.expected)
    overloads = [
        (name, *types)
        for table in (functions.ARITHMETIC, functions.FUNCTIONS)
        for name, signatures in table.items()
        for types in signatures
        if not any(t.element for t in types)
    ]
    for operator in (*functions.EQUALITY, *functions.COMPARISON):
        overloads += [(operator, t, t) for t in functions.ORDERED]
        overloads += [(operator, *pair) for pair in permutations((CelType.INT, CelType.DOUBLE))]
    overloads += [(name, CelType.LIST_STRING) for name in (*functions.QUANTIFIERS, "size")]
    overloads += [
        ("in", CelType.STRING, CelType.LIST_STRING),
        ("in", CelType.INT, CelType.LIST_INT),
    ]
    overloads += [(name, CelType.BOOL, CelType.BOOL) for name in ("&&", "||")]
    lacking = [o for o in overloads if o not in seen or not seen[o] - {None}]
    assert lacking == [], "no case has a known answer"
    assert [o for o in overloads if None not in seen[o]] == [], "no case is unknown"


def test_a_list_that_is_written_out_may_be_long() -> None:
    postcodes = [f"{n:05}" for n in range(600)]
    written = "[" + ", ".join(f'"{code}"' for code in postcodes) + "]"
    texts = [f"c.s in {written}", f"c.s in {written[:-1]}, c.t]", f"{written}.exists(p, p == c.s)"]
    rows: list[dict[str, Fact]] = [
        {"c.s": "00599", "c.t": ""},
        {"c.s": "600", "c.t": "600"},
        {"c.s": "600", "c.t": ABSENT},
        {"c.s": UNKNOWN, "c.t": ""},
    ]
    found = in_columns(texts, {"c.s": "string", "c.t": "string"}, rows, (NOW, TODAY))
    assert found == [[True] * 3, [False, True, False], [False, None, False], [None] * 3]
