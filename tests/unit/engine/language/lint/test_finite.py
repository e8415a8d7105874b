"""Trying out a few candidates of each kind decides what it says it decides."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.language.lint.claims import Claim, Every, Is, No
from engine.language.lint.evaluate import Candidate, FactValue, Missing
from engine.language.lint.finite import combinations
from engine.language.lint.samples import Table
from tests.support.columns import tree_of
from tests.support.made_up import accepted

TYPES = {
    "c.n": "integer",
    "c.x": "number",
    "c.s": "string",
    "c.b": "boolean",
    "c.t": "timestamp",
    "c.list": "list<string>",
}
WORDS = ("a", "b", "another")
ANY: dict[str, st.SearchStrategy[FactValue]] = {
    "c.n": st.integers(-4, 6) | st.sampled_from([2**63 - 1, -(2**63)]),
    "c.x": st.sampled_from(
        [-1.0, 0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 2.0, 2.5, 3.0, 1e300, -1e300, 5e-324]
    ),
    "c.s": st.sampled_from([*WORDS, "c", "anotheranother", ""]),
    "c.b": st.booleans(),
    "c.list": st.lists(st.sampled_from([*WORDS, "z"]), min_size=1, max_size=3).map(tuple),
    "c.t": st.just(0),
}
COMPARED = st.one_of(
    st.builds(
        "c.n {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(-3, 5)
    ),
    st.builds("{1} {0} c.n".format, st.sampled_from(["<", ">", "=="]), st.integers(-3, 5)),
    st.builds(
        "c.n {} {}".format, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from([0.5, 2.0])
    ),
    st.builds(
        "c.x {} {}".format,
        st.sampled_from(["<", "<=", ">", ">=", "=="]),
        st.sampled_from([0.25, 0.5, 1, 2.5]),
    ),
    st.builds('c.s {} "{}"'.format, st.sampled_from(["==", "!="]), st.sampled_from(WORDS)),
    st.builds('c.s in ["{}", "{}"]'.format, st.sampled_from(WORDS), st.sampled_from(WORDS)),
    st.builds('"{}" in c.list'.format, st.sampled_from(WORDS)),
    st.builds("has({})".format, st.sampled_from([*TYPES])),
    st.sampled_from(["c.b", "true", "false"]),
)
CONDITIONS = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)


def ordinary(name: str) -> FactValue:
    return 0 if name == "c.t" else "A"


def table(claim: Claim) -> Table | None:
    facts = combinations(claim, ordinary, 20_000)
    return None if facts is None else Table([Candidate(one, 0, 0) for one in facts])


@settings(deadline=None, max_examples=60)
@given(CONDITIONS, st.data())
@pytest.mark.slow
def test_whoever_a_claim_holds_for_is_like_one_of_those_tried(
    text: str, data: st.DataObject
) -> None:
    if not accepted(text, TYPES):
        return
    tree = tree_of(text, TYPES)
    states = [Missing.ABSENT, Missing.UNKNOWN]
    rows = [
        Candidate(
            {n: data.draw(values | st.sampled_from(states)) for n, values in ANY.items()}, 0, 0
        )
        for _ in range(8)
    ]
    for claim in (
        Is(tree, truth=True),
        Is(tree, truth=False),
        Every((No(Is(tree, truth=True)), No(Is(tree, truth=False)))),
    ):
        tried = table(claim)
        if tried is not None and tried.example(claim) is None:
            assert Table(rows).example(claim) is None, (text, claim)


@pytest.mark.parametrize(
    "text",
    [
        "c.n < c.n",
        "c.n + 1 > 2",
        'c.s < "a"',
        "size(c.s) > 2",
        'c.s.matches("^a")',
        "c.n > 9223372036854775807 - 1",
        "c.t > now",
        "c.s in c.list",
        '["a"].exists(x, x == c.s)',
        "c.n in [1, c.n]",
    ],
)
def test_what_takes_reasoning_is_not_decided_by_trying(text: str) -> None:
    assert combinations(Is(tree_of(text, TYPES), truth=True), ordinary, 20_000) is None


def test_no_more_are_tried_than_asked() -> None:
    claim = Is(tree_of("c.b && c.n > 1", TYPES), truth=True)
    assert combinations(claim, ordinary, 19) is None
    assert len(combinations(claim, ordinary, 20) or []) == 20
