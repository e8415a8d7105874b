"""The oracle as a whole, on one small list whose every verdict was worked out by hand."""

from __future__ import annotations

import gzip
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.oracle.places import contacts_for
from tests.oracle.screen import screen

AS_OF = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
CONFIG = """
version: 1
rules: [rules/]
time_zone: Europe/Rome
candidates:
  id: lead
  customer: who
  offer: what
  channel: {value: call}
  fields: {age: integer, sku: string, rank: integer}
sources:
  stock:
    read: stock.parquet
    key: {sku: candidate.sku}
    as_of: updated_at
    max_age: 4h
    fields: {units: integer, depot: string}
  depot:
    read: {sql: "sqlite:///depots.db", table: depots}
    key: {name: stock.depot}
    as_of: {value: 2026-03-02T09:00:00+01:00}
    max_age: 1d
    fields: {open: boolean}
"""
RULES = """
rules:
  - {id: eligibility.adult, stage: eligibility, require: candidate.age >= 18}
  - id: stock.depot-open
    stage: stock
    applies: has(stock.depot)
    require: [depot.open, 'stock.depot != "X"']
  - {id: data.ranked, stage: data, severity: warn, require: has(candidate.rank)}
signals:
  - {id: first, when: candidate.rank == 1}
  - {id: vip}
decisions:
  - {id: raises, given: {signal: first}, signal: vip}
  - {id: lifts, given: {signal: vip}, waive: eligibility.adult}
  - id: stops
    given: {at_least: 2, failed: [data.ranked, eligibility.adult]}
    block: {stage: consent}
  - {id: instead, given: {failed: eligibility.adult, passed: stock.depot-open}, propose: OTHER}
pools:
  - id: stock.units
    applies: has(stock.units)
    per: candidate.sku
    limit: stock.units
    order: candidate.rank desc
"""
LIST = """lead,who,what,age,sku,rank
a,c1,F,30,A,5
b,c2,F,30,A,7
c,c3,F,17,A,1
d,c4,F,,A,3
e,c5,F,30,,2
f,c6,F,30,Q,2
g,c6,F,30,Q,4
h,c7,F,30,B,2
i,c8,F,x,Q,
j,c9,,30,Q,1
k,c9,F,30,Q
a,c9,F,30,Q,1
l,d1,F,17,Q,2
m,d2,F,17,Q,
"""
STOCK = [
    {"sku": "A", "units": 1, "depot": "N", "updated_at": "2026-03-02T09:00:00+01:00"},
    {"sku": "B", "units": 9, "depot": "N", "updated_at": "2026-03-01T09:00:00+01:00"},
]


@pytest.fixture
def verdicts(tmp_path: Path) -> dict[str, dict[str, Any]]:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "rules" / "deep").mkdir(parents=True)
    (tmp_path / "rules" / "deep" / "all.yaml").write_text(RULES)
    (tmp_path / "rules" / "all.test.yaml").write_text("tests: [")
    (tmp_path / "list.csv.gz").write_bytes(gzip.compress(LIST.encode()))
    pyarrow.parquet.write_table(pa.Table.from_pylist(STOCK), tmp_path / "stock.parquet")
    database = sqlite3.connect(tmp_path / "depots.db")
    database.execute("CREATE TABLE depots (name TEXT, open TEXT)")
    database.execute("INSERT INTO depots VALUES ('N', 'true')")
    database.commit()
    database.close()
    out = screen(tmp_path / "config.yaml", tmp_path / "list.csv.gz", AS_OF)
    assert [v["row"] for v in out] == list(range(1, 15))
    return {f"{v['candidate_id']}{v['row']}": v for v in out}


@pytest.mark.parametrize(
    ("who", "reasons"),
    [
        ("b2", []),
        # b ranks higher and takes the only unit; c is waived into the queue, too late.
        ("a1", None),
        ("c3", [("stock.units", "no-room", ())]),
        ("d4", [("eligibility.adult", "unknown", (1,))]),
        # No key: whether the depot rule applies is unknown, and so is what it requires.
        ("e5", [("stock.depot-open", "unknown", (1, 2))]),
        # No row: proven absent, so neither the rule nor the pool has a say. g queues first.
        ("f6", [("duplicate", "duplicate", ())]),
        ("g7", []),
        # A stale row.
        ("h8", [("stock.depot-open", "unknown", (1, 2))]),
        # An unreadable age is possibly failed; with the failed warning that makes two.
        ("i9", [("eligibility.adult", "unknown", (1,)), ("stops", "decision", ())]),
        ("j10", [("invalid", "invalid", ())]),
        ("11", [("invalid", "invalid", ())]),
        ("a12", [("invalid", "invalid", ())]),
        ("l13", [("eligibility.adult", "failed", (1,))]),
        ("m14", [("eligibility.adult", "failed", (1,)), ("stops", "decision", ())]),
    ],
)
def test_every_row_gets_the_verdict_worked_out_by_hand(
    verdicts: dict[str, dict[str, Any]], who: str, reasons: list[tuple[str, str, Any]] | None
) -> None:
    expected = [("invalid", "invalid", ())] if reasons is None else reasons
    found = verdicts[who]
    assert found["reasons"] == expected
    assert found["verdict"] == ("blocked" if expected else "allowed")
    assert found["cause"] == (expected[0][1] if expected else None)


def test_signals_chain_and_waive_only_what_they_name(verdicts: dict[str, dict[str, Any]]) -> None:
    assert verdicts["c3"]["signals"] == {"first": "certain", "vip": "certain"}
    assert verdicts["c3"]["waived"] == ["eligibility.adult"]
    assert verdicts["c3"]["proposed"] == ["OTHER"]
    assert verdicts["m14"]["signals"] == {"first": "possible", "vip": "possible"}
    assert verdicts["m14"]["waived"] == []
    assert verdicts["d4"]["proposed"] == []
    assert verdicts["l13"]["proposed"] == []


def test_outcomes_and_grants_are_reported(verdicts: dict[str, dict[str, Any]]) -> None:
    assert verdicts["b2"]["granted"] == ["stock.units"]
    assert verdicts["g7"]["granted"] == []
    assert verdicts["g7"]["outcomes"] == {
        "eligibility.adult": "passed",
        "stock.depot-open": "not-applicable",
        "data.ranked": "passed",
    }


def test_a_source_that_could_not_be_read_is_unknown(tmp_path: Path, verdicts: object) -> None:
    out = screen(
        tmp_path / "config.yaml", tmp_path / "list.csv.gz", AS_OF, failed=frozenset({"stock"})
    )
    assert out[6]["reasons"] == [("stock.depot-open", "unknown", (1, 2))]


def test_take_up_makes_room_for_more_contacts_than_units() -> None:
    # P(Bin(2, ½) > 1) = ¼, P(Bin(3, ½) > 1) = ½.
    assert contacts_for(1, 0.5, 0.3) == 2
    assert contacts_for(1, 0.5, 0.2) == 1
    assert contacts_for(3, 1.0, 0.5) == 3
    assert contacts_for(0, 0.12, 0.001) == 0
