from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.ledger.auditing import verify_ledger
from adapters.ledger.store import Ledger
from engine.diagnostics import LedgerBroken
from engine.ledger.findings import Verification
from engine.ledger.moment import BULK_COLUMNS
from tests.unit.adapters.ledger.attack import (
    codes,
    erase,
    ledger_in_folder,
    tamper,
)
from tests.unit.adapters.ledger.made import TEXTS, moments_of, run_of


def test_a_ledger_nobody_touched_is_whole(ledger: Ledger) -> None:
    result = verify_ledger(ledger, trusted=ledger.last_checkpoint())
    assert result.whole
    assert (result.moments, result.runs, result.checkpoints) == (15, 4, 4)


@pytest.mark.parametrize("name", ["reason", "rule", "salt", "leaf"])
def test_text_that_is_not_utf8_is_found_and_does_not_stop_the_audit(
    ledger: Ledger, name: str
) -> None:
    tamper(ledger, f"UPDATE prevented_moment SET {name} = CAST(x'ff61' AS TEXT) WHERE seq = 2")
    result = verify_ledger(ledger)
    assert set(result.counts) == {"moment-unreadable"} | (
        {"root-differs"} if name == "leaf" else set()
    ) | ({"run-counts"})
    assert result.moments == 15


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE prevented_moment",
        "DROP TABLE run",
        "DROP TABLE checkpoint",
        "ALTER TABLE prevented_moment DROP COLUMN leaf",
    ],
)
def test_missing_tables_and_columns_are_found_and_not_raised(ledger: Ledger, damage: str) -> None:
    tamper(ledger, damage)
    assert "ledger-unreadable" in codes(ledger)


_NO_KEY = (
    "CREATE TABLE copy AS SELECT * FROM prevented_moment",
    "DROP TABLE prevented_moment",
    "ALTER TABLE copy RENAME TO prevented_moment",
)
_ALL_BUT_SEQ = ", ".join(BULK_COLUMNS)


_TRIGGER = "CREATE TRIGGER t BEFORE INSERT ON prevented_moment BEGIN SELECT raise(IGNORE); END"
_DROPPING = [
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = replace(sql, '(seq)', '(seq) ON CONFLICT IGNORE')",
]


@pytest.mark.parametrize(
    "attack",
    [
        [
            *_NO_KEY,
            f"INSERT INTO prevented_moment SELECT NULL, {_ALL_BUT_SEQ} FROM prevented_moment",
        ],
        [*_NO_KEY, "UPDATE prevented_moment SET seq = '7' WHERE seq = 7"],
        [
            "ALTER TABLE prevented_moment RENAME TO kept",
            "CREATE VIEW prevented_moment AS SELECT * FROM kept",
        ],
        [
            "CREATE INDEX i ON prevented_moment (customer_id) WHERE customer_id <> 'C000001'",
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET sql = substr(sql, 1, instr(sql, ' WHERE')) WHERE name = 'i'",
        ],
        [_TRIGGER],
        _DROPPING,
    ],
    ids=[
        "rows without a number",
        "a number as text",
        "a view",
        "an index that hides a customer",
        "a trigger",
        "rows dropped in silence",
    ],
)
def test_tables_cannot_be_made_over_so_that_searches_show_what_was_not_verified(
    ledger: Ledger, attack: list[str]
) -> None:
    tamper(ledger, *attack)
    assert codes(ledger) == {"tables-changed"}


@pytest.mark.parametrize(
    "attack",
    [[_TRIGGER], _DROPPING, _NO_KEY],
    ids=["a trigger", "rows dropped in silence", "no key"],
)
def test_tables_that_might_not_keep_what_is_written_are_refused_before_a_run_writes(
    ledger: Ledger, attack: list[str]
) -> None:
    ledger.ready()
    tamper(ledger, *attack)
    with pytest.raises(LedgerBroken, match=r"does not verify: (the table|there is a trigger)"):
        ledger.ready()


def test_an_erasure_without_a_number_does_not_stop_the_audit(ledger: Ledger) -> None:
    tamper(
        ledger,
        "CREATE TABLE copy AS SELECT * FROM erasure",
        "DROP TABLE erasure",
        "ALTER TABLE copy RENAME TO erasure",
        "INSERT INTO erasure VALUES (NULL, '', '', '', ''), ('x', '', '', '', '')",
    )
    assert codes(ledger) == {"tables-changed"}


def test_indexes_that_the_ledger_offers_are_no_tampering(ledger: Ledger) -> None:
    ledger.make_search_indexes()
    assert codes(ledger) == set()


def test_a_damaged_file_is_found_and_not_raised(ledger: Ledger) -> None:
    data = bytearray(ledger.path.read_bytes())
    at = data.find(b"troppo giovane")
    page = at - at % 4096
    data[page : page + 200] = b"\xff" * 200
    ledger.path.write_bytes(data)
    assert codes(ledger) & {"ledger-unreadable", "moment-missing"}


def test_many_findings_are_all_counted_though_not_all_listed(tmp_path: Path) -> None:
    ledger = ledger_in_folder(tmp_path / "big")
    ledger.record(run_of("r1", 250), TEXTS, moments_of("r1", 250))
    tamper(ledger, "UPDATE prevented_moment SET rule = 'changed'")
    result: Verification = verify_ledger(ledger)
    assert result.counts == {"moment-changed": 250}
    assert len(result.findings) == 100


def test_long_ledgers_are_read_a_stretch_at_a_time(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.ledger.auditing.STRETCH", 4)
    monkeypatch.setattr("engine.ledger.verify.BLOCK", 3)
    told: list[int] = []
    assert verify_ledger(ledger, progress=told.append).whole
    assert told == [4, 8, 12, 15]


def test_moments_recorded_while_the_ledger_is_verified_are_left_for_the_next_time(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.ledger.auditing.STRETCH", 4)
    more: list[Callable[[], object]] = [
        lambda: ledger.record(run_of("r5", 3), TEXTS, moments_of("r5", 3)),
        lambda: erase(ledger, 15),
    ]

    def meanwhile(_done: int) -> None:
        if more:
            more.pop(0)()

    result = verify_ledger(ledger, progress=meanwhile)
    assert result.whole
    assert (result.moments, result.erased) == (15, 1)
    assert verify_ledger(ledger).moments == 18
