"""Everything about one candidate, on the small project and on the starter's small list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.config.load import load_project
from adapters.screened import Screened, screen_list
from engine.screening.candidate import explain_candidate
from tests.support.command_line import AS_OF, ROOT, write
from tests.support.small_project import RULES, small_project

MORE = """
signals:
  - id: customer.matters
    when: candidate.priority >= 4
decisions:
  - id: a-caps-are-lifted
    given: {signal: customer.asked}
    waive: stock.some-left
  - id: z-who-matters-asked
    given: {signal: customer.matters}
    signal: customer.asked
    because: {en: "Who matters need not ask"}
"""


def screened(folder: Path, candidates: str = "list.csv") -> Screened:
    project = load_project(folder / "config.yaml")
    moment = datetime.fromisoformat(AS_OF)
    return screen_list(project, folder / candidates, moment, lambda step: None)


def explained(folder: Path, candidate_id: str) -> dict[str, Any]:
    done = screened(folder)
    (row,) = explain_candidate(done.screening, done.backend, candidate_id)
    done.backend.close()
    return row


def rule_of(row: dict[str, Any], name: str) -> dict[str, Any]:
    return next(rule for rule in row["rules"] if rule["id"] == name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_project(tmp_path / "project")


def test_each_line_has_the_values_put_in_and_each_fact_its_age(folder: Path) -> None:
    row = explained(folder, "L6")
    assert rule_of(row, "stock.some-left")["applies"] == [
        {"text": "has(candidate.sku)", "put_in": 'has("X1")', "holds": True}
    ]
    assert rule_of(row, "eligibility.adult")["conditions"][0]["put_in"] == "29 >= 18"
    assert row["facts"]["stock.available"] == {
        "value": "2", "state": "value", "as_of": "2026-03-02T08:00:00+01:00", "age_seconds": 5400,
    }  # fmt: skip
    # Nothing was found; that is as old as the register.
    assert row["facts"]["register.listed_on"] == {
        "value": None, "state": "absent", "as_of": "2026-03-01T06:00:00+01:00",
        "age_seconds": 99_000,
    }  # fmt: skip
    assert row["facts"]["candidate.age"]["as_of"] is None


def test_a_row_without_an_id_is_found_by_what_the_blocked_list_calls_it(folder: Path) -> None:
    listed = (folder / "list.csv").read_text()
    (folder / "list.csv").write_text(listed + ",C9,PHONE,34,5,X1,+33199000009\n")
    row = explained(folder, "row 9")
    assert (row["row"], row["candidate_id"], row["verdict"]) == (9, "row 9", "blocked")
    assert row["reasons"][0]["sentence"] == "The cell `lead` is blank"


def test_personal_data_is_masked_everywhere(folder: Path) -> None:
    rules = RULES.replace("candidate.age >= 18", 'candidate.phone.startsWith("+33")')
    write(folder, {"rules/all.yaml": rules.replace("{candidate.age}", "{candidate.phone}")})
    for name in ("L1", "L2"):
        row = explained(folder, name)
        line = rule_of(row, "eligibility.adult")["conditions"][0]
        assert line["put_in"] == '***.startsWith("+33")'
        assert row["facts"]["candidate.phone"]["value"] == "***"
        assert "33199000" not in str(row)


def test_who_lacks_room_is_told_its_place_the_room_and_the_place_of_the_last(folder: Path) -> None:
    row = explained(folder, "L6")
    assert row["queue"] == {
        "place": 4,
        "granted": False,
        "pools": {
            "duplicate": {"denies": False, "counted": True, "room": 1, "granted": 0,
                          "last_granted": None},
            "stock.units": {"denies": True, "counted": True, "room": 2, "granted": 2,
                            "last_granted": 2},
        },
    }  # fmt: skip
    assert row["way_out"]["shortest"] == []
    assert row["way_out"]["queue"] == row["queue"]


def test_who_is_blocked_is_told_what_would_have_to_hold_and_whether_there_is_room_then(
    folder: Path,
) -> None:
    row = explained(folder, "L2")
    (way,) = row["way_out"]["shortest"]
    assert [(c["of"], c["put_in"], c["must_hold"]) for c in way["changes"]] == [
        (["eligibility.adult"], "17 >= 18", True)
    ]
    assert row["queue"] is None
    # L2 comes second; then L3 would be the one who finds no unit.
    assert row["way_out"]["queue"]["place"] == 2
    assert row["way_out"]["queue"]["granted"]
    row = explained(folder, "L8")
    assert row["way_out"]["queue"]["granted"] is False, "there is no X2, whatever the rules say"
    assert row["way_out"]["queue"]["pools"]["stock.units"]["room"] == 0


def test_looking_at_one_candidate_leaves_the_screening_as_it_was(folder: Path) -> None:
    done = screened(folder)
    first = {name: explain_candidate(done.screening, done.backend, name) for name in ("L1", "L6")}
    explain_candidate(done.screening, done.backend, "L2")
    again = {name: explain_candidate(done.screening, done.backend, name) for name in ("L1", "L6")}
    done.backend.close()
    assert first == again


def test_a_pool_whose_key_is_not_known_has_no_place_whatever_room_there_is(folder: Path) -> None:
    rules = RULES.replace("limit: stock.available", "limit: 99").replace(
        "    applies: has(candidate.sku)\n    per", "    per"
    )
    write(folder, {"rules/all.yaml": rules})
    row = explained(folder, "L4")
    assert row["queue"]["pools"]["stock.units"] == {
        "denies": True, "counted": False, "room": None, "granted": None, "last_granted": None,
    }  # fmt: skip


def test_decisions_stand_in_the_order_in_which_they_fired(folder: Path) -> None:
    write(folder, {"rules/more.yaml": MORE})
    row = explained(folder, "L8")
    assert [d["id"] for d in row["decisions"]] == ["z-who-matters-asked", "a-caps-are-lifted"]
    first, second = row["decisions"]
    assert (first["strength"], first["because"]) == ("certain", "Who matters need not ask")
    assert (first["does"], second["does"]) == (
        {"signal": "customer.asked"},
        {"waive": ["stock.some-left"]},
    )
    assert rule_of(row, "stock.some-left")["waived_by"] == ["a-caps-are-lifted"]
    # Its rule is waived; what is left is the room.
    assert [r["rule"] for r in row["reasons"]] == ["stock.units"]
    assert row["way_out"]["shortest"] == []


def test_a_waiver_that_is_the_shorter_way_is_told_beside_the_way_without(folder: Path) -> None:
    strict = RULES.replace(
        "require: stock.available > 0", "require: [stock.available > 5, candidate.age > 90]"
    )
    write(folder, {"rules/all.yaml": strict, "rules/more.yaml": MORE})
    told = explained(folder, "L3")["way_out"]
    (way,) = told["shortest"]
    assert [(c["of"], c["put_in"]) for c in way["changes"]] == [(["customer.matters"], "3 >= 4")]
    assert way["waived_by"] == {"a-caps-are-lifted": ["stock.some-left"]}
    (plain,) = told["without_waivers"]
    assert {c["put_in"] for c in plain["changes"]} == {"2 > 5", "51 > 90"}


def test_a_row_that_is_no_candidate_has_outcomes_of_nothing_and_no_way_out(folder: Path) -> None:
    with (folder / "list.csv").open("a") as stream:
        stream.write("L1,C9,PHONE,40,1,,+33199000009\n")
    done = screened(folder)
    rows = explain_candidate(done.screening, done.backend, "L1")
    done.backend.close()
    assert [row["row"] for row in rows] == [1, 9]
    assert all("way_out" not in row and row["queue"] is None for row in rows)
    assert {rule["outcome"] for row in rows for rule in row["rules"]} == {None}


# ── the starter rulebook ─────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def starter() -> Iterator[Screened]:
    done = screened(ROOT, "samples/small-list.csv")
    yield done
    done.backend.close()


@pytest.mark.slow
def test_judged_anew_each_contact_has_the_reasons_that_it_was_blocked_for(
    starter: Screened,
) -> None:
    screening, backend = starter.screening, starter.backend
    ids = [str(r["candidate_id"]) for r in screening.blocked(backend) if r["cause"] != "invalid"]
    assert len(ids) > 3
    for name in ids[:3]:
        (row,) = explain_candidate(screening, backend, name)
        told = {r["rule"] for r in row["reasons"] if r["outcome"] not in ("no-room", "duplicate")}
        ways = row["way_out"]["shortest"]
        assert bool(told) is bool(ways)
        for way in ways:
            touched = {rule for change in way["changes"] for rule in change["of"]}
            lifted = {rule for rules in way["waived_by"].values() for rule in rules}
            rules = {rule["id"] for rule in row["rules"]}
            assert told & rules <= touched | lifted
