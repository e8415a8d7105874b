"""Tampering with runs, checkpoints and rulesets, and with the history as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.ledger import schema
from adapters.ledger.key import load_or_make_key
from adapters.ledger.store import Ledger
from engine.ledger.canonical import json_text, texts_digest
from engine.ledger.checkpoint import Checkpoint, read_checkpoint
from engine.ledger.merkle import Frontier
from tests.unit.adapters.ledger.attack import (
    codes,
    cut_last_run,
    ledger_in_folder,
    tamper,
)
from tests.unit.adapters.ledger.made import TEXTS, moments_of, run_of


def test_a_whole_run_cut_off_at_the_end_is_found_by_a_checkpoint_kept_outside(
    ledger: Ledger,
) -> None:
    kept = ledger.last_checkpoint()
    cut_last_run(ledger)
    assert codes(ledger) == set()  # by itself a shorter ledger is a good ledger
    assert codes(ledger, kept) == {"history-truncated"}


def test_everything_gone_is_found_by_a_checkpoint_kept_outside(ledger: Ledger) -> None:
    kept = ledger.last_checkpoint()
    for table in ("prevented_moment", "run", "checkpoint", "ruleset"):
        tamper(ledger, f"DELETE FROM {table}")
    assert codes(ledger, kept) == {"history-truncated"}


def test_a_history_rewritten_with_the_key_itself_is_found_by_a_checkpoint_kept_outside(
    ledger: Ledger,
) -> None:
    kept = ledger.last_checkpoint()
    assert kept is not None
    cut_last_run(ledger)
    ledger.record(run_of("new", 7), TEXTS, moments_of("new", 7))
    assert codes(ledger) == set()
    assert codes(ledger, kept) == {"history-rewritten"}


def test_an_older_checkpoint_kept_outside_still_fits_a_ledger_that_has_grown(
    ledger: Ledger,
) -> None:
    kept = ledger.last_checkpoint()
    ledger.record(run_of("r5", 7), TEXTS, moments_of("r5", 7))
    assert codes(ledger, kept) == set()


def test_a_checkpoint_kept_outside_that_is_none_is_said_to_be_none(
    ledger: Ledger, tmp_path: Path
) -> None:
    other = ledger_in_folder(tmp_path / "other")
    other.record(run_of("r1", 6), TEXTS, moments_of("r1", 6))
    assert codes(ledger, other.last_checkpoint()) == {"checkpoint-forged"}
    assert codes(ledger, "no checkpoint") == {"checkpoint-unreadable"}
    foreign = Checkpoint("upfront/ledger/other", 0, Frontier().root()).sign(ledger.signing_key())
    assert codes(ledger, foreign) == {"checkpoint-foreign"}


@pytest.mark.parametrize("name", [c.name for c in schema.run.columns if c.name != "note"])
def test_no_column_of_a_run_can_be_changed(ledger: Ledger, name: str) -> None:
    number = name in {"number", "read", "allowed", "blocked", "first_seq", "last_seq"}
    value = 77 if number else "changed"
    tamper(ledger, f"UPDATE run SET {name} = ? WHERE run_id = 'r3'", values=(value,))
    assert codes(ledger) & {"run-changed", "run-missing"}


def test_a_runs_counts_cannot_be_changed_consistently(ledger: Ledger) -> None:
    counts = {"read": 1005, "allowed": 1000, "blocked": 5, "by_cause": {"failed": 5}}
    tamper(
        ledger,
        "UPDATE run SET read = 1005, allowed = 1000, counts = ? WHERE run_id = 'r3'",
        values=(json_text(counts),),
    )
    assert codes(ledger) == {"run-changed"}


@pytest.mark.parametrize("note", ["x", "", b"\xff", None])
def test_a_runs_signature_cannot_be_spoiled(ledger: Ledger, note: object) -> None:
    if note is None:
        tamper(
            ledger,
            "UPDATE run SET note = (SELECT note FROM run WHERE run_id = 'r1') WHERE run_id = 'r3'",
        )
    else:
        tamper(ledger, "UPDATE run SET note = ? WHERE run_id = 'r3'", values=(note,))
    assert codes(ledger) == {"run-changed"}


def test_a_run_that_blocked_nobody_cannot_vanish_from_the_middle(ledger: Ledger) -> None:
    tamper(
        ledger, "DELETE FROM run WHERE run_id = 'r2'", "DELETE FROM checkpoint WHERE run_id = 'r2'"
    )
    assert codes(ledger) == {"run-order", "checkpoint-order"}
    tamper(
        ledger,
        "UPDATE run SET number = number - 1 WHERE number > 2",
        "UPDATE checkpoint SET number = number - 1 WHERE number > 2",
    )
    assert codes(ledger) == {"run-changed"}


def test_a_run_cannot_lose_its_row_or_its_checkpoint(ledger: Ledger) -> None:
    tamper(ledger, "DELETE FROM run WHERE run_id = 'r3'")
    assert {"run-missing", "run-order"} <= codes(ledger)
    tamper(ledger, "DELETE FROM checkpoint WHERE run_id = 'r4'")
    assert {"run-range", "moment-unsigned"} <= codes(ledger)


@pytest.mark.parametrize("name", [c.name for c in schema.checkpoint.columns])
def test_no_column_of_a_checkpoint_can_be_changed(ledger: Ledger, name: str) -> None:
    value = 77 if name in {"number", "size"} else "changed"
    tamper(ledger, f"UPDATE checkpoint SET {name} = ? WHERE run_id = 'r3'", values=(value,))
    assert codes(ledger) & {
        "checkpoint-order", "checkpoint-changed", "checkpoint-unreadable", "run-range",
    }  # fmt: skip


def test_the_subtrees_kept_with_a_checkpoint_have_one_spelling(ledger: Ledger) -> None:
    tamper(ledger, "UPDATE checkpoint SET frontier = upper(frontier) WHERE run_id = 'r3'")
    assert codes(ledger) == {"checkpoint-changed"}


def test_a_checkpoint_cannot_be_forged_with_another_key(ledger: Ledger, tmp_path: Path) -> None:
    tamper(ledger, "DELETE FROM prevented_moment WHERE seq > 14")
    note = ledger.last_checkpoint()
    assert note is not None
    tree = Frontier()
    tree.extend([bytes.fromhex(m.leaf) for m in ledger.moments()])
    forged = Checkpoint(read_checkpoint(note).origin, 14, tree.root())
    signed = forged.sign(load_or_make_key(tmp_path / "mallory.key"))
    tamper(
        ledger,
        "UPDATE checkpoint SET size = 14, root = ?, frontier = ?, note = ? WHERE run_id = 'r4'",
        values=(tree.root().hex(), tree.to_text(), signed),
    )
    assert "checkpoint-forged" in codes(ledger)


def test_a_checkpoint_of_another_name_by_the_same_key_is_found(ledger: Ledger) -> None:
    note = ledger.last_checkpoint()
    assert note is not None
    checkpoint = read_checkpoint(note)
    other = Checkpoint("upfront/ledger/other", checkpoint.size, checkpoint.root)
    tamper(
        ledger,
        "UPDATE checkpoint SET note = ? WHERE run_id = 'r4'",
        values=(other.sign(ledger.signing_key()),),
    )
    assert "checkpoint-foreign" in codes(ledger)


def test_the_rules_a_run_used_cannot_be_changed_or_lost(ledger: Ledger) -> None:
    digest = texts_digest(TEXTS)
    tamper(
        ledger,
        "UPDATE ruleset SET texts = replace(texts, 'è', 'e') WHERE digest = ?",
        values=(digest,),
    )
    assert codes(ledger) == {"ruleset-changed"}
    for bad in ("{", "[]", '{"a":1}', b"\xff", 7, '{"a":"\\ud800"}', "[" * 100_000):
        tamper(ledger, "UPDATE ruleset SET texts = ? WHERE digest = ?", values=(bad, digest))
        assert codes(ledger) == {"ruleset-changed"}
    tamper(ledger, "DELETE FROM ruleset WHERE digest = ?", values=(digest,))
    assert codes(ledger) == {"ruleset-missing"}


@pytest.mark.parametrize("put_in", [" ", '"config.yaml":"version: 9",'])
def test_the_rules_a_run_used_have_one_spelling(ledger: Ledger, put_in: str) -> None:
    tamper(
        ledger,
        "UPDATE ruleset SET texts = '{' || ? || substr(texts, 2) WHERE digest = ?",
        values=(put_in, texts_digest(TEXTS)),
    )
    assert codes(ledger) == {"ruleset-changed"}
