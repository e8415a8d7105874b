"""A process that records runs when it is told to; see test_processes.py.

    recorder.py many FOLDER NAME RUNS SIZE    opens the ledger and records that many runs
    recorder.py serve SIZE                    for each line FOLDER RUN_ID, forks a process that records

A forked process says `start PID` when it begins and `done` when the run is recorded. Forking saves
loading the libraries anew for each of many processes that only live to be killed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from adapters.ledger import bulk
from tests.unit.adapters.ledger.made import TEXTS, ledger_in, moments_of, run_of


def many(folder: Path, name: str, runs: int, size: int) -> None:
    """Two of these at once also make the ledger and its key at once."""
    sys.stdin.readline()
    ledger = ledger_in(folder)
    for n in range(runs):
        run_id = f"{name}{n}"
        ledger.record(run_of(run_id, size), TEXTS, moments_of(run_id, size))


def say(word: str) -> None:
    """A line to whoever started the process."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def serve(size: int) -> None:
    """Small pages of cache: the transaction spills to the file long before it commits."""
    bulk._CACHE_KIB = 100
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    table = moments_of("run", size, batch=200).read_all()
    say("ready")
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        if os.fork() == 0:
            say(f"start {os.getpid()}")
            ledger_in(folder).record(run_of("run", size), TEXTS, table.to_reader(200))
            say("done")
            os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "many":
        many(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        serve(int(sys.argv[2]))
