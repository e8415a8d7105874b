"""What a run says when its files can't be put in place, and what the next one does."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from adapters.outputs import staging
from adapters.outputs.staging import MANIFEST, Staging, recover
from engine.diagnostics import UpfrontError

LEDGER = {"first_seq": 1, "last_seq": 0, "root": "00"}


def staged(out: Path) -> Staging:
    run = Staging(out, "r1")
    (run.path / "allowed.csv").write_text("id\n")
    run.draft({"run_id": "r1"})
    return run


def test_a_file_in_the_way_of_a_release_is_named_and_the_next_run_releases(tmp_path: Path) -> None:
    run = staged(tmp_path)
    (tmp_path / "r1").write_text("in the way")
    with pytest.raises(UpfrontError, match=f"{tmp_path / 'r1'} can't be written: Not a directory"):
        run.release({"run_id": "r1", "ledger": LEDGER})
    run.leave()
    with pytest.raises(UpfrontError, match="Not a directory"):
        recover(tmp_path, lambda _: LEDGER)
    (tmp_path / "r1").unlink()
    assert recover(tmp_path, lambda _: LEDGER) == ["r1"]
    assert {p.name for p in (tmp_path / "r1").iterdir()} == {"allowed.csv", MANIFEST}


def test_a_full_disk_is_said_to_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = staged(tmp_path)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(staging, "_write_json", full)
        with pytest.raises(UpfrontError, match="can't be written: No space left on device"):
            run.release({"run_id": "r1", "ledger": LEDGER})
    run.leave()
    assert recover(tmp_path, lambda _: LEDGER) == ["r1"]
