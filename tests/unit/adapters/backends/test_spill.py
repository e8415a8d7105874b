"""What does not fit into memory: in a folder nobody else can open, that is gone with the run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from adapters.backends.duckdb import DuckDBBackend
from adapters.backends.spill import Spill
from engine.diagnostics import UpfrontError
from tests.support.command_line import ROOT


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of temporary files of the test's own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def age(path: Path) -> None:
    long_ago = time.time() - 3600
    os.utime(path, (long_ago, long_ago))


def test_more_than_fits_is_put_on_disk_and_is_gone_in_the_end(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPFRONT_MEMORY", "48MB")
    backend = DuckDBBackend()
    numbers = backend.load("numbers", pa.table({"n": pa.arange(0, 400_000)}))
    kept = numbers
    for name in "abcd":
        text = numbers["n"].cast("string").lpad(64, name)
        kept = backend.keep(name, numbers.select("n", text=text))
    found = backend.rows(kept.aggregate(n=kept["text"].nunique()))
    assert found == [{"n": 400_000}]
    (folder,) = temporary.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sum(path.stat().st_size for path in folder.iterdir()) > 10_000_000
    backend.close()
    assert not list(temporary.iterdir())


def test_a_backend_that_nobody_closes_leaves_nothing(temporary: Path) -> None:
    code = "from adapters.backends.spill import Spill; spill = Spill(); print(spill.path)"
    env = {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True
    )
    assert Path(done.stdout.strip()).parent == temporary
    assert not list(temporary.iterdir())


def test_what_killed_runs_left_is_cleared_up_and_what_is_in_use_is_not(temporary: Path) -> None:
    used = Spill()
    (used.path / "data").write_text("data")
    left = temporary / "upfront-spill-left"
    left.mkdir()
    (left / "data").write_text("data")
    young = temporary / "upfront-spill-young"
    young.mkdir()
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    link = temporary / "upfront-spill-link"
    link.symlink_to(elsewhere)
    for path in (used.path, left, elsewhere):
        age(path)
    again = Spill()
    assert {p.name for p in temporary.iterdir()} == {
        used.path.name, again.path.name, young.name, "elsewhere", link.name,
    }  # fmt: skip
    assert (used.path / "data").exists()
    used.close()
    again.close()


def test_a_size_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPFRONT_MEMORY", "plenty")
    with pytest.raises(UpfrontError, match="UPFRONT_MEMORY"):
        DuckDBBackend()
