"""Made-up conditions on made-up facts: columns and oracle say the same of every row."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle.condition import evaluate
from tests.oracle.states import Fact
from tests.support.columns import in_columns
from tests.support.strategies import ZONES, clock, conditions, states, vocabularies
from tests.support.strategies_draws import pick

Example = tuple[dict[str, str], str, list[str], list[dict[str, Fact]]]


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """A vocabulary, a zone, and a handful each of conditions over it and of rows of facts."""
    vocabulary = draw(vocabularies())
    zone = pick(draw, ZONES)
    texts = [draw(conditions(vocabulary, depth)) for depth in (2, 2, 3, 3)]
    return vocabulary, zone, texts, [draw(states(vocabulary, zone)) for _ in range(5)]


def agree(
    vocabulary: dict[str, str], zone: str, texts: Sequence[str], rows: list[dict[str, Fact]]
) -> None:
    now, today = clock(zone)
    found = in_columns(texts, vocabulary, rows, (now, today))
    for facts, answers in zip(rows, found, strict=True):
        for text, answer in zip(texts, answers, strict=True):
            expected = evaluate(text, facts, now, today)
            assert answer is expected, (text, facts, answer, expected)


QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(QUICK, max_examples=50)
@given(examples())
def test_columns_agree_with_the_oracle(example: Example) -> None:
    agree(*example)


@pytest.mark.soak
@settings(QUICK, max_examples=2000)  # of 20 pairs of condition and facts each
@given(examples())
def test_columns_agree_with_the_oracle_on_many_more(example: Example) -> None:
    agree(*example)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(QUICK, max_examples=30)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=8, max_size=8))
@pytest.mark.slow
def test_any_texts_compare_and_search_as_the_oracle_has_it(pairs: list[tuple[str, str]]) -> None:
    vocabulary = {"candidate.a": "string", "candidate.b": "string"}
    rows: list[dict[str, Fact]] = [{"candidate.a": a, "candidate.b": b} for a, b in pairs]
    calls = ["a < b", "a <= b", "a == b", "a.contains(b)", "a.startsWith(b)", "a.endsWith(b)"]
    calls += ["size(a + b) == size(a) + size(b)", "(a + b).startsWith(a)", "(a + b).endsWith(b)"]
    calls += ["size(a) == size(b)"]
    texts = [re.sub(r"\b([ab])\b(?!\()", r"candidate.\1", call) for call in calls]
    agree(vocabulary, "UTC", texts, rows)
