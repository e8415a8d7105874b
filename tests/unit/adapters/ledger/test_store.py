from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from adapters.ledger import bulk
from adapters.ledger.auditing import verify_ledger
from adapters.ledger.guard import sole_use
from adapters.ledger.key import UnusableKey
from adapters.ledger.opening import LedgerUnusable
from adapters.ledger.store import Ledger, RunAlreadyRecorded, open_ledger
from engine.diagnostics import LedgerBroken
from engine.ledger.canonical import texts_digest
from engine.ledger.checkpoint import open_checkpoint
from engine.ledger.merkle import Frontier
from engine.ledger.moment import BULK_COLUMNS
from tests.unit.adapters.ledger.made import (
    SCHEMA,
    TEXTS,
    ledger_in,
    moment_of,
    moments_of,
    reader_of,
    run_of,
    sealed,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return ledger_in(tmp_path)


def test_a_recorded_run_is_read_back_as_it_was(ledger: Ledger) -> None:
    written = ledger.record(run_of("r1", 5), TEXTS, moments_of("r1", 5, batch=2))
    assert (written.first_seq, written.last_seq) == (1, 5)
    found = ledger.find_run("r1")
    assert found == replace(
        run_of("r1", 5),
        number=1,
        texts_digest=texts_digest(TEXTS),
        first_seq=1,
        last_seq=5,
        root=written.root,
    )
    assert ledger.ruleset(texts_digest(TEXTS)) == TEXTS
    assert [m.seq for m in ledger.moments()] == [1, 2, 3, 4, 5]
    for n, moment in enumerate(ledger.moments()):
        assert {name: getattr(moment, name) for name in BULK_COLUMNS} == moment_of("r1", n)


def test_runs_follow_one_another_without_a_gap_and_the_root_is_over_all(ledger: Ledger) -> None:
    sizes = [3, 0, 4, 1]
    tree = Frontier()
    for n, size in enumerate(sizes):
        written = ledger.record(run_of(f"r{n}", size), TEXTS, moments_of(f"r{n}", size))
        assert written.first_seq == tree.size + 1
        tree.extend([bytes.fromhex(str(moment_of(f"r{n}", k)["leaf"])) for k in range(size)])
        assert (written.last_seq, written.root) == (tree.size, tree.root().hex())
    assert [run.run_id for run in ledger.runs()] == ["r3", "r2", "r1", "r0"]
    result = verify_ledger(ledger)
    assert result.whole
    assert (result.moments, result.runs, result.size) == (8, 4, 8)


def test_the_last_checkpoint_is_signed_and_is_the_ledgers_root(ledger: Ledger) -> None:
    written = ledger.record(run_of("r1", 5), TEXTS, moments_of("r1", 5))
    note = ledger.last_checkpoint()
    assert note is not None
    checkpoint = open_checkpoint(note, ledger.signing_key().public_key())
    assert (checkpoint.size, checkpoint.root.hex()) == (5, written.root)


def test_the_same_rules_are_kept_once(ledger: Ledger) -> None:
    for n in range(3):
        ledger.record(run_of(f"r{n}", 0), TEXTS, moments_of(f"r{n}", 0))
    ledger.record(run_of("other", 0), {"config.yaml": "x"}, moments_of("other", 0))
    with closing(sqlite3.connect(ledger.path)) as connection:
        assert connection.execute("SELECT count(*) FROM ruleset").fetchone() == (2,)


def test_moments_can_be_narrowed_and_paged(ledger: Ledger) -> None:
    ledger.record(run_of("r1", 6), TEXTS, moments_of("r1", 6))
    ledger.record(run_of("r2", 6), TEXTS, moments_of("r2", 6))

    def seqs(**wanted: str | int) -> list[int]:
        return [m.seq for m in ledger.moments(**wanted)]  # type: ignore[arg-type]

    assert seqs(run_id="r2") == [7, 8, 9, 10, 11, 12]
    assert seqs(run_id="r2", limit=2, offset=2) == [9, 10]
    assert seqs(customer_id="C000001") == [3, 4, 9, 10]
    assert seqs(run_id="r1", candidate_id="L000002") == [3]
    assert seqs(rule="no.such-rule") == seqs(run_id="nobody") == []
    found = ledger.moment(7)
    assert found is not None
    assert found.run_id == "r2"
    assert ledger.moment(13) is None
    assert ledger.find_run("nobody") is None
    assert ledger.ruleset("nothing") is None


def test_search_indexes_can_be_added_and_recording_goes_on(ledger: Ledger) -> None:
    ledger.record(run_of("r1", 3), TEXTS, moments_of("r1", 3))
    ledger.make_search_indexes()
    ledger.make_search_indexes()
    ledger.record(run_of("r2", 3), TEXTS, moments_of("r2", 3))
    with closing(sqlite3.connect(ledger.path)) as connection:
        plan = "EXPLAIN QUERY PLAN SELECT * FROM prevented_moment WHERE customer_id = 'C1'"
        assert "prevented_moment_by_customer_id" in str(connection.execute(plan).fetchall())
    assert verify_ledger(ledger).whole


def test_a_run_is_not_recorded_twice(ledger: Ledger) -> None:
    ledger.record(run_of("r1", 3), TEXTS, moments_of("r1", 3))
    with pytest.raises(RunAlreadyRecorded, match="r1"):
        ledger.record(run_of("r1", 3), TEXTS, moments_of("r1", 3))
    assert verify_ledger(ledger).moments == 3


class Interrupted(Exception):
    pass


def test_what_fails_before_the_commit_undoes_it_all(ledger: Ledger) -> None:
    ledger.record(run_of("r1", 3), TEXTS, moments_of("r1", 3))

    def fails() -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        ledger.record(run_of("r2", 4), TEXTS, moments_of("r2", 4), fails)
    assert [run.run_id for run in ledger.runs()] == ["r1"]
    assert verify_ledger(ledger).moments == 3
    assert ledger.record(run_of("r2", 4), TEXTS, moments_of("r2", 4)).first_seq == 4


def test_an_error_while_the_moments_are_read_comes_through_and_leaves_nothing(
    ledger: Ledger,
) -> None:
    def broken() -> Iterator[dict[str, str | None]]:
        for n in range(25):
            yield moment_of("r1", n)
        raise Interrupted

    def batches() -> Iterator[pa.RecordBatch]:
        for row in broken():
            yield pa.RecordBatch.from_pylist([row], schema=SCHEMA)

    class Reader:
        """A stream whose error is not turned into text by a C interface on its way."""

        schema = SCHEMA

        def __iter__(self) -> Iterator[pa.RecordBatch]:
            return batches()

    with pytest.raises(Interrupted):
        ledger.record(run_of("r1", 25), TEXTS, Reader())
    assert (ledger.runs(), ledger.moments(), ledger.last_checkpoint()) == ([], [], None)
    ledger.record(run_of("r1", 2), TEXTS, moments_of("r1", 2))
    assert verify_ledger(ledger).whole


def _without(name: str) -> pa.RecordBatchReader:
    table = moments_of("r1", 2).read_all().drop_columns([name])
    return table.to_reader()


@pytest.mark.parametrize(
    ("moments", "message"),
    [
        (lambda: moments_of("r1", 3), "says it blocked 2, and handed over 3"),
        (lambda: moments_of("r1", 1), "says it blocked 2, and handed over 1"),
        (lambda: moments_of("r9", 2), "of another run"),
        (lambda: _without("reasons"), "lack the columns reasons"),
        (lambda: reader_of([{**moment_of("r1", 0), "salt": None}]), "no salt"),
        (lambda: reader_of([{**moment_of("r1", 0), "rule": None}]), "no rule"),
        (lambda: reader_of([{**moment_of("r1", 0), "leaf": "AB" * 32}]), "leaf is not a hash"),
        (lambda: reader_of([{**moment_of("r1", 0), "leaf": "ab " * 21 + "a"}]), "leaf is not a"),
        (lambda: reader_of([{**moment_of("r1", 0), "leaf": "é" * 32}]), "leaf is not a hash"),
        (lambda: reader_of([{**moment_of("r1", 0), "salt": ""}]), "salt is not a hash"),
        (lambda: reader_of([{**moment_of("r1", 0), "leaf": "ab" * 32}]), "hashes are not"),
    ],
)
def test_moments_that_are_not_fit_are_refused_and_nothing_is_kept(
    ledger: Ledger, moments: object, message: str
) -> None:
    with pytest.raises(LedgerUnusable, match=message):
        ledger.record(run_of("r1", 2), TEXTS, moments())  # type: ignore[operator]
    assert (ledger.runs(), ledger.moments()) == ([], [])


def test_slices_and_other_string_types_are_taken_as_they_are(ledger: Ledger) -> None:
    rows = [moment_of("r1", n) for n in range(10)]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    large = table.cast(pa.schema([(name, pa.large_string()) for name in BULK_COLUMNS]))
    reordered = large.select(list(reversed(BULK_COLUMNS)))
    batches = [b.slice(3, 4) for b in reordered.to_batches()]
    ledger.record(
        run_of("r1", 4), TEXTS, pa.RecordBatchReader.from_batches(reordered.schema, batches)
    )
    assert [m.candidate_id for m in ledger.moments()] == [f"L00000{n}" for n in (3, 4, 5, 6)]
    assert verify_ledger(ledger).whole


def test_texts_with_nul_quotes_and_emoji_are_kept_to_the_letter(ledger: Ledger) -> None:
    strange = "a\0b'\";--🙂\r\n\u202e"
    row = sealed({**moment_of("r1", 0), "customer_id": strange, "offer_id": strange}, 0)
    ledger.record(run_of("r1", 1), {"a.yaml": strange}, reader_of([row]))
    found = ledger.moment(1)
    assert found is not None
    assert (found.customer_id, found.offer_id) == (strange, strange)
    assert ledger.ruleset(ledger.runs()[0].texts_digest) == {"a.yaml": strange}
    assert verify_ledger(ledger).whole


@pytest.mark.parametrize(
    ("tampering", "message"),
    [
        ("DELETE FROM prevented_moment WHERE seq = 5", "ends at moment 4"),
        ("DELETE FROM prevented_moment WHERE seq = 1", "ends at moment 5"),
        ("DELETE FROM checkpoint", "no checkpoint"),
        ("UPDATE checkpoint SET size = 6", "was changed"),
        ("UPDATE checkpoint SET frontier = replace(frontier, 'a', 'b')", "was changed"),
        ("UPDATE checkpoint SET frontier = ''", "lacks what the next one builds on"),
        ("UPDATE checkpoint SET note = replace(note, '\n5\n', '\n4\n')", "cannot be used"),
        ("UPDATE checkpoint SET note = 'x'", "cannot be used"),
    ],
)
def test_nothing_is_built_upon_a_ledger_whose_end_does_not_fit(
    ledger: Ledger, tampering: str, message: str
) -> None:
    ledger.record(run_of("r1", 5), TEXTS, moments_of("r1", 5))
    with closing(sqlite3.connect(ledger.path)) as connection, connection:
        connection.execute(tampering)
    with pytest.raises(LedgerBroken, match=message):
        ledger.record(run_of("r2", 1), TEXTS, moments_of("r2", 1))
    assert len(ledger.runs()) == 1


def test_a_signed_ledger_without_its_key_gets_no_new_one(ledger: Ledger) -> None:
    ledger.record(run_of("r1", 1), TEXTS, moments_of("r1", 1))
    ledger.key_path.rename(ledger.key_path.with_name("elsewhere"))
    with pytest.raises(UnusableKey, match="does not exist"):
        ledger.ready()
    with pytest.raises(UnusableKey, match="does not exist"):
        ledger.record(run_of("r2", 1), TEXTS, moments_of("r2", 1))
    assert not ledger.key_path.exists()
    assert len(ledger.moments()) == 1


def test_a_ledger_signed_with_another_key_is_not_continued(ledger: Ledger) -> None:
    ledger.record(run_of("r1", 1), TEXTS, moments_of("r1", 1))
    ledger.key_path.unlink()
    open_ledger(f"sqlite:///{ledger.path.with_name('other.db')}", ledger.key_path).ready()
    with pytest.raises(LedgerBroken, match="not signed with this ledger's key"):
        ledger.record(run_of("r2", 1), TEXTS, moments_of("r2", 1))


def test_the_lock_is_held_before_anything_is_read(ledger: Ledger) -> None:
    code = (
        "import sqlite3, sys\n"
        f"c = sqlite3.connect({str(ledger.path)!r}, timeout=0, isolation_level=None)\n"
        "try:\n    c.execute('BEGIN IMMEDIATE')\nexcept sqlite3.OperationalError as e:\n    print(e)\n"
    )
    with sole_use(ledger.path), bulk.transaction(ledger.path):
        found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert found.stdout == b"database is locked\n"


def test_in_one_process_the_file_is_open_through_one_library_at_a_time(ledger: Ledger) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(len(ledger.moments()))

    def moments() -> Iterator[pa.RecordBatch]:
        reader.start()
        reader.join(0.3)
        # It waits at the door, with a connection neither open nor half open.
        assert reader.is_alive()
        assert seen == []
        yield from moments_of("r1", 3)

    reader = threading.Thread(target=look)
    stream = pa.RecordBatchReader.from_batches(SCHEMA, moments())
    ledger.record(run_of("r1", 3), TEXTS, stream)
    reader.join()
    assert seen == [3]


def test_using_the_ledger_from_within_its_own_use_is_an_error_and_no_standstill(
    ledger: Ledger,
) -> None:
    with ledger.reading(), pytest.raises(RuntimeError, match="within its own use"):
        ledger.moments()
    assert ledger.moments() == []
