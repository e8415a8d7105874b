"""What is written of the blocked, against a writer that goes row by row."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine.screening.parts
from adapters.backends.duckdb_compiler import sql_of
from adapters.backends.duckdb_dialect import DuckDBDialect
from engine.language.ruleset import Outcome
from engine.language.vocabulary import FactType
from engine.screening.columns import Compiler
from engine.screening.facts import (
    ibis_type,
    state_column,
)
from engine.screening.held import causes_of, firsts
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column
from engine.screening.match import rule_column
from engine.screening.parts import size
from engine.screening.reasons import reasons_of
from engine.screening.relations import selected
from engine.screening.seen import (
    seen,
    shown_column,
)
from tests.support.row_writer import (
    ANY_ROWS,
    COLUMNS,
    EXPLAINER,
    FACTS,
    IDENTITY,
    REASONS,
    ROWS,
    RULES,
    VOCABULARY,
    batch_of,
    brief,
    cause,
    full,
    present,
    said,
    written,
)
from tests.support.rulebooks import ruleset_of


def in_order(text: str) -> Any:
    """JSON with the order of its members."""
    return json.loads(text, object_pairs_hook=list)


@settings(deadline=None)
@given(ROWS)
def test_the_blocked_are_written_as_row_by_row(rows: list[dict[str, Any]]) -> None:
    found = written(rows)
    assert len(found) == len(rows)
    for row, one in zip(rows, found, strict=True):
        held = [reason for reason in REASONS if present(reason, row)]
        assert {name: one[name] for name in (ROW, *IDENTITY)} == {
            name: row[name] for name in (ROW, *IDENTITY)
        }
        first = held[0]
        expected = (
            cause(first, row),
            str(first.stage),
            str(first.moment),
            first.pain,
            first.id,
            said(first, row),
        )
        names = ("cause", "stage", "moment", "pain", "rule", "reason")
        assert tuple(one[name] for name in names) == expected
        for column, writes in (("reasons", brief), ("details", full)):
            listed = json.dumps([writes(reason, row) for reason in held])
            assert in_order(one[column]) == in_order(listed)


@settings(deadline=None)
@given(ANY_ROWS)
def test_the_first_cause_and_how_many_there_are(rows: list[dict[str, Any]]) -> None:
    number, count = firsts(REASONS, batch_of(rows))
    every = causes_of(REASONS)
    for row, place, many in zip(rows, number.to_pylist(), count.to_pylist(), strict=True):
        held = [reason for reason in REASONS if present(reason, row)]
        assert many == len(held)
        found = None if place is None else (every[place][0], every[place][1].id)
        assert found == ((cause(held[0], row), held[0].id) if held else None)


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_what_would_be_too_much_is_written_in_parts(
    rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = written(rows)
    batch = batch_of(rows)
    assert list(EXPLAINER.parts(batch)) == [batch]
    with monkeypatch.context() as patched:
        patched.setattr(engine.screening.parts, "MOST", 1)
        found = list(EXPLAINER.parts(batch))
    assert [part.num_rows for part in found] == ([1] * len(rows) or [0])
    assert [row for part in found for row in EXPLAINER.written(part).to_pylist()] == whole


@pytest.mark.slow
@settings(deadline=None)
@given(ROWS.filter(bool), st.integers(1, 4000))
def test_how_much_will_be_written_is_not_guessed_too_low(
    rows: list[dict[str, Any]], length: int
) -> None:
    long = [
        {
            name: json.dumps("x" * length) if name.endswith((":written", ":shown")) else cell
            for name, cell in row.items()
        }
        for row in rows
    ]
    guessed = size(REASONS, batch_of(long), "en")
    found = sum(len(row["reasons"]) + len(row["details"]) for row in written(long))
    assert found < 1.5 * guessed


def test_a_block_rests_on_what_raised_its_signal() -> None:
    chained = """
decisions:
  - {id: too-young, given: {failed: eligibility.adult}, signal: customer.doubtful}
  - {id: no-vip, given: {signal: customer.vip}, signal: customer.odd}
  - {id: odd, given: {signal: customer.odd}, signal: customer.doubtful}
  - id: no-doubts
    given: {signal: customer.doubtful}
    block: {stage: data, moment: SMOT, pain: wrong-person, reason: {en: "In doubt", it: "In dubbio"}}
pools:"""
    rules = RULES.replace("pools:", chained.replace("decisions:\n", "", 1).lstrip("\n"), 1)
    ruleset = ruleset_of(rules, vocabulary=VOCABULARY)
    reason = next(r for r in reasons_of(ruleset) if r.id == "no-doubts")
    assert reason.facts == ("candidate.age", "candidate.vip")


def test_a_reason_without_a_text_does_not_pass_for_none() -> None:
    row = dict.fromkeys(COLUMNS, None) | {state_column(name): 0 for name in FACTS}
    row |= {ROW: 1, blocks_column("eligibility.adult"): True}
    row |= {rule_column("eligibility.adult"): Outcome.FAILED}
    assert written([row | {shown_column("candidate.age"): "17"}])[0]["reason"] == "17 is too young"
    with pytest.raises(ValueError, match="not written"):
        written([row])
    with pytest.raises(ValueError, match="for no reason"):
        written([row | {blocks_column("eligibility.adult"): False}])


def test_hundreds_of_rules_may_read_the_same_facts() -> None:
    rule = next(reason for reason in REASONS if reason.id == "eligibility.adult")
    facts = ("candidate.age", "candidate.name")
    many = [
        replace(rule, id=f"r{n}", flag=blocks_column(f"r{n}"), outcome=None, facts=facts)
        for n in range(600)
    ]
    columns = {ROW: "int64"} | {reason.flag: "boolean" for reason in many}
    for name in facts:
        kind = FactType.INTEGER if name == "candidate.age" else FactType.STRING
        columns |= {name: ibis_type(kind), state_column(name): "int8"}
    table = ibis.table(columns, name="judged")
    compiler = Compiler(table, DuckDBDialect(), 0, 0)
    statement = sql_of(selected(table, seen(many, table, compiler, VOCABULARY, "UTC", "en")))
    for name in ("candidate.age:written", "candidate.name:written", "candidate.age:shown"):
        assert name in statement


def test_who_would_be_made_an_offer_twice_is_told_so_in_the_language_of_the_reasons() -> None:
    signal = "signals: [{id: customer.odd}]"
    ruleset = ruleset_of(signal, vocabulary=VOCABULARY, languages=("it", "fr"))
    (twice,) = (reason for reason in reasons_of(ruleset) if reason.id == "duplicate")
    assert twice.sentence == {
        "it": "Un altro contatto di questa lista propone la stessa offerta al cliente",
        "fr": "Another candidate of this list makes the same offer to the customer",
    }
