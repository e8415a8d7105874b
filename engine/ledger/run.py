"""What the ledger keeps of a run, and the digest by which the run's row is signed.

The Merkle tree holds the prevented moments; what a run says of itself (how many it read, allowed, which
rules did what, by which rulebook) is held by a digest of its row, signed when the run ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.ledger.canonical import digest, json_text

RUN_VERSIONS = ("upfront.run.1", "upfront.run.2")

SIGNED = (
    "number",
    "run_id",
    "as_of",
    "started_at",
    "finished_at",
    "backend",
    "read",
    "allowed",
    "blocked",
    "counts",
    "rules",
    "pools",
    "ruleset_digest",
    "config_digest",
    "input_digest",
    "texts_digest",
    "first_seq",
    "last_seq",
    "root",
)
"""Columns of a run's row in the order in which they are hashed; version 2 adds `sources`."""


@dataclass(frozen=True)
class RunRecord:
    """One screening of one list, named as in the run's manifest.

    Times are UTC, ISO 8601. `counts` holds at least `read`, `allowed`, `blocked` and `by_cause`.
    `sources` says of each source how many `rows` it had, its `as_of` and `digest`, whether all of it
    was read (`whole`), and the `failure` for which facts of it are unknown, if any; None for a run recorded before ledgers kept it.
    The ledger gives `number` (from 1, gapless), `texts_digest`, `first_seq`, `last_seq` and `root`
    (hex) when it records the run; a run that blocked nobody has `last_seq == first_seq - 1`.
    """

    run_id: str
    as_of: str
    started_at: str
    finished_at: str
    backend: str
    counts: Mapping[str, Any]
    rules: Mapping[str, Any]
    pools: Mapping[str, Any]
    ruleset_digest: str
    config_digest: str
    input_digest: str
    sources: Mapping[str, Any] | None = field(default_factory=dict)
    texts_digest: str = ""
    number: int = 0
    first_seq: int = 0
    last_seq: int = 0
    root: str = ""
    read: int = field(init=False)
    allowed: int = field(init=False)
    blocked: int = field(init=False)

    def __post_init__(self) -> None:
        for name in ("read", "allowed", "blocked"):
            object.__setattr__(self, name, int(self.counts[name]))


def stored_columns(run: RunRecord) -> dict[str, str | int | None]:
    """The run's row, as it is stored and signed."""
    row = {name: getattr(run, name) for name in SIGNED}
    for name in ("counts", "rules", "pools"):
        row[name] = json_text(row[name])
    row["sources"] = None if run.sources is None else json_text(run.sources)
    return row


def run_digest(row: Mapping[str, object]) -> str:
    """Hex digest of a stored row; numbers are hashed as decimal text.

    A row without `sources` is hashed as it was before there were any, so that one whose sources
    were taken away has another digest than the one that was signed.

    Raises KeyError for a missing column; a value that is neither text nor number counts as its
    Python text, so a damaged row gives a digest that matches nothing.
    """
    texts = [None if row[name] is None else str(row[name]) for name in SIGNED]
    sources = row["sources"]
    if sources is None:
        return digest([RUN_VERSIONS[0], *texts])
    return digest([RUN_VERSIONS[1], *texts, str(sources)])
