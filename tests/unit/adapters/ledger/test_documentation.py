"""docs/ledger.md is what an auditor works by: what it says must be so."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from engine.ledger.findings import CODES
from tests.unit.adapters.ledger.made import TEXTS, ledger_in, moments_of, run_of

TEXT = (Path(__file__).parents[4] / "docs" / "ledger.md").read_text()


def check_by_hand(folder: Path) -> subprocess.CompletedProcess[str]:
    found = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    script = folder / "check.py"
    script.write_text(found[1])
    command = [sys.executable, "-I", str(script), str(folder / "upfront.db")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_for_checking_by_hand_agrees_and_finds_a_change(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.record(run_of("r1", 7), TEXTS, moments_of("r1", 7))
    written = ledger.record(run_of("r2", 6), TEXTS, moments_of("r2", 6))
    found = check_by_hand(tmp_path)
    assert f"13 moments, root {written.root}" in found.stdout
    with closing(sqlite3.connect(ledger.path)) as connection, connection:
        connection.execute("UPDATE prevented_moment SET pain = 'none' WHERE seq = 9")
    assert "moment 9" in check_by_hand(tmp_path).stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_verifies_a_checkpoint_as_documented(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.record(run_of("r1", 7), TEXTS, moments_of("r1", 7))
    (tmp_path / "note").write_text(ledger.last_checkpoint() or "")
    commands = re.search(r"^    sed .*\n    tail .*\n    openssl .*$", TEXT, re.MULTILINE)
    assert commands is not None
    script = f"openssl pkey -in upfront.key -pubout > public.pem\n{commands[0]}"
    done = subprocess.run(
        ["sh", "-ec", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Signature Verified Successfully" in done.stdout, done.stderr


def test_every_code_is_documented_with_its_meaning() -> None:
    for code, meaning in CODES.items():
        assert f"| `{code}` | {meaning} |" in TEXT
