"""A writer of the blocked that goes row by row and builds JSON by a library: the oracle of `explain`.

`ROWS` are made-up rows of a small rulebook with a reason of each kind.
"""

from __future__ import annotations

import json
from typing import Any, cast

import pyarrow as pa
from hypothesis import strategies as st

from engine.language.ruleset import Outcome, Strength
from engine.screening.allocate import DUPLICATE, denies_column
from engine.screening.explain import Explainer
from engine.screening.facts import (
    INVALID,
    FactState,
    dated_column,
    problem_column,
    state_column,
)
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column, decision_column, raised_column
from engine.screening.match import rule_column
from engine.screening.reasons import Reason, reasons_of
from engine.screening.seen import (
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
    reason: {en: "{candidate.age} is too young", it: "{candidate.name}: troppo giovane"}
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
    """The rows as the backend would hand them over."""
    schema = pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])
    return pa.RecordBatch.from_pylist(rows, schema=schema)


NOTHING = cast("Any", None)
EXPLAINER = Explainer(RULESET, NOTHING, NOTHING, NOTHING, VOCABULARY, "UTC")


def written(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the engine writes of the rows."""
    found: list[dict[str, Any]] = EXPLAINER.written(batch_of(rows)).to_pylist()
    return found


def present(reason: Reason, row: dict[str, Any]) -> bool:
    """Whether the row is blocked for this reason."""
    return row[INVALID] is not None if reason.id == INVALID else bool(row[reason.flag])


ROWS = ANY_ROWS.map(lambda rows: [r for r in rows if any(present(one, r) for one in REASONS)])
"""Rows of the blocked: some reason holds."""


def cause(reason: Reason, row: dict[str, Any]) -> str:
    """What makes the reason hold."""
    if reason.outcome is not None and row[reason.outcome] != Outcome.FAILED:
        return "unknown"
    return reason.cause


def state(name: str, row: dict[str, Any]) -> str:
    return FactState(row[state_column(name)]).label


def said(reason: Reason, row: dict[str, Any]) -> str:
    """The sentence for people."""
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


def kept(reason: Reason) -> list[str]:
    """The facts that its conditions read, and those of its sentences in every language."""
    said = " ".join(reason.sentence.values())
    return [name for name in sorted(FACTS) if name in reason.facts or f"{{{name}}}" in said]


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
    """The reason as a program that has the ruleset reads it."""
    told = {
        "rule": reason.id,
        "outcome": cause(reason, row),
        "conditions": unmet(reason, row),
        "facts": {name: fact(name, row) for name in kept(reason)},
    }
    return told | ({"given": given_of(row)} if reason.id == "not-now" else {})


def full(reason: Reason, row: dict[str, Any]) -> dict[str, Any]:
    """The reason as one without the ruleset reads it."""
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
