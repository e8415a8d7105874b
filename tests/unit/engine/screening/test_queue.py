"""In which order candidates queue: as the rulebook says first, whatever it says after."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.support.engine_view import engine_verdicts
from tests.support.small_project import RULES, small_project

ORDER = "order: candidate.priority desc\n"


@pytest.mark.parametrize(
    ("order", "allowed"),
    [
        ("candidate.priority desc", {"L1", "L3", "L4"}),
        ("[candidate.priority desc, candidate.priority asc]", {"L1", "L3", "L4"}),
        ("[candidate.priority asc, candidate.priority desc]", {"L6", "L3", "L4"}),
        ("[double(candidate.age) asc, double(candidate.age) desc]", {"L6", "L1", "L4"}),
        ("candidate.candidate_id asc", {"L1", "L3", "L4"}),
        ("candidate.candidate_id desc", {"L6", "L3", "L4"}),
        ("[string(candidate.candidate_id) desc, candidate.priority desc]", {"L6", "L3", "L4"}),
    ],
)
def test_who_is_ordered_by_the_same_twice_stands_where_it_was_said_first(
    order: str, allowed: set[str], tmp_path: Path
) -> None:
    assert ORDER in RULES
    folder = small_project(tmp_path)
    rules = RULES.replace(ORDER, f"order: {order}\n")
    (folder / "rules" / "all.yaml").write_text(rules)
    as_of = datetime.fromisoformat("2026-03-02T09:30:00+01:00")
    verdicts = engine_verdicts(folder / "config.yaml", folder / "list.csv", as_of)
    assert {v["candidate_id"] for v in verdicts if v["verdict"] == "allowed"} == allowed
