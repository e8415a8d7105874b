"""A recorded moment as `upfront audit show` tells it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from adapters.cli.recorded import print_moment, recorded_moment
from tests.support.small_project import CONFIG, RULES
from tests.unit.adapters.ledger.made import TEXTS, ledger_in, moment_of, reader_of, run_of, sealed

STOCK = {"rows": 1_200, "as_of": "2026-03-02T06:00:00+00:00", "digest": "aa", "failure": ""}
REGISTER = {"rows": 0, "as_of": None, "digest": "", "failure": "it is cut off"}

DECISION = """
decisions:
  - id: not-now
    title: Not now
    given: {failed: eligibility.adult}
    block:
      stage: data
      moment: SMOT
      pain: wrong-person
      reason: {en: "Not for them"}
      remedy: {en: "Ask again"}
"""


def test_it_tells_what_the_sources_of_its_run_were(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sources = {"stock": {**STOCK, "whole": True}, "register": {**REGISTER, "whole": False}}
    row = sealed({**moment_of("r1", 1), "reasons": "[]"}, 1)
    ledger.record(replace(run_of("r1", 1), sources=sources), TEXTS, reader_of([row]))
    moment = ledger.moment(1)
    assert moment is not None
    shown = recorded_moment(ledger, moment)
    assert shown["sources"] == sources
    out = Console(file=io.StringIO(), width=200)
    print_moment(shown, out)
    assert isinstance(out.file, io.StringIO)
    lines = [line.strip() for line in out.file.getvalue().splitlines() if " source " in line]
    assert lines == [
        "source register: 0 rows: it is cut off",
        "source stock: 1,200 rows, as of 2026-03-02T06:00:00+00:00",
    ]


def test_titles_and_places_are_those_of_rules_decisions_and_pools(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    names = {"eligibility.adult": [1], "not-now": [], "stock.units": [], "gone": []}
    reasons = [
        {"rule": name, "outcome": "failed", "conditions": numbers, "facts": {}}
        for name, numbers in names.items()
    ]
    row = sealed({**moment_of("r1", 1), "reasons": json.dumps(reasons)}, 1)
    texts = {"config.yaml": CONFIG, "rules/all.yaml": RULES + DECISION}
    ledger.record(run_of("r1", 1), texts, reader_of([row]))
    moment = ledger.moment(1)
    assert moment is not None
    adult, decision, pool, gone = recorded_moment(ledger, moment)["reasons"]
    assert (adult["title"], adult["texts"]) == ("Adults only", ["candidate.age >= 18"])
    assert (decision["title"], decision["remedy"]) == ("Not now", {"en": "Ask again"})
    assert (pool["title"], pool["remedy"]) == ("Never more than there are", {})
    lines = (RULES + DECISION).splitlines()
    for told, words in ((adult, "eligibility.adult"), (decision, "not-now"), (pool, "stock.units")):
        assert told["at"] == f"rules/all.yaml:{lines.index(f'  - id: {words}') + 1}"
    assert "title" not in gone
