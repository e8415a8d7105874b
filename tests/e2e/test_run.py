"""The main job on the sample list: what is printed, written and recorded, and how they agree."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SampleRun
from tests.support.command_line import AS_OF, everything, upfront
from tests.support.small_project import ALLOWED

MANIFEST = {
    "run_id", "as_of", "started_at", "finished_at", "backend", "counts", "rules", "pools",
    "ruleset_digest", "config_digest", "input_digest", "outputs", "ledger",
}  # fmt: skip
BLOCKED = [
    "candidate_id", "customer_id", "offer_id", "channel", "cause", "stage", "moment", "pain",
    "rule", "reason", "reasons", "proposed",
]  # fmt: skip
ROWS = 45_211


def read_csv(path: Path, delimiter: str = ",") -> list[list[str]]:
    csv.field_size_limit(10**7)
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def ledger_rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "upfront.db")) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def given(sample_run: SampleRun) -> list[list[str]]:
    """The list that was screened, header first."""
    return read_csv(sample_run.folder / "samples" / "call-list.csv.gz", ";")


@pytest.fixture(scope="module")
def allowed(sample_run: SampleRun) -> list[list[str]]:
    return read_csv(sample_run.released / "allowed.csv", ";")


@pytest.fixture(scope="module")
def blocked(sample_run: SampleRun) -> list[dict[str, str]]:
    header, *rows = read_csv(sample_run.released / "blocked.csv")
    assert header == BLOCKED
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_manifest_has_every_part_and_is_also_a_file(sample_run: SampleRun) -> None:
    manifest = sample_run.manifest
    assert set(manifest) >= MANIFEST
    assert set(manifest["counts"]) >= {"read", "allowed", "blocked", "by_cause"}
    assert set(manifest["outputs"]) == {"allowed", "blocked"}
    assert set(manifest["ledger"]) == {"first_seq", "last_seq", "root"}
    for numbers in manifest["rules"].values():
        expected = {"passed", "failed", "unknown", "waived", "not_applicable", "alone"}
        assert set(numbers) >= expected
    for numbers in manifest["pools"].values():
        assert set(numbers) == {"granted", "denied"}
    assert json.loads((sample_run.released / "run.json").read_text("utf-8")) == manifest


def test_in_a_pipe_nothing_but_the_manifest_is_printed(sample_run: SampleRun) -> None:
    assert sample_run.out.startswith("{\n")
    assert sample_run.out.endswith("}\n")
    assert sample_run.err == ""


def test_every_row_of_the_list_is_allowed_or_blocked(
    sample_run: SampleRun, allowed: list[list[str]], blocked: list[dict[str, str]]
) -> None:
    counts = sample_run.manifest["counts"]
    assert counts["read"] == ROWS == counts["allowed"] + counts["blocked"]
    assert sum(counts["by_cause"].values()) == counts["blocked"]
    assert (len(allowed) - 1, len(blocked)) == (counts["allowed"], counts["blocked"])
    by_cause = dict.fromkeys(counts["by_cause"], 0)
    for row in blocked:
        by_cause[row["cause"]] += 1
    assert by_cause == counts["by_cause"]


def test_the_allowed_list_is_the_input_without_the_blocked_rows(
    given: list[list[str]], allowed: list[list[str]], blocked: list[dict[str, str]]
) -> None:
    header, *rows = given
    assert allowed[0] == header
    at = header.index("lead_id")
    chosen = {row[at] for row in allowed[1:]}
    # Ids of the allowed are unique, so this keeps the list's order and drops nobody else.
    assert [row for row in rows if len(row) == len(header) and row[at] in chosen] == allowed[1:]
    assert not chosen & {row["candidate_id"] for row in blocked}
    assert len(chosen) == len(allowed) - 1


def test_the_allowed_list_has_the_very_lines_of_the_input(sample_run: SampleRun) -> None:
    with gzip.open(sample_run.folder / "samples" / "call-list.csv.gz") as stream:
        lines = stream.read().splitlines(keepends=True)
    given = iter(lines)
    released = (sample_run.released / "allowed.csv").read_bytes().splitlines(keepends=True)
    assert all(line in given for line in released), "a line is not the input's, or out of order"


def test_the_blocked_list_gives_all_reasons_and_the_first_is_the_rule(
    blocked: list[dict[str, str]],
) -> None:
    for row in blocked:
        reasons = json.loads(row["reasons"])
        assert reasons[0]["rule"] == row["rule"]
        assert row["cause"]
        assert row["stage"] or row["cause"] == "invalid"
    assert any(len(json.loads(row["reasons"])) > 3 for row in blocked)


def test_a_reason_says_what_failed_what_was_seen_and_how_old_it_was(
    blocked: list[dict[str, str]],
) -> None:
    row = next(r for r in blocked if r["rule"] == "eligibility.adult" and r["cause"] == "failed")
    reason = json.loads(row["reasons"])[0]
    assert row["reason"]
    assert "candidate.age" in json.dumps(reason)


def test_the_ledger_holds_exactly_the_blocked(
    sample_run: SampleRun, blocked: list[dict[str, str]]
) -> None:
    columns = "candidate_id, customer_id, offer_id, channel, cause, stage, moment, pain, rule"
    query = f"SELECT {columns}, reason FROM prevented_moment WHERE run_id = '{{}}' ORDER BY seq"
    recorded = ledger_rows(sample_run.folder, query.format(sample_run.manifest["run_id"]))
    names = columns.split(", ")
    listed = [(*(row[n] for n in names), row["reason"]) for row in blocked]
    assert [tuple(v or "" for v in row) for row in recorded] == listed


def test_moments_are_numbered_from_one_without_a_gap(sample_run: SampleRun) -> None:
    ledger, counts = sample_run.manifest["ledger"], sample_run.manifest["counts"]
    assert (ledger["first_seq"], ledger["last_seq"]) == (1, counts["blocked"])
    numbers = ledger_rows(sample_run.folder, "SELECT seq FROM prevented_moment ORDER BY seq")
    assert numbers == [(n,) for n in range(1, counts["blocked"] + 1)]


def test_the_ledger_names_the_first_reason_as_the_rule(sample_run: SampleRun) -> None:
    for rule, text in ledger_rows(sample_run.folder, "SELECT rule, reasons FROM prevented_moment"):
        assert json.loads(text)[0]["rule"] == rule


def test_no_full_phone_number_or_address_is_kept(sample_run: SampleRun) -> None:
    reasons = ledger_rows(sample_run.folder, "SELECT reason || reasons FROM prevented_moment")
    listed = (sample_run.released / "blocked.csv").read_text("utf-8")
    for text in ("+331990", "@example.org", "@example.com"):
        assert text not in listed
        assert not any(text in row[0] for row in reasons)


def test_the_ledger_verifies(sample_run: SampleRun) -> None:
    said = upfront(sample_run.folder, "audit", "verify", "--json")
    found = said.data()
    assert (said.code, found["whole"]) == (0, True)
    assert found["moments"] == sample_run.manifest["counts"]["blocked"]
    assert found["root"] == sample_run.manifest["ledger"]["root"]


def test_every_rule_passes_fails_and_is_unknown_for_somebody(sample_run: SampleRun) -> None:
    rules = sample_run.manifest["rules"]
    assert len(rules) >= 24
    lacking = {
        (rule, outcome)
        for rule, numbers in rules.items()
        for outcome in ("passed", "failed", "unknown")
        if not numbers[outcome]
    }
    assert not lacking


def test_pools_run_out_and_every_cause_occurs(sample_run: SampleRun) -> None:
    pools = {p: n for p, n in sample_run.manifest["pools"].items() if p != "duplicate"}
    assert len(pools) >= 2
    assert all(n["granted"] and n["denied"] for n in pools.values())
    causes = {cause for cause, n in sample_run.manifest["counts"]["by_cause"].items() if n}
    assert causes >= {"failed", "unknown", "decision", "no-room", "invalid"}


@pytest.mark.slow
def test_a_plan_says_the_same_and_leaves_everything_as_it_was(sample_run: SampleRun) -> None:
    before = everything(sample_run.folder)
    said = upfront(sample_run.folder, "plan", "--as-of", AS_OF, "--json")
    planned = said.data()
    assert (said.code, said.err) == (0, "")
    assert {k: sample_run.manifest[k] for k in planned} == planned
    assert everything(sample_run.folder) == before


def test_the_same_run_again_records_nothing_and_changes_no_file(sample_run: SampleRun) -> None:
    before = everything(sample_run.folder)
    said = upfront(sample_run.folder, "run", "--as-of", AS_OF, "--json")
    assert said.code == 0
    assert said.data() == {**sample_run.manifest, "repeated": True}
    assert everything(sample_run.folder) == before


# ── the small project: ways to call it ───────────────────────────────────────────────────────────


def small_run(folder: Path, *more: str | Path) -> list[str]:
    said = upfront(folder, "run", "list.csv", "--as-of", AS_OF, "--json", *more)
    assert said.code == 0, said.err
    released = folder / said.data()["outputs"]["allowed"]
    return [row[0] for row in read_csv(released)[1:]]


def test_the_small_project_allows_whom_it_should(small: Path) -> None:
    assert small_run(small) == ALLOWED


def test_a_plan_in_a_new_project_makes_no_ledger(small: Path) -> None:
    before = everything(small)
    said = upfront(small, "plan", "list.csv", "--as-of", AS_OF)
    assert said.code == 0
    assert everything(small) == before


def test_files_that_were_lost_are_released_again_and_nothing_is_recorded(small: Path) -> None:
    small_run(small)
    (folder,) = (small / "out").iterdir()
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    small_run(small)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert ledger_rows(small, "SELECT count(*), max(seq) FROM prevented_moment") == [(5, 5)]


def test_another_moment_is_another_run(small: Path) -> None:
    small_run(small)
    said = upfront(small, "run", "list.csv", "--as-of", "2026-03-02T09:31:00+01:00", "--json")
    assert said.data()["ledger"]["first_seq"] == 6
    assert ledger_rows(small, "SELECT count(*) FROM run") == [(2,)]


def test_a_copy_of_the_allowed_list_replaces_no_file_unasked(small: Path, tmp_path: Path) -> None:
    target = tmp_path / "tonight.csv"
    small_run(small, "--allowed", target)
    assert [row[0] for row in read_csv(target)[1:]] == ALLOWED

    target.write_text("precious")
    before = everything(small)
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF, "--allowed", target)
    assert said.code == 1
    assert "--overwrite" in said.err
    assert (target.read_text(), everything(small)) == ("precious", before)

    small_run(small, "--allowed", target, "--overwrite")
    assert [row[0] for row in read_csv(target)[1:]] == ALLOWED


def test_a_copy_that_was_cut_off_is_cleared_away_by_the_next(small: Path, tmp_path: Path) -> None:
    place = tmp_path / "dialer"
    place.mkdir()
    # As a process that was killed while it copied leaves it.
    (place / ".tonight.csv.4194305.unreleased").write_text("lead,cust")
    small_run(small, "--allowed", place / "tonight.csv")
    assert [p.name for p in place.iterdir()] == ["tonight.csv"]


def test_the_ledger_stands_beside_its_config_wherever_the_command_is_called(
    small: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    arguments = ("run", small / "list.csv", "--as-of", AS_OF, "--config", small / "config.yaml")
    assert upfront(elsewhere, *arguments).code == 0
    assert (small / "upfront.db").exists()
    assert [p.name for p in elsewhere.iterdir()] == ["out"]


def test_the_summary_for_people_has_the_numbers_and_the_places(small: Path) -> None:
    said = upfront(small, "run", "list.csv", "--as-of", AS_OF)
    assert "8 contacts: 3 allowed" in said.out
    assert "eligibility.adult" in said.out
    assert "allowed.csv" in said.out
    assert said.err == ""
    assert "\x1b" not in said.out
