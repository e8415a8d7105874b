"""Many telephone numbers at a time: in worker processes, one for each processor."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process

import pyarrow as pa

from adapters.sources.computed.phone_number import TOLD, told

FEW = 10_000
"""So many are told before workers would have started."""
_CHUNK = 5_000

_Chunk = tuple[Sequence[str], Sequence[str | None]]


def told_by_all(numbers: Sequence[str], regions: Sequence[str | None]) -> pa.Table:
    """As `told`, whatever the number of numbers; a worker that dies costs time, not numbers."""
    chunks = [
        (numbers[i : i + _CHUNK], regions[i : i + _CHUNK]) for i in range(0, len(numbers), _CHUNK)
    ]
    workers = min(processors(), len(chunks))
    done = _in_workers(chunks, workers) if workers > 1 and len(numbers) >= FEW else {}
    tables = [done[i] if i in done else told(*chunk) for i, chunk in enumerate(chunks)]
    return pa.concat_tables([TOLD.empty_table(), *tables])


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_workers(chunks: Sequence[_Chunk], workers: int) -> dict[int, pa.Table]:
    """What workers could tell, by the number of the chunk: all, unless one of them was killed."""
    done: dict[int, pa.Table] = {}
    # Where a machine has no semaphores there are no workers, and nothing is lost but time.
    with suppress(BrokenProcessPool, OSError, ImportError, NotImplementedError):
        done.update(_answers(chunks, workers))
    return done


def _answers(chunks: Sequence[_Chunk], workers: int) -> Iterator[tuple[int, pa.Table]]:
    # Not by fork: this process has threads, of DuckDB among others, that may hold locks.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin)
    try:
        waiting = {pool.submit(told, *chunk): i for i, chunk in enumerate(chunks)}
        for answer in as_completed(waiting):
            yield waiting[answer], answer.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a worker: the run ends it, whether by its own end or by being interrupted or killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
