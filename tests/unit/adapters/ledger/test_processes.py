"""Several processes on one ledger, and processes that die in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.ledger.auditing import verify_ledger
from tests.unit.adapters.ledger.made import TEXTS, ledger_in, moments_of, run_of

ROOT = Path(__file__).parents[4]
RECORDER = [sys.executable, "-m", "tests.unit.adapters.ledger.recorder"]
SIZE = 4000


def recorder(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*RECORDER, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_that_record_at_once_both_succeed_without_a_gap(tmp_path: Path) -> None:
    processes = [recorder("many", str(tmp_path), name, "8", "40") for name in ("a", "b")]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    ledger = ledger_in(tmp_path)
    result = verify_ledger(ledger)
    assert result.whole
    assert (result.runs, result.moments) == (16, 640)
    assert {r.run_id for r in ledger.runs()} == {f"{p}{n}" for p in "ab" for n in range(8)}


def test_a_process_killed_at_any_instant_leaves_the_whole_run_or_nothing(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    ledger_in(before).record(run_of("earlier", 30), TEXTS, moments_of("earlier", 30))
    outcomes = []
    with recorder("serve", str(SIZE)) as server:
        try:
            assert _said(server) == "ready"
            whole = _kill_after(server, _copy(before, tmp_path / "whole"), None)
            for n in range(12):
                folder = _copy(before, tmp_path / f"killed{n}")
                _kill_after(server, folder, whole * n / 10)
                outcomes.append(_check(folder))
        finally:
            server.kill()
            server.communicate()
    assert len(outcomes) == 12
    assert not outcomes[0]  # this one was killed at once


def _copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target


def _said(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline().strip()


def _kill_after(server: subprocess.Popen[str], folder: Path, seconds: float | None) -> float:
    """Has a run recorded, kills it after so long; without a time, tells how long it takes."""
    assert server.stdin is not None
    server.stdin.write(f"{folder}\n")
    server.stdin.flush()
    said = _said(server)
    while said == "done":  # of the one before, which was killed too late
        said = _said(server)
    word, pid = said.split()
    assert word == "start"
    begun = time.monotonic()
    if seconds is None:
        assert _said(server) == "done"
        return time.monotonic() - begun
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(int(pid), signal.SIGKILL)
    _wait_until_gone(int(pid))
    return seconds


def _wait_until_gone(pid: int) -> None:
    for _ in range(1000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.005)
    pytest.fail("a killed process lives on")


def _check(folder: Path) -> bool:
    """Whether the run is there; if not, that it can be recorded as if nothing had happened."""
    ledger = ledger_in(folder)
    result = verify_ledger(ledger)
    assert result.whole
    recorded = ledger.find_run("run") is not None
    assert result.moments == 30 + SIZE * recorded
    if not recorded:
        ledger.record(run_of("run", 5), TEXTS, moments_of("run", 5))
        assert verify_ledger(ledger).whole
    return recorded
