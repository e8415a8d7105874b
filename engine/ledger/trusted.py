"""Holding a ledger against a checkpoint that was kept outside, where nobody could rewrite it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine.ledger.checkpoint import Checkpoint, NoteRefused, open_checkpoint, read_checkpoint
from engine.ledger.findings import Findings, plural

Row = Mapping[str, object]


def read_trusted(
    note: str | None, key: Ed25519PublicKey, checkpoints: Sequence[Row], findings: Findings
) -> Checkpoint | None:
    """The checkpoint kept outside, if it is one that this ledger signed."""
    if note is None:
        return None
    try:
        outside = open_checkpoint(note, key)
    except NoteRefused as error:
        code = "checkpoint-forged" if error.forged else "checkpoint-unreadable"
        findings.add(code, f"the checkpoint kept outside cannot be used: {error}")
        return None
    origins = _origins(checkpoints)
    if origins and outside.origin not in origins:
        findings.add("checkpoint-foreign", "the checkpoint kept outside is another ledger's")
    return outside


def check_trusted(
    outside: Checkpoint, roots: Mapping[int, bytes], rows: int, findings: Findings
) -> None:
    """Whether the tree had the kept root at the kept size; `roots` are what was recomputed."""
    root = roots.get(outside.size)
    if root is None:
        findings.add(
            "history-truncated",
            f"the checkpoint kept outside signed {plural(outside.size, 'moment')}; "
            f"the ledger has {rows}",
        )
    elif root != outside.root:
        findings.add(
            "history-rewritten",
            f"the first {plural(outside.size, 'moment')} are not those for which the checkpoint "
            "kept outside was made",
        )


def _origins(checkpoints: Sequence[Row]) -> set[str]:
    origins = set()
    for row in checkpoints:
        note = row.get("note")
        if isinstance(note, str):
            try:
                origins.add(read_checkpoint(note).origin)
            except NoteRefused:
                continue
    return origins
