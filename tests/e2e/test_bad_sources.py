"""Sources that can't be used: the run goes on, says so, and allows nobody who depended on them."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import AS_OF, Said, upfront
from tests.support.small_project import ALLOWED, CONFIG, REGISTER, STOCK, Change, listing

# Whom the stock and the register have a say in: the first all who are offered a thing with a sku,
# the second everybody.
ON_STOCK = {"L1", "L2", "L3", "L6", "L8"}
EVERYBODY = {f"L{n}" for n in range(1, 9)}
FRESH = "2026-03-02T08:00:00+01:00"
STALE = "2026-03-02T05:29:59+01:00"


def run(folder: Path, *more: str) -> Said:
    said = upfront(folder, "run", "list.csv", "--as-of", AS_OF, *more)
    assert said.code == 0, said.err
    return said


def verdicts(folder: Path, manifest: dict[str, Any]) -> tuple[set[str], dict[str, Any]]:
    """Ids that are allowed, and the reasons of the blocked by id."""
    listed = {}
    for name in ("allowed", "blocked"):
        with (folder / manifest["outputs"][name]).open(encoding="utf-8", newline="") as stream:
            listed[name] = list(csv.DictReader(stream))
    reasons = {row["candidate_id"]: json.loads(row["reasons"]) for row in listed["blocked"]}
    return {row["lead"] for row in listed["allowed"]}, reasons


def packed(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def folder_instead(folder: Path) -> None:
    (folder / "stock.csv").unlink()
    (folder / "stock.csv").mkdir()


def undated(folder: Path) -> None:
    text = CONFIG.replace("{value: 2026-03-01T06:00:00+01:00}", "{env: NO_SUCH_NAME}")
    (folder / "config.yaml").write_text(text)


def damaged_database(folder: Path) -> None:
    (folder / "shop.db").write_bytes(b"SQLite format 3" + bytes(range(256)) * 20)
    place = '{sql: "sqlite:///shop.db", table: stock}'
    (folder / "config.yaml").write_text(CONFIG.replace("read: stock.csv", f"read: {place}"))


UNREADABLE: dict[str, tuple[str, Change, str]] = {
    "it is a folder": (
        "stock",
        folder_instead,
        "is a folder",
    ),
    "it lacks a column": (
        "stock",
        listing(STOCK.replace("available", "on_hand"), "stock.csv"),
        "no column `available`",
    ),
    "it lacks its key": (
        "stock",
        listing(STOCK.replace("sku", "skus"), "stock.csv"),
        "did you mean `skus`",
    ),
    "a row has a cell too many": (
        "stock",
        listing(STOCK.replace("X2,0,", "X2,0,0,"), "stock.csv"),
        "row 2",
    ),
    "it is no text": ("stock", listing(bytes(range(256)), "stock.csv"), "binary"),
    "it was cut off while it was copied": (
        "register",
        listing(packed(REGISTER * 50)[:-30], "register.csv.gz"),
        "cut off",
    ),
    "nobody says how old it is": ("register", undated, "NO_SUCH_NAME"),
    "its database is damaged": ("stock", damaged_database, "not a whole database"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_source_that_cannot_be_read_makes_its_facts_unknown(small: Path, case: str) -> None:
    name, change, words = UNREADABLE[case]
    change(small)
    manifest = run(small, "--json").data()
    assert words in manifest["sources"][name]["failure"]
    depending = ON_STOCK if name == "stock" else EVERYBODY
    allowed, reasons = verdicts(small, manifest)
    assert allowed == set(ALLOWED) - depending
    rule = {"stock": "stock.some-left", "register": "consent.not-listed"}[name]
    for lead in depending:
        (reason,) = (r for r in reasons[lead] if r["rule"] == rule)
        assert reason["outcome"] == "unknown"
        assert "source-failed" in json.dumps(reason)


def test_the_summary_warns_of_a_source_that_cannot_be_read(small: Path) -> None:
    folder_instead(small)
    said = run(small)
    assert "warning: source stock: " in said.out
    assert "is a folder" in said.out
    assert "every fact of stock is unknown" in said.out


@pytest.mark.parametrize(
    "stock",
    [
        STOCK.replace(FRESH, STALE),
        STOCK.replace(FRESH, "lately"),
        STOCK.replace(FRESH, ""),
    ],
    ids=["too old", "with dates that cannot be read", "without dates"],
)
def test_a_source_that_is_not_known_to_be_fresh_makes_its_facts_unknown(
    small: Path, stock: str
) -> None:
    listing(stock, "stock.csv")(small)
    manifest = run(small, "--json").data()
    allowed, reasons = verdicts(small, manifest)
    assert allowed == {"L4"}
    for lead in ON_STOCK:
        assert ("stock.some-left", "unknown") in {(r["rule"], r["outcome"]) for r in reasons[lead]}
    assert [u["state"] for u in manifest["unknown"] if u["fact"] == "stock.available"] == ["stale"]


def test_a_source_that_is_not_there_fails_the_run_and_a_plan_and_leaves_nothing(
    small: Path,
) -> None:
    (small / "stock.csv").unlink()
    listing(packed(REGISTER.splitlines()[0] + "\n"), "register.csv.gz")(small)
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "error: 2 sources can't be used\n"
        "  config.yaml:18:3: source `stock` is missing: there is no file stock.csv\n"
        "  config.yaml:24:3: source `register` is empty: it has no rows\n"
        " = hint: put it there and run again; with `optional: true` runs go on, its facts unknown\n"
        " = hint: export it and run again; where no rows are as good as some, "
        "say `may_be_empty: true`\n"
    )
    assert not (small / "out").exists()
    assert not (small / "upfront.db").exists()
    plan = upfront(small, "plan", "list.csv", "--as-of", AS_OF)
    assert (plan.code, plan.err) == (said.code, said.err)


def test_a_stale_register_proves_of_nobody_that_he_is_not_on_it(small: Path) -> None:
    text = CONFIG.replace("2026-03-01T06:00:00+01:00", "2026-02-15T09:29:59+01:00")
    (small / "config.yaml").write_text(text)
    allowed, reasons = verdicts(small, run(small, "--json").data())
    assert allowed == set()
    assert all("consent.not-listed" in {r["rule"] for r in found} for found in reasons.values())


def test_one_row_that_is_too_old_stops_only_those_who_depend_on_it(small: Path) -> None:
    listing(STOCK.replace(f"X1,2,{FRESH}", f"X1,2,{STALE}"), "stock.csv")(small)
    allowed, reasons = verdicts(small, run(small, "--json").data())
    assert allowed == {"L4"}
    assert {r["rule"]: r["outcome"] for r in reasons["L8"]} == {"stock.some-left": "failed"}


def test_a_register_without_rows_lists_nobody_where_config_says_that_it_may(small: Path) -> None:
    text = CONFIG.replace("    max_age: 15d\n", "    max_age: 15d\n    may_be_empty: true\n")
    (small / "config.yaml").write_text(text)
    listing(packed(REGISTER.splitlines()[0] + "\n"), "register.csv.gz")(small)
    allowed, _ = verdicts(small, run(small, "--json").data())
    assert allowed == {*ALLOWED, "L5"}


def test_two_rows_for_one_key_fail_the_run_and_name_it(small: Path) -> None:
    listing(f"{STOCK}X1,7,{FRESH}\n", "stock.csv")(small)
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert said.code != 0
    assert said.out == ""
    assert "stock" in said.err
    assert "X1" in said.err
    assert "pick: latest" in said.err
    assert not (small / "out").exists()
    plan = upfront(small, "plan", "list.csv", "--as-of", AS_OF)
    assert (plan.code, plan.err) == (said.code, said.err)


def test_a_key_that_is_personal_is_named_without_showing_it(small: Path) -> None:
    listing(packed(f"{REGISTER}+33199000005,2026-01-01\n"), "register.csv.gz")(small)
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert said.code != 0
    assert "register" in said.err
    assert "33199000005" not in said.err
    assert not (small / "out").exists()


def test_of_two_rows_the_newest_counts_where_config_says_so(small: Path) -> None:
    text = CONFIG.replace("    max_age: 4h\n", "    max_age: 4h\n    pick: latest\n")
    (small / "config.yaml").write_text(text)
    listing(f"{STOCK}X1,9,2026-03-02T09:00:00+01:00\n", "stock.csv")(small)
    allowed, _ = verdicts(small, run(small, "--json").data())
    assert allowed == {*ALLOWED, "L6"}


def test_two_newest_rows_are_not_mended_by_saying_so_again(small: Path) -> None:
    text = CONFIG.replace("    max_age: 4h\n", "    max_age: 4h\n    pick: latest\n")
    (small / "config.yaml").write_text(text)
    listing(f"{STOCK}X1,9,2026-03-02T08:00:00+01:00\n", "stock.csv")(small)
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert said.code == 1
    assert "pick: latest" not in said.err
    assert "give each a date of its own" in said.err
