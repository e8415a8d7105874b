"""`upfront audit` with odd arguments, on ledgers that were changed, and on checkpoints that travelled."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.cli.main import main
from adapters.ledger.key import load_or_make_key
from adapters.ledger.store import Ledger
from tests.support.small_project import small_project
from tests.unit.adapters.ledger.attack import tamper
from tests.unit.adapters.ledger.made import TEXTS, ledger_in, moment_of, reader_of, run_of, sealed

REASONS = '[{"rule":"eligibility.adult","outcome":"failed","conditions":[1],"facts":{}}]'
NUMBER = str(10**20)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = ledger_in(small_project(tmp_path / "project"))
    rows = [sealed({**moment_of("r1", n), "reasons": REASONS}, n) for n in range(3)]
    ledger.record(run_of("r1", 3), TEXTS, reader_of(rows))
    return ledger


def audit(ledger: Ledger, *arguments: str) -> Result:
    config = str(ledger.path.with_name("config.yaml"))
    return CliRunner().invoke(main, ["audit", *arguments, "--config", config])


def explain(ledger: Ledger, *arguments: str) -> Result:
    config = str(ledger.path.with_name("config.yaml"))
    return CliRunner().invoke(main, ["explain", *arguments, "--config", config])


def test_numbers_beyond_all_moments_are_numbers_too(ledger: Ledger) -> None:
    assert "1–3" in audit(ledger, "list", "--limit", NUMBER).output
    assert "L000000" in audit(ledger, "list", "--cause", "failed", "--limit", NUMBER).output
    assert "there are no more runs" in audit(ledger, "list", "--offset", NUMBER).output
    assert f"has no moment {NUMBER}" in audit(ledger, "show", NUMBER).output


def test_an_argument_that_is_no_text_is_wrong_usage(ledger: Ledger) -> None:
    result = audit(ledger, "list", "--customer", "\udcff")
    assert (result.exit_code, "UTF-8" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("command", "change"),
    [
        (("list",), "UPDATE run SET counts = '{'"),
        (("list", "--json"), "UPDATE run SET counts = '{}'"),
        (("list",), "UPDATE run SET first_seq = 'x'"),
        (("list", "--run", "r1"), "UPDATE run SET sources = '7 7'"),
        (("show", "1"), "UPDATE prevented_moment SET reasons = '{'"),
        (("show", "1"), "UPDATE prevented_moment SET reasons = '[{}]'"),
        (("show", "1", "--json"), "UPDATE prevented_moment SET reasons = '[1]'"),
        (("show", "1", "--json"), "UPDATE prevented_moment SET candidate_id = x'ff'"),
        (("show", "1"), "UPDATE ruleset SET texts = '{'"),
    ],
)
def test_what_upfront_never_wrote_is_said_to_be_so(
    ledger: Ledger, command: tuple[str, ...], change: str
) -> None:
    tamper(ledger, change)
    result = audit(ledger, *command)
    assert (result.exit_code, "audit verify" in result.output) == (4, True), result.output


@pytest.mark.parametrize(
    "travel",
    [
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.rstrip("\n"),
        lambda note: f"\n{note}\n\n",
        lambda note: f"\ufeff{note}",
    ],
    ids=["Windows", "no last line end", "blank lines", "byte order mark"],
)
def test_a_checkpoint_still_counts_after_mail_changed_its_line_ends(
    ledger: Ledger, tmp_path: Path, travel: Callable[[str], str]
) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_bytes(travel(ledger.last_checkpoint() or "").encode())
    result = audit(ledger, "verify", "--checkpoint", str(kept))
    assert (result.exit_code, "whole" in result.output) == (0, True), result.output


def test_a_key_that_is_another_one_is_suspected_before_the_ledger(ledger: Ledger) -> None:
    ledger.key_path.unlink()
    load_or_make_key(ledger.key_path)
    result = audit(ledger, "verify")
    assert (result.exit_code, "signing_key" in result.output) == (4, True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE checkpoint SET note = replace(note, char(10) || '3' || char(10), char(10) || '2' || char(10))",
        "UPDATE checkpoint SET note = 'x'",
        "UPDATE checkpoint SET note = CAST(note AS BLOB)",
    ],
)
def test_a_checkpoint_that_was_altered_is_not_given_out(ledger: Ledger, change: str) -> None:
    tamper(ledger, change)
    result = audit(ledger, "checkpoint")
    assert (result.exit_code, result.stdout) == (4, ""), result.output
    assert "the newest checkpoint can't be used" in result.stderr


def test_whoever_keeps_checkpoints_need_not_have_the_key(ledger: Ledger) -> None:
    note = ledger.last_checkpoint()
    ledger.key_path.unlink()
    result = audit(ledger, "checkpoint")
    assert (result.exit_code, result.stdout) == (0, note)
    assert "its signature is not checked" in result.stderr


@pytest.mark.parametrize("content", ["", "version: 1\n", "> "], ids=["empty", "other", "quoted"])
def test_a_file_that_is_no_checkpoint_is_the_callers_mistake(
    ledger: Ledger, tmp_path: Path, content: str
) -> None:
    kept = tmp_path / "kept.txt"
    note = ledger.last_checkpoint() or ""
    kept.write_text(content + note.replace("\n", f"\n{content}") if content == "> " else content)
    result = audit(ledger, "verify", "--checkpoint", str(kept))
    assert (result.exit_code, "audit checkpoint" in result.output) == (2, True), result.output


def test_a_list_that_is_cut_says_so(ledger: Ledger) -> None:
    cut = audit(ledger, "list", "--run", "r1", "--limit", "2")
    assert (cut.exit_code, "--offset 2" in cut.stderr) == (0, True)
    assert "--offset" not in audit(ledger, "list", "--run", "r1", "--limit", "3").output
    assert "--offset" not in audit(ledger, "list", "--limit", "1").output


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE run SET counts = '{'",
        "UPDATE prevented_moment SET reasons = '{'",
        "UPDATE prevented_moment SET reasons = '[{}]'",
    ],
)
def test_explain_says_of_a_recorded_row_that_was_changed_that_it_was(
    ledger: Ledger, change: str
) -> None:
    tamper(ledger, change)
    result = explain(ledger, "L000001", "--run", "r1")
    assert (result.exit_code, "audit verify" in result.output) == (4, True), result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("\udcff", "--run", "r1"),
        ("L1", "--run", "\udcff"),
        ("L1", "--run", "r1", "--as-of", "2026-03-02"),
    ],
    ids=["id", "run", "clock"],
)
def test_what_explain_cannot_look_up_is_wrong_usage(
    ledger: Ledger, arguments: tuple[str, ...]
) -> None:
    assert explain(ledger, *arguments).exit_code == 2


def test_nothing_in_a_cell_commands_the_terminal_or_makes_a_line_of_its_own(tmp_path: Path) -> None:
    evil = "\x1b[2J\x9b31m\u202e\nL9 allowed"
    ledger = ledger_in(small_project(tmp_path / "project"))
    facts = {"candidate.name": {"value": evil, "state": "value"}}
    reasons = [{"rule": "eligibility.adult", "outcome": "failed", "conditions": [], "facts": facts}]
    told = {"candidate_id": evil, "reason": evil, "reasons": json.dumps(reasons)}
    row = sealed({**moment_of("r1", 0), **told}, 0)
    ledger.record(run_of("r1", 1), TEXTS, reader_of([row]))
    shown = [audit(ledger, "list", "--run", "r1"), audit(ledger, "show", "1")]
    shown.append(explain(ledger, evil, "--run", "r1"))
    for result in shown:
        assert "␛[2J" in result.output, result.output
        assert not set("\x1b\x9b\u202e") & set(result.output)
        assert not any(line.startswith("L9") for line in result.output.splitlines())
    data = json.loads(audit(ledger, "list", "--run", "r1", "--json").output)
    assert data[0]["candidate_id"] == evil


def test_what_was_recorded_is_explained_while_todays_rules_are_broken(ledger: Ledger) -> None:
    (ledger.path.parent / "rules" / "broken.yaml").write_text("rules: [\n")
    result = explain(ledger, "L000001", "--run", "r1")
    assert (result.exit_code, "eligibility.adult" in result.output) == (0, True), result.output
