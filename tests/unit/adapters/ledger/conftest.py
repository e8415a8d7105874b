from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.ledger.store import Ledger
from tests.unit.adapters.ledger.made import TEXTS, ledger_in, moments_of, run_of


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs of 6, 0 and 5 moments, and one more of other rules with 4."""
    folder = tmp_path_factory.mktemp("original")
    ledger = ledger_in(folder)
    for run_id, count in (("r1", 6), ("r2", 0), ("r3", 5)):
        ledger.record(run_of(run_id, count), TEXTS, moments_of(run_id, count))
    ledger.record(run_of("r4", 4), {"config.yaml": "version: 2\n"}, moments_of("r4", 4))
    return folder


@pytest.fixture
def ledger(original: Path, tmp_path: Path) -> Ledger:
    for name in ("upfront.db", "upfront.key"):
        shutil.copy(original / name, tmp_path / name)
    return ledger_in(tmp_path)
