"""Many numbers are told by several processes, and a process that dies loses none of them."""

from __future__ import annotations

import signal
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.computed import phone_workers
from adapters.sources.computed.phone_number import told
from adapters.sources.computed.phone_workers import processors, told_by_all

NUMBERS = [f"+39 333 {n:07}" for n in range(400)]
REGIONS = [None] * len(NUMBERS)


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_workers, "FEW", 100)
    monkeypatch.setattr(phone_workers, "_CHUNK", 50)
    monkeypatch.setattr(phone_workers, "processors", lambda: 2)


def test_workers_tell_what_one_process_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = told(NUMBERS, REGIONS)
    chunks = [(NUMBERS[i : i + 50], REGIONS[i : i + 50]) for i in range(0, 400, 50)]
    done = phone_workers._in_workers(chunks, 1)

    def fails(*_: object) -> None:
        pytest.fail("this process told a number")

    monkeypatch.setattr(phone_workers, "_in_workers", lambda *_: done)
    monkeypatch.setattr(phone_workers, "told", fails)
    assert told_by_all(NUMBERS, REGIONS).equals(expected)


def test_a_killed_worker_loses_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    submit, ended = ProcessPoolExecutor.submit, phone_workers._in_workers

    def deadly(pool: ProcessPoolExecutor, *_: object) -> object:
        return submit(pool, signal.raise_signal, signal.SIGKILL)

    def in_one(chunks: Any, workers: int) -> dict[int, Any]:
        assert ended(chunks, 1) == {}
        return {}

    monkeypatch.setattr(ProcessPoolExecutor, "submit", deadly)
    monkeypatch.setattr(phone_workers, "_in_workers", in_one)
    assert told_by_all(NUMBERS, REGIONS).equals(told(NUMBERS, REGIONS))


@pytest.mark.parametrize("error", [OSError, ImportError, NotImplementedError])
def test_a_machine_without_semaphores_needs_no_workers(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(phone_workers, "ProcessPoolExecutor", fails)
    assert told_by_all(NUMBERS, REGIONS).equals(told(NUMBERS, REGIONS))


def test_one_processor_and_few_numbers_start_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        pytest.fail("a worker was started")

    monkeypatch.setattr(phone_workers, "ProcessPoolExecutor", fails)
    assert told_by_all(NUMBERS[:99], REGIONS[:99]).num_rows == 99
    monkeypatch.setattr(phone_workers, "processors", lambda: 1)
    assert told_by_all(NUMBERS, REGIONS).num_rows == 400
    assert told_by_all([], []).num_rows == 0


def test_there_is_a_processor(tmp_path: Path) -> None:
    assert processors() >= 1
