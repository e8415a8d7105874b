"""Lint's evaluator against the engine's columns: the same answer, or none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.language.expression import CelType, Expression
from engine.language.lint.evaluate import CANT_TELL, evaluator
from tests.oracle.states import Fact
from tests.support.columns import in_columns, tree_of
from tests.support.made_up import accepted, candidate_of
from tests.support.strategies import ZONES, clock, conditions, states, vocabularies
from tests.support.strategies_draws import pick

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
Example = tuple[dict[str, str], str, list[str], list[dict[str, Fact]]]


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """A vocabulary, a zone, some conditions over it and some rows of facts."""
    vocabulary = draw(vocabularies())
    zone = pick(draw, ZONES)
    drawn = [draw(conditions(vocabulary, depth)) for depth in (1, 2, 2, 3, 3)]
    texts = [text for text in drawn if accepted(text, vocabulary)]
    return vocabulary, zone, texts, [draw(states(vocabulary, zone)) for _ in range(6)]


def disagreements(example: Example) -> list[object]:
    vocabulary, zone, texts, rows = example
    found = in_columns(texts, vocabulary, rows, clock(zone))
    wrong: list[object] = []
    for row, answers in zip(rows, found, strict=True):
        made_up = candidate_of(row, clock(zone))
        for text, answer in zip(texts, answers, strict=True):
            mine = evaluator(tree_of(text, vocabulary))(made_up)
            if mine is not CANT_TELL and mine is not answer:
                wrong.append((text, row, mine, answer))
    return wrong


@pytest.mark.slow
@settings(QUICK, max_examples=20)
@given(examples())
def test_lint_evaluates_conditions_as_the_engine_does(example: Example) -> None:
    assert disagreements(example) == []


@pytest.mark.soak
@settings(QUICK, max_examples=2000)
@given(examples())
def test_lint_evaluates_many_more_conditions_as_the_engine_does(example: Example) -> None:
    assert disagreements(example) == []


def test_what_overflows_is_unknown_as_it_is_to_the_engine() -> None:
    vocabulary = {"c.n": "integer", "c.t": "timestamp"}
    texts = ["c.n % -1 == 0", 'now - c.t > duration("1h")', "now - c.t + (now - c.t) != now - now"]
    numbers = (-(2**63), -(2**63) + 1)
    moments = [datetime(year, 3, 2, tzinfo=UTC) for year in (1, 1733, 1735, 1879, 1881)]
    rows: list[dict[str, Fact]] = [{"c.n": n, "c.t": t} for n in numbers for t in moments]
    assert disagreements((vocabulary, "UTC", texts, rows)) == []


def test_what_it_does_not_know_it_does_not_guess() -> None:
    class Strange(Expression):
        pass

    nobody = candidate_of({}, clock())
    assert evaluator(Strange(CelType.BOOL))(nobody) is CANT_TELL
