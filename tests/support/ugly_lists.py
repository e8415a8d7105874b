"""The corpus of lists as they come, `tests/scenarios/lists/`, and what is written beside each.

That is a `.yaml` of the list's name: `candidates`, what config.yaml says of it where that differs
from CANDIDATES, and `expected`, what is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine.diagnostics import RefusedInput
from engine.language.vocabulary import FactType
from engine.screening.facts import INVALID, FactState, state_column
from engine.screening.inputs import ROW
from tests.support.list_projects import as_yaml
from tests.support.list_screening import MARK, Outcome

LISTS = Path(__file__).parents[1] / "scenarios" / "lists"
FILES = sorted(p for p in LISTS.glob("*") if p.suffix not in (".yaml", ".md"))


def case_of(path: Path) -> dict[str, Any]:
    """What stands beside a list."""
    beside = path.with_name(f"{path.name}.yaml")
    return dict(yaml.safe_load(beside.read_text("utf-8")) or {}) if beside.exists() else {}


# ── what is expected, in a form for people ───────────────────────────────────────────────────────


def described(outcome: Outcome) -> dict[str, Any]:
    """What was found out of a list, and its rows: as facts, or why they are none."""
    rows = {row[ROW]: _row(row, outcome) for row in outcome.facts}
    return {"said": list(outcome.read.listed.said), "rows": rows}


def _row(row: dict[str, Any], outcome: Outcome) -> Any:
    if row[INVALID] is not None:
        return {"invalid": row[INVALID]}
    candidates = outcome.read.candidates
    told = {
        "id": row["candidate_id"].rpartition(MARK)[2],
        "customer": row["customer_id"].rpartition(MARK)[2],
    }
    if candidates.contact_at is not None:
        told["contact_at"] = _value(row["contact_at"], FactType.TIMESTAMP)
    for field in candidates.fields:
        name, state = field.fact.split(".", 1)[1], row[state_column(field.fact)]
        if state is FactState.VALUE:
            told[name] = _value(row[field.fact], field.type)
        elif state is FactState.UNREADABLE:
            told.setdefault("unreadable", []).append(name)
    if outcome.causes.get(row[ROW]) == "duplicate":
        told["duplicate"] = True
    return told


def _value(value: Any, kind: FactType) -> Any:
    if value is None or kind not in (FactType.DATE, FactType.TIMESTAMP):
        return value
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
    local = moment.astimezone(ZoneInfo("Europe/Rome"))
    return local.date().isoformat() if kind is FactType.DATE else local.isoformat()


def refusal(error: RefusedInput, path: Path) -> dict[str, Any]:
    """A refusal's words, with the list's bare name in them."""
    name = str(path)
    return {
        "refused": error.message.replace(name, path.name),
        "hint": error.hint.replace(name, path.name),
    }


def render(candidates: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """What stands beside a list, as text: a row on each line."""
    lines = []
    if candidates:
        lines += ["candidates:", *(f"  {key}: {_inline(v)}" for key, v in candidates.items())]
    lines.append("expected:")
    for key, value in expected.items():
        if key == "rows" and value:
            lines += ["  rows:", *(f"    {row}: {_inline(told)}" for row, told in value.items())]
        else:
            lines.append(f"  {key}: {_inline(value)}")
    return "\n".join([*lines, ""])


def _inline(value: Any) -> str:
    return as_yaml(value, flow=True).removesuffix("\n").removesuffix("\n...")
