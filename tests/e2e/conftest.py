"""Projects to try the command line on; the sample list is screened once for all tests."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import AS_OF, ROOT, copy_sample
from tests.support.small_project import small_project
from tests.support.zygote import Zygote


@dataclass(frozen=True)
class SampleRun:
    """The sample list screened in `folder`, and what that printed."""

    folder: Path
    out: str
    err: str

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return dict(json.loads(self.out))

    @property
    def released(self) -> Path:
        """The folder with the run's files."""
        return self.folder / "out" / str(self.manifest["run_id"])


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """Made once, by whichever worker process comes first."""
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-"):
        shared = shared.parent
    folder = shared / "sample"
    with (shared / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "err").exists():
            _run_sample(copy_sample(folder))
    return SampleRun(folder, (folder / "json").read_text(), (folder / "err").read_text())


def _run_sample(folder: Path) -> None:
    command = [sys.executable, "-m", "adapters.cli", "run", "--as-of", AS_OF, "--json"]
    env = {"PYTHONPATH": str(ROOT), "PATH": "", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    (folder / "json").write_bytes(done.stdout)
    (folder / "err").write_bytes(done.stderr)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with the small project."""
    return small_project(tmp_path / "project")


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Runs that start at once and may be killed."""
    with Zygote() as started:
        yield started
