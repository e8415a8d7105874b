"""Runs rule authors' tests: the same match, decide and allocate as a run, on facts written down.

All tests of one clock are screened together as lists that share no pool, so a rulebook's whole
suite costs a few queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from adapters.backends.duckdb import DuckDBBackend
from adapters.config.load import TEST_SUFFIX, NotReadable, Project, read_text
from engine.diagnostics import Diagnostic, RefusedDocuments
from engine.language.cases import Case, read_cases
from engine.language.ruleset import Outcome, Ruleset
from engine.language.text import midnight
from engine.language.vocabulary import BUILT_IN, FactDeclaration, FactType
from engine.screening.allocate import denies_column
from engine.screening.columns import Compiler
from engine.screening.facts import INVALID, FactState, microseconds, state_column
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column, decision_column, waived
from engine.screening.match import rule_column
from engine.screening.reasons import facts_read
from engine.screening.screen import settle

_CASE = "case"
_ARROW = {
    FactType.STRING: pa.string(),
    FactType.INTEGER: pa.int64(),
    FactType.NUMBER: pa.float64(),
    FactType.BOOLEAN: pa.bool_(),
    FactType.DATE: pa.int64(),
    FactType.TIMESTAMP: pa.int64(),
    FactType.STRINGS: pa.list_(pa.string()),
}
_STAND_INS = {"candidate_id": "C1", "customer_id": "K1", "offer_id": "O1", "channel": "call"}


@dataclass(frozen=True)
class Mismatch:
    """One thing that a test expected otherwise."""

    what: str
    expected: Any
    found: Any


@dataclass(frozen=True)
class Result:
    """A test that was run; it passed when nothing mismatches."""

    case: Case
    mismatches: tuple[Mismatch, ...]

    @property
    def passed(self) -> bool:
        return not self.mismatches


def find_test_files(project: Project, paths: Sequence[Path]) -> list[Path]:
    """Test files under `paths`, or under the project's rules when there are none."""
    places = paths or [project.path(name) for name in project.config.rules]
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += sorted(place.rglob(f"*{TEST_SUFFIX}"))
        elif place.exists() and (paths or place.name.endswith(TEST_SUFFIX)):
            found.append(place)
        elif paths:
            raise NotReadable(f"there is no file {place}", "check the path")
    return found


def run_tests(project: Project, files: Iterable[Path]) -> list[Result]:
    """Run every test; RefusedDocuments with every problem when a file can't be understood."""
    problems: list[Diagnostic] = []
    texts: dict[str, str] = {}
    cases: list[Case] = []
    for path in files:
        name = _relative(path, project.root)
        texts[name] = read_text(path, "check the path")
        found, wrong = read_cases(
            name, texts[name], project.vocabulary, project.ruleset, project.config.time_zone
        )
        cases += found
        problems += wrong
    if problems:
        raise RefusedDocuments(problems, texts)
    by_clock: dict[datetime, list[Case]] = defaultdict(list)
    for case in cases:
        by_clock[case.as_of].append(case)
    results = [r for as_of, group in by_clock.items() for r in _run(project, as_of, group)]
    return sorted(results, key=lambda r: (r.case.file, r.case.line))


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def _run(project: Project, as_of: datetime, cases: list[Case]) -> list[Result]:
    backend = DuckDBBackend()
    today = midnight(as_of, ZoneInfo(project.config.time_zone))
    facts = backend.load("facts", _facts_table(project, cases))
    compiler = Compiler(facts, backend.dialect, microseconds(as_of), microseconds(today))
    verdicts, _ = settle(
        project.ruleset, facts, compiler, today.date(), project.vocabulary, backend, apart=_CASE
    )
    rows = backend.rows(_observed(project.ruleset, verdicts).order_by(ROW))
    backend.close()
    return [
        Result(case, tuple(_compare(case, _seen(project.ruleset, row))))
        for case, row in zip(cases, rows, strict=True)
    ]


