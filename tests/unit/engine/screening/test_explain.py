"""What is written of the blocked, against a writer that goes row by row and builds JSON by a library."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine.screening.parts
from adapters.backends.duckdb_compiler import sql_of
from adapters.backends.duckdb_dialect import DuckDBDialect
from engine.language.ruleset import Outcome, Strength
from engine.language.vocabulary import FactType
from engine.screening.allocate import DUPLICATE, denies_column
from engine.screening.columns import Compiler
from engine.screening.explain import Explainer
from engine.screening.facts import (
    INVALID,
    FactState,
    dated_column,
    ibis_type,
    problem_column,
    state_column,
)
from engine.screening.held import causes_of, firsts
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column, decision_column, raised_column
from engine.screening.match import rule_column
from engine.screening.parts import size
from engine.screening.reasons import Reason, reasons_of
from engine.screening.relations import selected
from engine.screening.seen import (
    seen,
    shown_column,
    unknown_room_column,
    unmet_column,
    written_column,
)
from tests.support.columns import vocabulary_of
from tests.support.rulebooks import ruleset_of

RULES = """
rules:
  - id: eligibility.adult
    title: 'Adults "only"'
    owner: tests
    stage: eligibility
    require: candidate.age >= 18
    moment: ZMOT
    pain: wrong-person
    reason: {en: "{candidate.age} is too young", it: "{candidate.age}: troppo giovane"}
    remedy: {en: "Wait, or \\\\ not", it: "Aspettare"}
  - id: stock.some-left
    title: There are some
    owner: tests
    stage: stock
    require: ['stock.left > 0', 'stock.place == "shelf"']
    moment: FMOT
    pain: withdrawn.out-of-stock
    reason: {en: "{stock.left} left in {stock.place}", it: "{stock.left} in {stock.place}"}
signals:
  - {id: customer.vip, title: Very important, when: candidate.vip}
decisions:
  - id: not-now
    title: Not now
    given: {failed: eligibility.adult, passed: stock.some-left, signal: customer.vip}
    block:
      {stage: data, moment: SMOT, pain: wrong-person, reason: {en: "Not for {candidate.name}", it: "No"}}
pools:
  - id: stock.units
    title: Never more than there are
    stage: stock
    per: candidate.name
    limit: stock.left
    moment: FMOT
    pain: withdrawn.out-of-stock
    reason: {en: "all are spoken for", it: "tutti promessi"}
"""
FACTS = {
    "candidate.age": "integer",
    "candidate.vip": "boolean",
    "candidate.name": "string",
    "stock.left": "integer",
    "stock.place": "string",
}
VOCABULARY = vocabulary_of(FACTS)
RULESET = ruleset_of(RULES, vocabulary=VOCABULARY)
REASONS = reasons_of(RULESET)
IDENTITY = ("candidate_id", "customer_id", "offer_id", "channel", "contact_at")

TEXTS = st.text(max_size=5) | st.sampled_from(['"', "\\", "\n", "\0", "🙂", "it's", "{x}", ""])
OUTCOMES = st.sampled_from([int(o) for o in Outcome])
STRENGTHS = st.sampled_from([int(s) for s in Strength])
MAYBE = st.none() | TEXTS
"""Some rows' cells, by kind of column."""


def columns() -> dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]]:
    """The columns that reasons are written from, each with its type and what can be in it."""
    made: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
        ROW: (pa.int64(), st.integers(1, 99)),
        INVALID: (pa.string(), st.none() | TEXTS.filter(bool)),
        decision_column("not-now"): (pa.int8(), STRENGTHS),
        raised_column("customer.vip"): (pa.int8(), STRENGTHS | st.none()),
    }
    made |= {name: (pa.string(), MAYBE) for name in IDENTITY}
    for part in ("eligibility.adult", "stock.some-left"):
        made[rule_column(part)] = (pa.int8(), OUTCOMES)
    for part in ("eligibility.adult", "stock.some-left", "not-now"):
        made[blocks_column(part)] = (pa.bool_(), st.booleans())
    for part in ("stock.units", DUPLICATE):
        made[denies_column(part)] = (pa.bool_(), st.booleans())
    for number in (1, 2):
        made[unmet_column("stock.some-left", number)] = (pa.bool_(), st.booleans())
    made[dated_column("stock")] = (pa.string(), st.sampled_from([None, "null", '"2026-03-01"']))
    made[problem_column("stock")] = (pa.string(), MAYBE)
    made[unknown_room_column("stock.units")] = (pa.bool_(), st.booleans())
    for name in FACTS:
        made[state_column(name)] = (pa.int8(), st.sampled_from([int(s) for s in FactState]))
        made[written_column(name)] = (pa.string(), st.none() | TEXTS.map(json.dumps))
        made[shown_column(name)] = (pa.string(), TEXTS)
    return made


COLUMNS = columns()
ANY_ROWS = st.lists(
    st.fixed_dictionaries({name: cells for name, (_, cells) in COLUMNS.items()}), max_size=6
)


