"""What is made of decisions that were not found for a candidate: never an allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from adapters.backends.duckdb import DuckDBBackend
from engine.language.ruleset import Outcome, Strength
from engine.screening import judge as judge_module
from engine.screening.facts import INVALID
from engine.screening.inputs import ROW
from engine.screening.judge import blocks_column, decision_column, judge
from engine.screening.match import rule_column
from tests.support.decisions import decision, rule, rulebook


@pytest.fixture
def backend() -> Iterator[DuckDBBackend]:
    made = DuckDBBackend()
    yield made
    made.close()


def test_a_signature_that_was_lost_may_block_and_lifts_nothing(
    backend: DuckDBBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    decisions = [
        decision("blocks", failed=["r"], block=True),
        decision("proposes", passed=["r"], propose="BASIC"),
        decision("waives", passed=["r"], waive=["w"]),
    ]
    ruleset = rulebook(decisions, [rule("r"), rule("w")])
    passed, failed = int(Outcome.PASSED), int(Outcome.FAILED)
    matched = backend.load(
        "matched",
        pa.table(
            {
                ROW: pa.array([1, 2], pa.int64()),
                INVALID: pa.array([None, "The cell `id` is blank"], pa.string()),
                rule_column("r"): pa.array([passed, None], pa.int8()),
                rule_column("w"): pa.array([failed, None], pa.int8()),
            }
        ),
    )

    def judged() -> list[dict[str, Any]]:
        columns = [decision_column(d.id) for d in decisions]
        columns += [blocks_column("blocks"), blocks_column("w")]
        rows = sorted(backend.rows(judge(ruleset, matched, backend)), key=lambda row: int(row[ROW]))
        return [{name: row[name] for name in columns} for row in rows]

    nothing = dict.fromkeys(map(decision_column, ("blocks", "proposes", "waives")), 0)
    certain = {decision_column(name): Strength.CERTAIN for name in ("proposes", "waives")}
    of_none = nothing | {blocks_column("blocks"): False, blocks_column("w"): False}
    assert judged() == [of_none | certain, of_none]

    made = judge_module._effects_table
    monkeypatch.setattr(judge_module, "_effects_table", lambda *given: made(*given).slice(0, 0))
    doubtful = {decision_column("blocks"): Strength.POSSIBLE, blocks_column("blocks"): True}
    assert judged() == [of_none | doubtful | {blocks_column("w"): True}, of_none]
