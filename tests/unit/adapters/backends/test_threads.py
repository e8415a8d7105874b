"""A backend asked by several threads at a time, as while lists are written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from adapters.backends.duckdb import DuckDBBackend


def test_rows_and_streams_may_be_asked_for_at_the_same_time() -> None:
    backend = DuckDBBackend()
    loaded = backend.load("loaded", pa.table({"n": range(1000)}))
    numbers = backend.keep("numbers", loaded)

    def counted() -> set[int]:
        return {backend.rows(numbers.aggregate(n=numbers.count()))[0]["n"] for _ in range(60)}

    def streamed() -> set[int]:
        return {backend.stream(numbers).read_all().num_rows for _ in range(60)}

    try:
        with ThreadPoolExecutor(4) as threads:
            answers = [threads.submit(ask) for ask in (counted, streamed, counted, streamed)]
            assert [answer.result() for answer in answers] == [{1000}] * 4
    finally:
        backend.close()
