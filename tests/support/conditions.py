"""Conditions as an author writes them on line 7 of a file, over a few facts: accepted or refused."""

from __future__ import annotations

from engine.diagnostics import Diagnostic, Place
from engine.language.condition import parse_condition
from engine.language.expression import CelType
from engine.language.ruleset import Condition
from tests.support.columns import vocabulary_of

VOCABULARY = vocabulary_of(
    {
        "stock.available": "integer",
        "offer.price": "number",
        "offer.kind": "string",
        "offer.tags": "list<string>",
        "offer.sellable": "boolean",
        "line.checked_at": "timestamp",
        "line.built_on": "date",
    }
)
PLACE = Place("rules/a.yaml", 7, 11)


def refused(text: str, expected: CelType | None = CelType.BOOL) -> Diagnostic:
    """What is wrong with a condition; AssertionError where nothing is."""
    result = parse_condition(text, PLACE, VOCABULARY, expected)
    assert isinstance(result, Diagnostic), text
    return result


def accepted(text: str, expected: CelType | None = CelType.BOOL) -> Condition:
    """The checked condition; AssertionError, with the problem, where it is refused."""
    result = parse_condition(text, PLACE, VOCABULARY, expected)
    assert isinstance(result, Condition), result
    return result


def underlined(problem: Diagnostic, text: str) -> str:
    """The part of the condition that the problem's caret underlines."""
    assert (problem.place.file, problem.place.line) == (PLACE.file, PLACE.line)
    start = problem.place.column - PLACE.column
    return text[start : start + problem.place.length]
