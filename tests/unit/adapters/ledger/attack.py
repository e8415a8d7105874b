"""What somebody with a ledger's file can do to it, and how the tests ask what was found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.ledger.auditing import verify_ledger
from adapters.ledger.key import load_or_make_key
from adapters.ledger.store import Ledger
from engine.ledger.checkpoint import read_checkpoint, sign_note, statement
from engine.ledger.erasure import erasure_digest
from engine.ledger.findings import CODES
from engine.ledger.moment import BULK_COLUMNS, PERSONAL
from tests.unit.adapters.ledger.made import ledger_in, moment_of, sealed

PERSONAL_NULL = ", ".join(f"{name} = NULL" for name in ("salt", *PERSONAL))


def tamper(ledger: Ledger, *statements: str, values: tuple[object, ...] = ()) -> None:
    with closing(sqlite3.connect(ledger.path)) as connection, connection:
        for statement in statements:
            changed = connection.execute(statement, values).rowcount
            assert changed != 0, "the attack touched nothing"


def codes(ledger: Ledger, trusted: str | None = None) -> set[str]:
    result = verify_ledger(ledger, trusted=trusted)
    assert set(result.counts) <= set(CODES)
    assert all(finding.message for finding in result.findings)
    return set(result.counts)


def erase(ledger: Ledger, seq: int, key_path: Path | None = None) -> None:
    """A lawful erasure, unless signed with another key."""
    moment = ledger.moment(seq)
    note = ledger.last_checkpoint()
    assert moment is not None
    assert note is not None
    origin = read_checkpoint(note).origin
    row = {
        "seq": seq,
        "leaf": moment.leaf,
        "erased_at": "2026-05-01T00:00:00Z",
        "ground": "art. 17",
    }
    key = load_or_make_key(key_path or ledger.key_path)
    signed = sign_note(statement("erasure", origin, erasure_digest(row)), origin, key)
    tamper(ledger, f"UPDATE prevented_moment SET {PERSONAL_NULL} WHERE seq = {seq}")
    tamper(ledger, "INSERT INTO erasure VALUES (?, ?, ?, ?, ?)", values=(*row.values(), signed))


def insert_moment(ledger: Ledger, seq: int, run_id: str) -> None:
    row = sealed(moment_of(run_id, 99), 99)
    marks = ", ".join("?" for _ in range(len(BULK_COLUMNS) + 1))
    tamper(
        ledger,
        f"INSERT INTO prevented_moment VALUES ({marks})",
        values=(seq, *(row[name] for name in BULK_COLUMNS)),
    )


def cut_last_run(ledger: Ledger) -> None:
    tamper(
        ledger,
        "DELETE FROM prevented_moment WHERE run_id = 'r4'",
        "DELETE FROM run WHERE run_id = 'r4'",
        "DELETE FROM checkpoint WHERE run_id = 'r4'",
    )


def ledger_in_folder(folder: Path) -> Ledger:
    folder.mkdir()
    return ledger_in(folder)
