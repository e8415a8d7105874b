"""What an editor underlines is what `upfront validate` refuses, as far as a schema can tell.

Whole documents with every key are changed at random; the schema and the models (with the few
checks of `upfront validate` that a schema can make too, told again here) must agree on each.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from adapters.config.documents import ConfigDocument
from engine.language.case_documents import TestFileDocument
from engine.language.documents import RuleFile
from tests.support.schemas import as_json, validator

pytestmark = pytest.mark.slow

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WORDS: dict[str, Any] = {"stage": "stock", "moment": "FMOT", "pain": "x", "reason": {"en": "x"}}
RULES: dict[str, Any] = {
    "rules": [
        {
            **WORDS, "id": "stock.a", "title": "a", "owner": "b", "applies": "x", "require": ["x"],
            "remedy": {"en": "x", "it": "y"}, "from": date(2026, 1, 1), "until": date(2026, 2, 1),
            "mode": "shadow", "severity": "warn", "on_unknown": "block", "legal": True,
            "source": "a law",
        },
        {**WORDS, "id": "stock.b", "title": "a", "owner": "b", "require": "x"},
    ],
    "signals": [{"id": "s", "title": "a", "when": ["x", "y"]}],
    "decisions": [
        {
            "id": "d", "title": "a", "owner": "b", "waive": ["stock.a"], "because": {"en": "x"},
            "given": {"signal": "s", "failed": ["stock.a"], "passed": "stock.b", "at_least": 2},
        },
        {"id": "e", "given": {"signal": ["s"]}, "block": {**WORDS, "remedy": {"en": "x"}}},
        {"id": "f", "given": {"failed": "stock.a"}, "propose": "X"},
        {"id": "g", "given": {"passed": "stock.a"}, "signal": "s"},
    ],
    "pools": [
        {
            **WORDS, "id": "p", "title": "a", "owner": "b", "applies": "x", "per": ["a.b", "a.c"],
            "limit": "a.b - 1", "order": ["a.b desc"], "take_up": 0.25, "risk": 0.001,
            "remedy": {"en": "x"},
        },
        {**WORDS, "id": "q", "title": "a", "per": "a.b", "limit": 1},
    ],
}  # fmt: skip
TESTS: dict[str, Any] = {
    "as_of": MOMENT,
    "base": {"candidate": {"age": 3}, "stock": None},
    "tests": [
        {
            "name": "a", "given": {"stock": {"on_hand": None}}, "unknown": ["stock", "line.speed"],
            "expect": {
                "verdict": "blocked", "failed": ["a"], "unknown": [], "decision": "b", "cause": "failed",
                "no_room": None, "waived": ["c"], "proposed": "X", "warned": [], "passed": ["d"],
                "not_applicable": "e", "outcome": {"a": "passed"}, "says": {"a": "x"},
            },
        },
        {
            "name": "b", "as_of": MOMENT,
            "list": [
                {"expect": {"verdict": "allowed"}},
                {"name": "c", "times": 2, "given": {"stock": {"on_hand": 2}}, "expect": {}},
            ],
        },
    ],
    "equivalent": [{"rule": "a", "mutant": "b", "because": "c"}],
}  # fmt: skip
CONFIG: dict[str, Any] = {
    "version": 1, "rules": "rules/", "languages": ["en"], "time_zone": "Europe/Rome",
    "backend": "duckdb", "ledger": "sqlite:///x.db", "signing_key": "x.key", "cache": "c",
    "candidates": {
        "read": {"sql": "sqlite:///x", "query": "q", "timeout": "4h"}, "delimiter": ";", "id": ["a", "b"], "customer": {"columns": "c"},
        "blank": "n/a", "max_invalid": "5%",
        "offer": "d", "channel": {"value": "call"}, "contact_at": {"column": "e", "format": "%d"},
        "fields": {
            "age": "integer", "when": {"type": "date", "format": "%d", "column": "x", "pii": True},
            "sum": {"type": "number", "decimal": ",", "blank": ["-", -1]},
            "many": {"type": "list<string>", "separator": "|"},
        },
    },
    "output": {"format": "csv", "sql": "sqlite:///x", "table": "t", "timeout": "1m"},
    "sources": {
        "stock": {
            "read": "s.csv", "key": {"k": "candidate.age"}, "as_of": "at", "max_age": "4h",
            "pick": "latest", "delimiter": ",", "fields": {"on_hand": "integer"},
            "clock_skew": "5m", "optional": True, "may_be_empty": False, "max_shrink": "10%",
        },
        "calls": {
            "read": {
                "history": {"sql": "sqlite:///x", "table": "t"}, "at": {"column": "a", "format": "%d"},
                "id": "i", "channel": "c", "purpose": "p", "result": "r", "refusals": ["no"],
            },
            "key": {"k": "candidate.age"},
            "fields": {
                "week": {"type": "integer", "count": {"within": "7d", "channel": "call"}},
                "month": {
                    "type": "integer",
                    "count": {"calendar": "month", "purpose": "x", "result": ["x"]},
                },
                "said_no_at": {"type": "timestamp", "last": "refusal"},
            },
        },
        "visits": {
            "read": {"history": "s.csv", "at": "a"}, "key": {"k": "candidate.age"},
            "fields": {"last_at": {"type": "timestamp", "last": "contact"}},
        },
        "care": {
            "read": {"sql": "sqlite:///x", "table": "t", "timeout": "30s"},
            "key": {"k": "candidate.age"}, "as_of": {"value": MOMENT}, "fields": {"open": "boolean"},
        },
        "phone": {
            "read": {"phone": {"region": "IT"}}, "key": {"number": "candidate.age"},
            "fields": {"valid": "boolean"},
        },
        "day": {
            "read": {"calendar": {
                "country": "IT", "subdivision": "MI", "categories": ["half_day"], "language": "it",
            }},
            "key": {"day": "candidate.when"}, "fields": {"holiday": "boolean"},
        },
        "window": {
            "read": {"contact_window": {
                "hours": {"mon-fri": "09:00-20:00", "sat": ["10:00-13:00"], "holiday": "none"},
                "country": "IT", "subdivision": "MI", "region": "IT",
            }},
            "key": {"at": "candidate.when"}, "fields": {"open": "boolean"},
        },
        "more": {
            "read": {"file": "x"}, "key": {"k": "candidate.age"}, "as_of": {"sql": "SELECT 1"},
            "fields": {"open": {"type": "boolean"}},
        },
    },
}  # fmt: skip

JUNK: list[Any] = [
    None, "", "  ", "x", "call", "4h", "99", "modified", "block", "allow", "duckdb", "shadow",
    "list<string>", "date", "stock", "stock.a", "consent.b", "Bad Id", 0, 1, -1, 0.5, 1.5, True,
    False, [], ["x"], ["x", "y"], [""], [1], [None], {}, {"en": "x"}, {"en": ""}, {"x": {}},
    {"type": "date"}, {"column": "x"}, {"value": "x"}, {"columns": []}, {"sql": "x"},
    {"sql": "x", "query": "y"}, {"file": "x"}, {"signal": "s"}, {"unknown": 1},
]  # fmt: skip
# A schema sees dates as texts, so they are put only where a date or moment may stand.
TIMES = [date(2026, 1, 1), MOMENT, MOMENT.replace(tzinfo=None), "tomorrow", 5, None]
TIMELY = {"from", "until"}
Node = tuple[Any, Any]


def nodes(part: Any) -> list[Node]:
    """Every place of a document that can be changed: what holds it, and its key or number."""
    steps = part.items() if isinstance(part, dict) else enumerate(part)
    found: list[Node] = []
    for step, inner in list(steps):
        found.append((part, step))
        if isinstance(inner, dict | list):
            found += nodes(inner)
    return found


KEYS = sorted({str(step) for whole in (RULES, TESTS, CONFIG) for _, step in nodes(whole)})


@st.composite
def documents(draw: st.DrawFn, whole: dict[str, Any]) -> Any:
    document = copy.deepcopy(whole)
    for _ in range(draw(st.integers(0, 3))):
        if not (places := nodes(document)):
            break
        holder, step = draw(st.sampled_from(places))
        change = draw(st.sampled_from(["junk", "junk", "remove", "add"]))
        if change == "remove":
            del holder[step]
        elif change == "add" and isinstance(holder, dict):
            key = draw(st.sampled_from([*KEYS, "Odd Key", "other"]))
            holder[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        else:
            times = step in TIMELY or (step == "as_of" and "read" not in holder)
            holder[step] = copy.deepcopy(draw(st.sampled_from(TIMES if times else JUNK)))
    return document


def accepted(model: type[BaseModel], document: Any) -> bool:
    try:
        model.model_validate(document)
    except ValidationError:
        return False
    return True


def whole_rules(file: RuleFile) -> bool:
    """What `upfront validate` says of one part by itself, and a schema can say too."""
    effects = ("waive", "propose", "block", "signal")
    return (
        all(r.id.startswith(f"{r.stage}.") for r in file.rules)
        and not any(r.legal and r.on_unknown == "allow" for r in file.rules)
        and all(sum(getattr(d, e) is not None for e in effects) == 1 for d in file.decisions)
        and all(
            any(n is not None for n in (d.given.signal, d.given.failed, d.given.passed))
            for d in file.decisions
        )
        and all((p.take_up is None) == (p.risk is None) for p in file.pools)
    )


def one_or_several(file: TestFileDocument) -> bool:
    return all((test.expect is None) != (test.list_ is None) for test in file.tests)


def agree(kind: str, document: Any, model: type[BaseModel], also: Callable[[Any], bool]) -> None:
    right = accepted(model, document) and also(model.model_validate(document))
    found = [
        f"{list(e.absolute_path)}: {e.message}"
        for e in validator(kind).iter_errors(as_json(document))
    ]
    assert (found == []) == right, found


@given(documents(RULES))
@example(RULES)
def test_the_schema_of_rules_agrees_with_the_loader(document: Any) -> None:
    agree("rules", document, RuleFile, whole_rules)


@given(documents(TESTS))
@example(TESTS)
def test_the_schema_of_tests_agrees_with_the_loader(document: Any) -> None:
    agree("tests", document, TestFileDocument, one_or_several)


@given(documents(CONFIG))
@example(CONFIG)
def test_the_schema_of_config_agrees_with_the_loader(document: Any) -> None:
    zone = document.get("time_zone") if isinstance(document, dict) else None
    if isinstance(zone, str) and zone.strip() and zone != "Europe/Rome":
        # Which zones there are is known to the machine, not to a schema.
        document = {**document, "time_zone": "Europe/Rome"}
    # pydantic takes `true` for the literal 1; the schema, as a reader would, does not.
    agree("config", document, ConfigDocument, lambda _: document["version"] is not True)
