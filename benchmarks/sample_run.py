"""How long people wait for the sample, with each of several Pythons in turn.

python benchmarks/sample_run.py [TIMES] [PYTHON ...]    (default 3 times, the Python that runs it)

Each PYTHON has upfront installed, as .venv/bin/python has. What counts is the ratio to the first one:
seconds differ from machine to machine, and from one hour to the next. Of several builds of
one version some take far longer than others.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
_RUN = ("run", "samples/call-list.csv.gz", "--json", "--as-of")
# In this order: the second run finds the ledger that the first one made.
COMMANDS = {
    "run, new ledger": (*_RUN, "2026-03-02T09:30:00+01:00"),
    "run, same ledger": (*_RUN, "2026-03-02T09:31:00+01:00"),
    "validate": ("validate",),
    "--help": ("--help",),
}
Took = tuple[float, float]
"""Seconds on the clock, and of all cores together."""


def main() -> None:
    """Measure, and print the medians."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    # absolute, not resolved: a venv's python is a link, and is itself only by its own name.
    pythons = [str(Path(python).absolute()) for python in sys.argv[2:]] or [sys.executable]
    took: dict[tuple[str, str], list[Took]] = {}
    for _ in range(times):
        for python in pythons:
            for name, one in measured(python).items():
                took.setdefault((name, python), []).append(one)
    for name in COMMANDS:
        first = middle(took[name, pythons[0]])
        for python in pythons:
            wall, cores = middle(took[name, python])
            ratio = wall / first[0]
            print(f"{name:<16} {wall:6.2f} s, {cores:6.2f} s of cores, {ratio:4.2f} ×  {python}")


def measured(python: str) -> dict[str, Took]:
    """What each command takes, in a new folder that has the sample's project."""
    with tempfile.TemporaryDirectory() as name:
        for part in ("rules", "samples"):
            shutil.copytree(ROOT / part, Path(name, part))
        shutil.copy(ROOT / "config.yaml", name)
        return {command: seconds(python, name, command) for command in COMMANDS}


def seconds(python: str, folder: str, command: str) -> Took:
    """What one command takes. Raises CalledProcessError when it fails."""
    begun, used = time.perf_counter(), of_children()
    subprocess.run(
        [python, "-m", "adapters.cli", *COMMANDS[command]],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - begun, of_children() - used


def of_children() -> float:
    """Seconds of cores that processes begun here have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def middle(took: list[Took]) -> Took:
    """The medians."""
    return median(wall for wall, _ in took), median(cores for _, cores in took)


if __name__ == "__main__":
    main()