def batch_of(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    schema = pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])
    return pa.RecordBatch.from_pylist(rows, schema=schema)


NOTHING = cast("Any", None)
EXPLAINER = Explainer(RULESET, NOTHING, NOTHING, NOTHING, VOCABULARY, "UTC")


def written(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = EXPLAINER.written(batch_of(rows)).to_pylist()
    return found


# ── the writer that goes row by row ──────────────────────────────────────────────────────────────


def present(reason: Reason, row: dict[str, Any]) -> bool:
    return row[INVALID] is not None if reason.id == INVALID else bool(row[reason.flag])


ROWS = ANY_ROWS.map(lambda rows: [r for r in rows if any(present(one, r) for one in REASONS)])
"""Rows of the blocked: some reason holds."""


def cause(reason: Reason, row: dict[str, Any]) -> str:
    if reason.outcome is not None and row[reason.outcome] != Outcome.FAILED:
        return "unknown"
    return reason.cause


def state(name: str, row: dict[str, Any]) -> str:
    return FactState(row[state_column(name)]).label


def said(reason: Reason, row: dict[str, Any]) -> str:
    if reason.id == INVALID:
        return str(row[INVALID])
    text = reason.sentence["en"]
    for name in FACTS:
        text = text.replace(f"{{{name}}}", "\x1f" + name + "\x1f")
    text = "".join(row[shown_column(p)] if p in FACTS else p for p in text.split("\x1f"))
    if reason.id == "not-now" and row[decision_column("not-now")] == Strength.POSSIBLE:
        beginning, mark = f"Could not be ruled out: {text}", "; "
    elif cause(reason, row) == "unknown" or (
        reason.id == "stock.units" and row[unknown_room_column("stock.units")]
    ):
        beginning, mark = f"Could not be checked: {reason.title}", ": "
    else:
        return text
    words = {
        "absent": "missing",
        "key-missing": "unknown (nothing to look it up by)",
        "stale": "unknown (too old)",
        "source-failed": "unknown (the source could not be read)",
        "unreadable": "unknown (unreadable)",
        "from-the-future": "unknown (dated in the future)",
    }
    lacking = []
    for name in reason.facts:
        problem = row[problem_column("stock")] if name.startswith("stock.") else None
        if problem is not None:
            lacking.append(f"{name} is unknown ({problem})")
        elif state(name, row) in words:
            lacking.append(f"{name} is {words[state(name, row)]}")
    return f"{beginning}{mark}{', '.join(lacking)}" if lacking else beginning


def fact(name: str, row: dict[str, Any]) -> dict[str, Any]:
    value = row[written_column(name)]
    told = {"value": None if value is None else json.loads(value), "state": state(name, row)}
    if name.startswith("stock."):
        if row[problem_column("stock")] is not None:
            told["problem"] = row[problem_column("stock")]
        if row[dated_column("stock")] is not None:
            told["as_of"] = json.loads(row[dated_column("stock")])
    return told


def given_of(row: dict[str, Any]) -> list[str]:
    if not row[decision_column("not-now")]:
        return []
    outcome, strength = row[rule_column("eligibility.adult")], row[raised_column("customer.vip")]
    words = {Outcome.FAILED: "failed", Outcome.UNKNOWN: "unknown"}
    passed = {
        Outcome.PASSED: "passed",
        Outcome.UNKNOWN: "unknown",
        Outcome.PASSED_IF_IT_APPLIES: "passed if it applies",
    }
    left = row[rule_column("stock.some-left")]
    strengths = {Strength.CERTAIN: "certain", Strength.POSSIBLE: "possible"}
    held = [f"eligibility.adult {words[outcome]}"] if outcome in words else []
    held += [f"stock.some-left {passed[left]}"] if left in passed else []
    return held + ([f"customer.vip {strengths[strength]}"] if strength in strengths else [])


def unmet(reason: Reason, row: dict[str, Any]) -> list[int]:
    if reason.id == "eligibility.adult":
        return [1]
    if reason.id != "stock.some-left":
        return []
    return [n for n in (1, 2) if row[unmet_column(reason.id, n)]]


def brief(reason: Reason, row: dict[str, Any]) -> dict[str, Any]:
    told = {
        "rule": reason.id,
        "outcome": cause(reason, row),
        "conditions": unmet(reason, row),
        "facts": {name: fact(name, row) for name in reason.facts},
    }
    return told | ({"given": given_of(row)} if reason.id == "not-now" else {})


def full(reason: Reason, row: dict[str, Any]) -> dict[str, Any]:
    told = brief(reason, row)
    head = {
        "rule": told.pop("rule"),
        "title": reason.title,
        "at": reason.place,
        "stage": str(reason.stage),
        "moment": str(reason.moment),
        "pain": reason.pain,
        "outcome": told.pop("outcome"),
        "sentence": said(reason, row),
        "conditions": [
            {"number": n, "text": reason.conditions[n - 1].text} for n in told.pop("conditions")
        ],
    }
    return head | told | ({"remedy": reason.remedy["en"]} if reason.remedy else {})


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
