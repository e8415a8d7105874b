"""The backend keeps tables behind the caller's back: in order, and no error is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from adapters.backends.duckdb import DuckDBBackend

ROWS = 60_000


@pytest.fixture
def backend() -> Iterator[DuckDBBackend]:
    made = DuckDBBackend()
    yield made
    made.close()


def numbers(backend: DuckDBBackend, name: str = "numbers") -> ir.Table:
    shuffled = list(range(ROWS))
    random.Random(1).shuffle(shuffled)
    return backend.load(name, pa.table({"n": shuffled}))


def broken(table: ir.Table) -> ir.Table:
    """An expression that fails when it is evaluated, and not before."""
    return table.select(n=(table["n"].cast("string") + "x").cast("int64"))


def test_a_stream_comes_in_the_order_of_its_last_step(backend: DuckDBBackend) -> None:
    kept = backend.keep("kept", numbers(backend).mutate(twice=ibis._["n"] * 2))
    read = [n for batch in backend.stream(kept.order_by("n")) for n in batch["n"].to_pylist()]
    assert read == list(range(ROWS))


def test_what_is_kept_can_be_kept_anew_from_itself(backend: DuckDBBackend) -> None:
    kept = backend.keep("kept", numbers(backend))
    for _ in range(5):
        kept = backend.keep("kept", kept.filter(kept["n"] % 2 == 0).mutate(n=kept["n"] // 2))
    assert backend.rows(kept.aggregate(n=kept.count()))[0]["n"] == ROWS // 2**5


@pytest.mark.parametrize("ask", ["rows", "stream"])
def test_an_error_behind_the_back_is_raised_by_what_is_asked_next(
    backend: DuckDBBackend, ask: str
) -> None:
    backend.keep("wrong", broken(numbers(backend)))
    fine = backend.keep("fine", numbers(backend, "others"))
    with pytest.raises(duckdb.Error):
        getattr(backend, ask)(fine)


def test_streams_can_be_read_side_by_side(backend: DuckDBBackend) -> None:
    kept = backend.keep("kept", numbers(backend))

    def total(divisor: int) -> int:
        chosen = kept.filter(kept["n"] % divisor == 0).order_by("n")
        return sum(batch.num_rows for batch in backend.stream(chosen))

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(total, (1, 2, 3, 4, 5, 6))) == [ROWS // d for d in range(1, 7)]


def test_closing_leaves_nothing_waiting(backend: DuckDBBackend) -> None:
    kept = numbers(backend)
    for i in range(20):
        kept = backend.keep(f"kept {i}", kept.mutate(n=kept["n"] + 1))
    backend.close()
    with pytest.raises((duckdb.Error, RuntimeError)):
        backend.rows(kept)
