"""Runs of `upfront` that start at once and may be killed: one process imports, each run is a fork.

As a program it reads lines of JSON ({folder, list, as_of, allowed}); for each it forks a child
that makes the run. Lines on standard output: `pid N`, the child's stages as it begins them, and
`end STATUS` (minus the signal's number when it was killed).
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Zygote:
    """The program, started; a context manager."""

    def __enter__(self) -> Zygote:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.zygote"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def run(
        self, folder: Path, as_of: str, *, stage: str | None = None, delay: float = 60.0
    ) -> tuple[int, dict[str, float]]:
        """Make a run and kill it `delay` seconds after `stage` begins (or after its start).

        Returns its exit status, -9 when it was killed in time, and when each stage began.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        job = {"folder": str(folder), "as_of": as_of}
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
        pid = int(self._line().removeprefix("pid "))
        begun = time.monotonic()
        stages = {"": 0.0}
        due = begun + delay if stage is None else None
        while True:
            if due is not None and time.monotonic() >= due:
                # It may have ended just now, and its end be still to be read.
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                due = None
            left = None if due is None else max(0.0, due - time.monotonic())
            if not select.select([process.stdout], [], [], left)[0]:
                continue
            line = self._line()
            if line.startswith("end "):
                return int(line.removeprefix("end ")), stages
            stages[line] = time.monotonic() - begun
            if line == stage:
                due = time.monotonic() + delay

    def _line(self) -> str:
        """One line, and not a byte of the next: `select` must see what is still to come."""
        assert self._process.stdout is not None
        found = bytearray()
        while not found.endswith(b"\n"):
            byte = os.read(self._process.stdout.fileno(), 1)
            assert byte, "the zygote died"
            found += byte
        return found.decode().strip()


def _warm_up() -> None:
    """Import all that a run imports, and start no thread: a fork would lose it."""
    import alembic.command  # noqa: F401

    import adapters.batch
    import adapters.ledger.bulk
    import adapters.ledger.tip  # noqa: F401
    from adapters.config.load import load_project
    from tests.support.small_project import small_project

    with TemporaryDirectory() as folder:
        load_project(small_project(Path(folder)) / "config.yaml")


def _serve() -> None:
    _warm_up()
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os._exit(_child(job))
        _say(f"pid {pid}")
        _, status = os.waitpid(pid, 0)
        _say(f"end {os.waitstatus_to_exitcode(status)}")


def _child(job: dict[str, Any]) -> int:
    import traceback

    from adapters.batch import run_list
    from adapters.config.load import load_project

    try:
        os.chdir(job["folder"])
        run_list(
            load_project(Path("config.yaml")),
            Path("list.csv"),
            as_of=datetime.fromisoformat(job["as_of"]),
            started_at=datetime.now(UTC),
            out=Path("out"),
            allowed=Path("dialer/tonight.csv"),
            overwrite=True,
            progress=_say,
        )
    except BaseException:  # noqa: BLE001  (a child must end here, whatever happened)
        traceback.print_exc()
        return 1
    return 0


def _say(text: str) -> None:
    os.write(1, text.encode() + b"\n")


if __name__ == "__main__":
    _serve()
