"""Claims about rules against what the engine's match says of the same rules and facts."""

from __future__ import annotations

from datetime import date

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.backends.duckdb import DuckDBBackend
from engine.diagnostics import Place
from engine.language.lint.claims import Claim, Every, Is, No, Some, blocks, failed, passed
from engine.language.lint.samples import Table
from engine.language.ruleset import Condition, Moment, Outcome, Rule, Ruleset, Stage
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID, microseconds
from engine.screening.match import match, rule_column
from tests.oracle.states import ABSENT, UNKNOWN, Fact
from tests.support.columns import facts_table, tree_of
from tests.support.made_up import accepted, candidate_of
from tests.support.strategies import clock, conditions, states, vocabularies

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
Example = tuple[dict[str, str], list[Rule], list[dict[str, Fact]]]


def rule(
    name: str, types: dict[str, str], applies: list[str], require: list[str], **also: bool
) -> Rule:
    place = Place("rules.yaml")
    made = [
        tuple(Condition(text, place, tree_of(text, types)) for text in texts)
        for texts in (applies, require)
    ]
    return Rule(
        id=name,
        title="…",
        owner="…",
        stage=Stage.DATA,
        applies=made[0],
        require=made[1],
        moment=Moment.FMOT,
        pain="…",
        reason={"en": "…"},
        place=place,
        **also,  # type: ignore[arg-type]
    )


@st.composite
def examples(draw: st.DrawFn) -> Example:
    vocabulary = draw(vocabularies())

    def some(least: int) -> list[str]:
        texts = draw(st.lists(conditions(vocabulary, 1), min_size=least, max_size=2))
        return [t if accepted(t, vocabulary) else "true" for t in texts]

    rules = [
        rule(f"data.r{n}", vocabulary, some(0), some(1), allow_unknown=draw(st.booleans()))
        for n in range(3)
    ]
    return vocabulary, rules, [draw(states(vocabulary)) for _ in range(10)]


def outcomes(
    types: dict[str, str], rules: list[Rule], rows: list[dict[str, Fact]]
) -> list[list[Outcome]]:
    """What the engine says: by row, by rule."""
    backend = DuckDBBackend()
    now, today = clock()
    facts = backend.load("facts", facts_table(types, rows)).mutate({INVALID: ibis.null("string")})
    compiler = Compiler(facts, backend.dialect, microseconds(now), microseconds(today))
    ruleset = Ruleset(tuple(rules), (), (), (), ("en",), {}, "")
    found = backend.rows(match(ruleset, facts, compiler, date(2026, 3, 2)).order_by("row"))
    backend.close()
    return [[Outcome(row[rule_column(r.id)]) for r in rules] for row in found]


@settings(QUICK, max_examples=12)
@given(examples())
def test_a_rule_blocks_fails_and_passes_as_the_engine_has_it(example: Example) -> None:
    types, rules, rows = example
    table = Table([candidate_of(row, clock()) for row in rows])
    found = outcomes(types, rules, rows)
    for n, one in enumerate(rules):
        stops = (Outcome.FAILED,) if one.allow_unknown else (Outcome.FAILED, Outcome.UNKNOWN)
        for claim, meant in (
            (blocks(one), stops),
            (failed(one), (Outcome.FAILED,)),
            (passed(one), (Outcome.PASSED,)),
        ):
            yes, no = table.holds(claim)
            for i, said in enumerate(found):
                assert not (yes >> i & 1 and said[n] not in meant), (claim, rows[i], said[n])
                assert not (no >> i & 1 and said[n] in meant), (claim, rows[i], said[n])


TYPES = {"c.n": "integer", "c.b": "boolean"}


def is_true(text: str) -> Claim:
    return Is(tree_of(text, TYPES), truth=True)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (is_true("c.n > 1"), [False, True, True, False, False]),
        (No(is_true("c.n > 1")), [True, False, False, True, True]),
        (Every(()), [True] * 5),
        (Some(()), [False] * 5),
        (
            Some((is_true("c.n > 1"), is_true("c.n > 2"), is_true("c.b")), 2),
            [False, True, True, False, False],
        ),
        (
            Some((is_true("c.n > 1"), is_true("c.n > 2"), is_true("c.b")), 3),
            [False, False, True, False, False],
        ),
        (Some((is_true("c.b"),), 2), [False] * 5),
    ],
)
def test_claims_hold_or_do_not(claim: Claim, expected: list[bool]) -> None:
    rows: list[dict[str, Fact]] = [
        {"c.n": 1, "c.b": True},
        {"c.n": 2, "c.b": True},
        {"c.n": 3, "c.b": True},
        {"c.n": ABSENT, "c.b": True},
        {"c.n": UNKNOWN, "c.b": False},
    ]
    yes, no = Table([candidate_of(row, clock()) for row in rows]).holds(claim)
    assert [bool(yes >> i & 1) for i in range(5)] == expected
    assert [bool(no >> i & 1) for i in range(5)] == [not e for e in expected]
