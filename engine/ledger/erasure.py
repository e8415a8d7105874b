"""An erasure: the entry that says a moment's personal part was lawfully removed, and is signed for it."""

from __future__ import annotations

from collections.abc import Mapping, Set

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine.ledger.canonical import digest
from engine.ledger.checkpoint import NoteRefused, open_note, statement
from engine.ledger.findings import Findings

ERASURE_VERSION = "upfront.erasure.1"
SIGNED = ("seq", "leaf", "erased_at", "ground")
"""Columns of an erasure's row in the order in which they are hashed."""


def erasure_digest(row: Mapping[str, object]) -> str:
    """Hex digest of an erasure's row, which `statement("erasure", …)` signs."""
    texts = [None if row[name] is None else str(row[name]) for name in SIGNED]
    return digest([ERASURE_VERSION, *texts])


def check_erasure(
    seq: int,
    moment: Mapping[str, object],
    entry: Mapping[str, object],
    origins: Set[str],
    key: Ed25519PublicKey,
    findings: Findings,
) -> None:
    """Whether the entry is signed by the ledger (one of `origins`) and is for this very moment."""
    message = f"the erasure of moment {seq} is not one this ledger signed"
    note = entry.get("note")
    try:
        if not isinstance(note, str) or entry["seq"] != seq or entry["leaf"] != moment["leaf"]:
            raise NoteRefused(message)
        expected = erasure_digest(entry)
        if not any(_opens(note, origin, expected, key) for origin in origins):
            raise NoteRefused(message)
    except (NoteRefused, KeyError, UnicodeEncodeError):
        findings.add("erasure-forged", message, seq)


def _opens(note: str, origin: str, digest_: str, key: Ed25519PublicKey) -> bool:
    try:
        return open_note(note, origin, key) == statement("erasure", origin, digest_)
    except NoteRefused:
        return False
