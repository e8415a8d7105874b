"""The engine's answer in the oracle's words, so that the two can be compared row by row."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.config.load import load_project
from adapters.screened import Screened, screen_list
from engine.language.ruleset import Outcome, Strength
from engine.screening.allocate import draws_column
from engine.screening.inputs import ROW
from engine.screening.judge import decision_column, raised_column, waived
from engine.screening.match import rule_column

_WORDS = {
    Outcome.NOT_APPLICABLE: "not-applicable",
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.PASSED_IF_IT_APPLIES: "passed",
}


def engine_verdicts(config: Path, candidates: Path, as_of: datetime) -> list[dict[str, Any]]:
    """What the engine makes of a list, row by row, in the form of `tests.oracle.screen`."""
    screened = screen_list(load_project(config), candidates, as_of, lambda step: None)
    try:
        return verdicts_of(screened)
    finally:
        screened.backend.close()


def verdicts_of(screened: Screened) -> list[dict[str, Any]]:
    screening, backend = screened.screening, screened.backend
    ruleset = screening.ruleset
    waivers = {f"waived {r.id}": waived(ruleset, r.id, screening.verdicts) for r in ruleset.rules}
    blocked = {row[ROW]: row for row in screening.blocked(backend)}
    ids = {
        row[ROW]: row["candidate.candidate_id"]
        for row in backend.rows(screening.facts.select(ROW, "candidate.candidate_id"))
    }
    rows = sorted(backend.rows(screening.verdicts.mutate(**waivers)), key=lambda r: int(r[ROW]))
    return [_verdict(ruleset, row, ids[row[ROW]], blocked.get(row[ROW])) for row in rows]


def _verdict(
    ruleset: Any, row: dict[str, Any], candidate_id: str | None, blocked: dict[str, Any] | None
) -> dict[str, Any]:
    valid = row["invalid"] is None
    codes = {r.id: row[rule_column(r.id)] for r in ruleset.rules} if valid else {}
    raised = {d.signal for d in ruleset.decisions if d.signal is not None}
    signals = sorted({s.id for s in ruleset.signals} | raised) if valid else []
    doubtful = (Outcome.FAILED.value, Outcome.UNKNOWN.value)
    reasons = json.loads(blocked["reasons"]) if blocked else []
    return {
        "row": row[ROW],
        "candidate_id": candidate_id if candidate_id is not None else "",
        "verdict": "allowed" if row["allowed"] else "blocked",
        "cause": blocked["cause"] if blocked else None,
        "outcomes": {rule: _WORDS[Outcome(code)] for rule, code in codes.items()},
        "signals": {s: Strength(row.get(raised_column(s)) or 0).name.lower() for s in signals},
        "waived": [r for r, code in codes.items() if code in doubtful and row[f"waived {r}"]],
        "proposed": sorted(
            {d.propose for d in ruleset.decisions if d.propose and row[decision_column(d.id)]}
        ),
        "reasons": [(r["rule"], r["outcome"], tuple(r["conditions"])) for r in reasons],
        "granted": sorted(
            p.id for p in ruleset.pools if row["allowed"] and row[draws_column(p.id)]
        ),
    }
