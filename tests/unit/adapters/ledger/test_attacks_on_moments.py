"""Tampering with moments, by somebody with the ledger's file and not its key."""

from __future__ import annotations

import sqlite3

import pytest

from adapters.ledger.store import Ledger
from engine.ledger.moment import BULK_COLUMNS
from tests.unit.adapters.ledger.attack import (
    codes,
    insert_moment,
    tamper,
)


@pytest.mark.parametrize("value", ["changed", "", None, 7, b"\xff\xfe", 1.5])
@pytest.mark.parametrize("name", BULK_COLUMNS)
def test_no_column_of_a_moment_can_be_changed(ledger: Ledger, name: str, value: object) -> None:
    try:
        tamper(ledger, f"UPDATE prevented_moment SET {name} = ? WHERE seq = 8", values=(value,))
    except sqlite3.IntegrityError:
        assert value is None
        return
    assert codes(ledger) & {"moment-changed", "moment-unreadable", "erasure-incomplete"}


@pytest.mark.parametrize("seq", [1, 4, 6, 7, 11])
def test_a_moment_cannot_be_taken_out(ledger: Ledger, seq: int) -> None:
    tamper(ledger, f"DELETE FROM prevented_moment WHERE seq = {seq}")
    assert {"moment-missing", "root-differs", "run-counts"} <= codes(ledger)


def test_a_moment_cannot_be_taken_out_and_the_gap_closed(ledger: Ledger) -> None:
    tamper(
        ledger,
        "DELETE FROM prevented_moment WHERE seq = 4",
        "UPDATE prevented_moment SET seq = -seq WHERE seq > 4",
        "UPDATE prevented_moment SET seq = -seq - 1 WHERE seq < 0",
    )
    assert {"root-differs", "history-truncated", "moment-astray"} <= codes(ledger)


@pytest.mark.parametrize("seq", [-5, 0, 16, 20])
def test_a_moment_cannot_be_added_at_either_end(ledger: Ledger, seq: int) -> None:
    insert_moment(ledger, seq, "r4")
    assert codes(ledger) & {"moment-unsigned", "moment-order", "moment-unreadable"}


def test_a_moment_cannot_be_slipped_in(ledger: Ledger) -> None:
    tamper(
        ledger,
        "UPDATE prevented_moment SET seq = -seq WHERE seq > 4",
        "UPDATE prevented_moment SET seq = -seq + 1 WHERE seq < 0",
    )
    insert_moment(ledger, 5, "r1")
    assert {"root-differs", "run-counts", "moment-unsigned"} <= codes(ledger)


def test_a_moment_of_a_run_that_is_not_there_is_found(ledger: Ledger) -> None:
    insert_moment(ledger, 16, "ghost")
    assert {"run-missing", "moment-unsigned"} <= codes(ledger)


def test_two_moments_cannot_change_places(ledger: Ledger) -> None:
    tamper(
        ledger,
        "UPDATE prevented_moment SET seq = -1 WHERE seq = 2",
        "UPDATE prevented_moment SET seq = 2 WHERE seq = 3",
        "UPDATE prevented_moment SET seq = 3 WHERE seq = -1",
    )
    assert codes(ledger) == {"root-differs"}


def test_moments_cannot_be_cut_off_at_the_end(ledger: Ledger) -> None:
    tamper(ledger, "DELETE FROM prevented_moment WHERE seq > 9")
    assert {"history-truncated", "run-counts"} <= codes(ledger)
