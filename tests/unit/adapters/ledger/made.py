"""Made-up runs and moments, and the ledgers that hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from adapters.ledger.store import Ledger, open_ledger
from engine.ledger.moment import BULK_COLUMNS, leaf_digest, personal_digest
from engine.ledger.run import RunRecord

TEXTS = {"config.yaml": "version: 1\n", "rules/age.yaml": "rules: [è]\n"}
SCHEMA = pa.schema([(name, pa.string()) for name in BULK_COLUMNS])


def run_of(run_id: str, blocked: int, allowed: int = 3) -> RunRecord:
    """A run that read `blocked + allowed` rows."""
    return RunRecord(
        run_id=run_id,
        as_of="2026-03-02T09:00:00Z",
        started_at="2026-03-02T09:00:01Z",
        finished_at="2026-03-02T09:00:05Z",
        backend="duckdb",
        counts={
            "read": blocked + allowed,
            "allowed": allowed,
            "blocked": blocked,
            "by_cause": {"failed": blocked},
        },
        rules={"eligibility.adult": {"passed": allowed, "failed": blocked}},
        pools={"stock.units": {"granted": 1, "denied": 0}},
        ruleset_digest="11" * 32,
        config_digest="22" * 32,
        input_digest="33" * 32,
    )


def sealed(
    row: dict[str, str | None], number: int, secret: str = "5e" * 32
) -> dict[str, str | None]:
    """The row with its salt and hashes."""
    row = {**row, "salt": hashlib.sha256(f"{secret}:{number}".encode()).hexdigest()}
    row["personal"] = personal_digest(row)
    row["leaf"] = leaf_digest(row)
    return row


def moment_of(run_id: str, number: int) -> dict[str, str | None]:
    """One moment as a run hands it over."""
    return sealed(
        {
            "run_id": run_id,
            "candidate_id": f"L{number:06}",
            "customer_id": f"C{number // 2:06}",
            "offer_id": "FIBRE|1000",
            "channel": "call",
            "contact_at": "2026-03-02T09:00:00Z" if number % 3 else None,
            "cause": "failed",
            "stage": "eligibility",
            "moment": "ZMOT",
            "pain": "not-for-you",
            "rule": "eligibility.adult",
            "reason": f"Età {number}: «troppo giovane» 🙂",
            "reasons": '[{"rule":"eligibility.adult","outcome":"failed","conditions":[1]}]',
        },
        number,
    )


def reader_of(
    moments: Iterable[Mapping[str, str | None]], batch: int = 1000
) -> pa.RecordBatchReader:
    """The moments as a stream of batches."""

    def batches() -> Iterator[pa.RecordBatch]:
        rows: list[Mapping[str, str | None]] = []
        for row in moments:
            rows.append(row)
            if len(rows) == batch:
                yield pa.RecordBatch.from_pylist(rows, schema=SCHEMA)
                rows = []
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=SCHEMA)

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


def moments_of(run_id: str, count: int, batch: int = 1000) -> pa.RecordBatchReader:
    """`count` moments of a run."""
    return reader_of((moment_of(run_id, n) for n in range(count)), batch)


def ledger_in(folder: Path) -> Ledger:
    """The ledger of a folder, made if need be."""
    return open_ledger(f"sqlite:///{folder / 'upfront.db'}", folder / "upfront.key")