def _facts_table(project: Project, cases: list[Case]) -> pa.Table:
    names = {*facts_read(project.ruleset), *(f.name for f in BUILT_IN)}
    columns: dict[str, pa.Array] = {
        ROW: pa.array(range(1, len(cases) + 1), pa.int64()),
        _CASE: pa.array([str(i) for i in range(len(cases))], pa.string()),
        INVALID: pa.nulls(len(cases), pa.string()),
    }
    for name in sorted(names):
        fact = project.vocabulary[name]
        values, states = zip(*(_value(case, fact) for case in cases), strict=True)
        columns[name] = pa.array(values, _ARROW[fact.type])
        columns[state_column(name)] = pa.array(states, pa.int8())
    return pa.table(columns)


def _value(case: Case, fact: FactDeclaration) -> tuple[Any, int]:
    if fact.name in case.unknown:
        return None, int(FactState.SOURCE_FAILED)
    value = case.facts.get(fact.name)
    if value is None and fact.name not in case.facts and fact in BUILT_IN:
        # Every row of a list has these, so a test need not name them.
        value = case.as_of if fact.type is FactType.TIMESTAMP else _STAND_INS[fact.field]
    if value is None:
        return None, int(FactState.ABSENT)
    return microseconds(value) if isinstance(value, datetime) else value, int(FactState.VALUE)


def _observed(ruleset: Ruleset, verdicts: ir.Table) -> ir.Table:
    waivers = {f"waived {r.id}": waived(ruleset, r.id, verdicts) for r in ruleset.rules}
    return verdicts.mutate(**waivers)


def _seen(ruleset: Ruleset, row: dict[str, Any]) -> dict[str, Any]:
    """What a test can expect, as found."""
    outcome = {r.id: Outcome(row[rule_column(r.id)]) for r in ruleset.rules}
    doubtful = (Outcome.FAILED, Outcome.UNKNOWN)

    def blocking(wanted: Outcome) -> set[str]:
        return {
            r.id for r in ruleset.rules if outcome[r.id] is wanted and row.get(blocks_column(r.id))
        }

    passed = (Outcome.PASSED, Outcome.PASSED_IF_IT_APPLIES)
    return {
        "verdict": "allowed" if row["allowed"] else "blocked",
        "failed": blocking(Outcome.FAILED),
        "unknown": blocking(Outcome.UNKNOWN),
        "decision": {d.id for d in ruleset.decisions if row.get(blocks_column(d.id))},
        "no_room": {p.id for p in ruleset.pools if row[denies_column(p.id)]},
        "waived": {
            r.id for r in ruleset.rules if outcome[r.id] in doubtful and row[f"waived {r.id}"]
        },
        "proposed": {
            d.propose for d in ruleset.decisions if d.propose and row[decision_column(d.id)]
        },
        "warned": {r.id for r in ruleset.rules if r.warn and outcome[r.id] in doubtful},
        "passed": {r for r, o in outcome.items() if o in passed},
        "not_applicable": {r for r, o in outcome.items() if o is Outcome.NOT_APPLICABLE},
    }


def _compare(case: Case, seen: dict[str, Any]) -> Iterable[Mismatch]:
    expect = case.expect
    if expect.verdict is not None and expect.verdict != seen["verdict"]:
        why = {k: sorted(seen[k]) for k in ("failed", "unknown", "decision", "no_room") if seen[k]}
        spoken = "; ".join(f"{key}: {', '.join(ids)}" for key, ids in why.items())
        found = seen["verdict"] + (f" ({spoken})" if spoken else "")
        yield Mismatch("verdict", expect.verdict, found)
    reasons = ("failed", "unknown", "decision", "no_room")
    exactly = any(getattr(expect, key) is not None for key in reasons)
    for key in (*reasons, "waived", "proposed", "warned"):
        wanted = getattr(expect, key)
        if wanted is None and not (exactly and key in reasons):
            continue
        if set(wanted or ()) != seen[key]:
            yield Mismatch(key, sorted(wanted or ()), sorted(seen[key]))
    for key in ("passed", "not_applicable"):
        missing = sorted(set(getattr(expect, key) or ()) - seen[key])
        if missing:
            yield Mismatch(key, missing, sorted(seen[key]))
