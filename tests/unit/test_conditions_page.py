"""What docs/conditions.md says of conditions is so, by the engine and by the oracle."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from adapters.config.load import load_project
from engine.diagnostics import Diagnostic, Place
from engine.language import functions
from engine.language.condition import parse_condition
from engine.language.vocabulary import Vocabulary
from tests.oracle.condition import evaluate
from tests.oracle.states import ABSENT, UNKNOWN, Fact
from tests.support.columns import in_columns

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conditions.md").read_text("utf-8")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")
ANSWERS = {"true": True, "false": False, "unknown": None}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_project(ROOT / "config.yaml").vocabulary


def cells(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    split = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines]
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in split]


def tables(mark: str) -> list[list[str]]:
    return [row for part in PAGE.split(mark)[1:] for row in cells(part.split("\n\n", 1)[0])]


EXAMPLES = [(row[0].strip("`"), row[1]) for row in tables("<!-- examples -->\n")]
REFUSED = [
    (row[1].strip("`"), row[2].strip("`"))
    for row in cells(PAGE.split("\n## Not in this language\n")[1].split("\nWhy:")[0])
]


def facts() -> dict[str, Fact]:
    found = re.search(r"```yaml facts\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    told: dict[str, Fact] = {"history.contacts_7d": ABSENT, "line.technology": UNKNOWN}
    for name, fact in yaml.safe_load(found[1]).items():
        if isinstance(fact, datetime):
            told[name] = fact.astimezone(UTC)
        elif isinstance(fact, date):
            told[name] = datetime(fact.year, fact.month, fact.day, tzinfo=ROME).astimezone(UTC)
        else:
            told[name] = tuple(fact) if isinstance(fact, list) else fact
    return told


def refused(text: str, vocabulary: Vocabulary) -> bool:
    return isinstance(parse_condition(text, Place("docs/conditions.md"), vocabulary), Diagnostic)


def test_every_example_is_what_the_page_says(vocabulary: Vocabulary) -> None:
    assert len(EXAMPLES) > 50
    known = facts()
    types = {name: str(vocabulary[name].type) for name in known}
    texts = [text for text, answer in EXAMPLES if answer != "refused"]
    (found,) = in_columns(texts, types, [known], (NOW, TODAY))
    expected = [ANSWERS[answer] for _, answer in EXAMPLES if answer != "refused"]
    assert list(zip(texts, found, strict=True)) == list(zip(texts, expected, strict=True))
    assert [evaluate(text, known, NOW, TODAY) for text in texts] == expected


@pytest.mark.parametrize("text", [text for text, answer in EXAMPLES if answer == "refused"])
def test_every_example_said_to_be_refused_is(vocabulary: Vocabulary, text: str) -> None:
    assert refused(text, vocabulary)


@pytest.mark.parametrize(("text", "instead"), REFUSED)
def test_what_is_not_in_the_language_is_refused_and_what_to_write_is_accepted(
    vocabulary: Vocabulary, text: str, instead: str
) -> None:
    assert refused(text, vocabulary)
    assert not refused(instead, vocabulary)


def test_every_function_stands_on_the_page() -> None:
    for name in (*functions.FUNCTIONS, *functions.QUANTIFIERS, "has"):
        assert re.search(rf"\b{name}\b", PAGE), name
