"""What a run's row says of the sources: kept, signed, and asked for by the next run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.ledger import schema
from adapters.ledger.store import Ledger, WholeRead
from engine.diagnostics import LedgerBroken
from tests.unit.adapters.ledger.attack import codes, tamper
from tests.unit.adapters.ledger.made import TEXTS, ledger_in, moments_of, run_of

OLD = Path(__file__).with_name("ledger_0001.sql")
"""A ledger of three runs as version 0001 of the tables wrote it."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "upfront.db")) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    key = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "upfront.key").write_bytes(pem)
    (tmp_path / "upfront.key").chmod(0o600)
    return tmp_path


def source(rows: int, failure: str = "") -> dict[str, Any]:
    return {
        "rows": rows,
        "as_of": None,
        "digest": "aa" * 32,
        "failure": failure,
        "whole": not failure,
    }


def record(ledger: Ledger, run_id: str, **sources: dict[str, Any]) -> None:
    run = replace(run_of(run_id, 1), sources=sources)
    ledger.record(run, TEXTS, moments_of(run_id, 1))


def test_a_ledger_of_before_is_brought_up_to_date_in_place_and_still_verifies(old: Path) -> None:
    ledger = ledger_in(old)
    assert codes(ledger) == set()
    assert [run.sources for run in ledger.runs()] == [None, None, None]
    record(ledger, "r4", stock=source(7))
    assert codes(ledger) == set()
    assert ledger.runs()[0].sources == {"stock": source(7)}
    with closing(sqlite3.connect(ledger.path)) as connection:
        (version,) = connection.execute(
            f"SELECT version_num FROM {schema.VERSION_TABLE}"
        ).fetchone()
    assert version == "0002"


def test_an_old_run_can_t_be_given_sources_and_a_new_one_can_t_be_robbed_of_them(
    old: Path,
) -> None:
    ledger = ledger_in(old)
    record(ledger, "r4", stock=source(7))
    tamper(ledger, "UPDATE run SET sources = '{}' WHERE run_id = 'r1'")
    assert codes(ledger) == {"run-changed"}
    tamper(ledger, "UPDATE run SET sources = NULL WHERE run_id = 'r1'")
    assert codes(ledger) == set()
    tamper(ledger, "UPDATE run SET sources = NULL WHERE run_id = 'r4'")
    assert codes(ledger) == {"run-changed"}


@pytest.mark.parametrize("text", ["NULL", "'{}'", "''", "1", "replace(sources, '7', '8')"])
def test_what_is_said_of_sources_can_t_be_changed(tmp_path: Path, text: str) -> None:
    ledger = ledger_in(tmp_path)
    record(ledger, "r1", stock=source(7))
    assert codes(ledger) == set()
    tamper(ledger, f"UPDATE run SET sources = {text}")
    assert codes(ledger) == {"run-changed"}


def test_even_a_run_without_sources_is_signed_as_one(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    record(ledger, "r1")
    tamper(ledger, "UPDATE run SET sources = NULL")
    assert codes(ledger) == {"run-changed"}


def test_the_last_run_that_read_a_source_whole_is_found_however_far_back(old: Path) -> None:
    ledger = ledger_in(old)
    assert ledger.last_whole(["stock"]) == {}
    record(ledger, "r4", stock=source(7), register=source(100), price=source(1))
    record(ledger, "r5", stock=source(8), register=source(0, "it is cut off"))
    record(ledger, "r6", stock=source(0))
    clock = run_of("r", 1).as_of
    assert ledger.last_whole(["stock", "register", "other"]) == {
        "stock": WholeRead(0, "r6", clock),
        "register": WholeRead(100, "r4", clock),
    }
    assert ledger.last_whole([]) == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"stock": 3}', '{"stock": {"failure": ""}}'])
def test_a_row_that_was_tampered_with_is_told_and_not_believed(tmp_path: Path, text: str) -> None:
    ledger = ledger_in(tmp_path)
    record(ledger, "r1", stock=source(7))
    tamper(ledger, "UPDATE run SET sources = ?", values=(text,))
    with pytest.raises(LedgerBroken, match="r1") as caught:
        ledger.last_whole(["stock"])
    assert "audit verify" in caught.value.hint
