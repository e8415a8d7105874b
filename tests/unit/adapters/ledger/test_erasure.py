from __future__ import annotations

from pathlib import Path

import pytest

from adapters.ledger.auditing import verify_ledger
from adapters.ledger.store import Ledger
from tests.unit.adapters.ledger.attack import (
    PERSONAL_NULL,
    codes,
    erase,
    tamper,
)
from tests.unit.adapters.ledger.made import TEXTS, moments_of, run_of


def test_a_lawful_erasure_is_not_mistaken_for_tampering(ledger: Ledger) -> None:
    kept = ledger.last_checkpoint()
    erase(ledger, 8)
    result = verify_ledger(ledger, trusted=kept)
    assert result.whole
    assert result.erased == 1
    found = ledger.moment(8)
    assert found is not None
    assert found.erased
    ledger.record(run_of("r5", 2), TEXTS, moments_of("r5", 2))
    assert codes(ledger, kept) == set()


def test_content_cannot_vanish_without_an_erasure(ledger: Ledger) -> None:
    tamper(ledger, f"UPDATE prevented_moment SET {PERSONAL_NULL} WHERE seq = 8")
    assert codes(ledger) == {"erasure-unlogged"}


def test_an_erasure_cannot_be_forged(ledger: Ledger, tmp_path: Path) -> None:
    erase(ledger, 8, key_path=tmp_path / "mallory.key")
    assert codes(ledger) == {"erasure-forged"}


@pytest.mark.parametrize("name", ["leaf", "erased_at", "ground", "note"])
def test_an_erasures_entry_cannot_be_changed(ledger: Ledger, name: str) -> None:
    erase(ledger, 8)
    tamper(ledger, f"UPDATE erasure SET {name} = 'changed'")
    assert codes(ledger) == {"erasure-forged"}


def test_an_erasures_entry_cannot_serve_for_another_moment(ledger: Ledger) -> None:
    erase(ledger, 8)
    tamper(ledger, f"UPDATE prevented_moment SET {PERSONAL_NULL} WHERE seq = 9")
    tamper(ledger, "UPDATE erasure SET seq = 9")
    assert codes(ledger) == {"erasure-forged", "erasure-unlogged"}


def test_erased_content_cannot_be_put_back_differently(ledger: Ledger) -> None:
    erase(ledger, 8)
    tamper(ledger, "UPDATE prevented_moment SET customer_id = 'somebody' WHERE seq = 8")
    assert codes(ledger) == {"erasure-incomplete"}


def test_what_stays_of_an_erased_moment_cannot_be_changed(ledger: Ledger) -> None:
    erase(ledger, 8)
    tamper(ledger, "UPDATE prevented_moment SET rule = 'changed' WHERE seq = 8")
    assert codes(ledger) == {"moment-changed"}


def test_an_erasure_of_nothing_is_found(ledger: Ledger) -> None:
    erase(ledger, 15)
    tamper(ledger, "UPDATE erasure SET seq = 99")
    assert codes(ledger) == {"erasure-astray", "erasure-unlogged"}
