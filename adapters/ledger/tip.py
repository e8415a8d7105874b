"""The ledger's growing end: its last checkpoint, and whether the tables still fit it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select

from adapters.ledger import schema
from adapters.ledger.bulk import Transaction
from engine.diagnostics import LedgerBroken
from engine.ledger.checkpoint import NoteRefused, open_checkpoint
from engine.ledger.merkle import Frontier


@dataclass(frozen=True)
class Tip:
    """Where the next run goes on. `origin` names the ledger; None before its first checkpoint."""

    frontier: Frontier
    origin: str | None
    runs: int
    checkpoints: int


def new_origin(random: str) -> str:
    """A name that no other ledger has."""
    return f"upfront/ledger/{random}"


def read_tip(writes: Transaction, path: Path, key: Ed25519PublicKey) -> Tip:
    """The ledger's end, checked at a cost that does not grow with the ledger.

    Raises LedgerBroken when the moments are not as many as were signed, or the last checkpoint is
    not signed with this key or does not give the root it should. What lies further back is for
    `audit verify`.
    """
    moment = schema.prevented_moment.c.seq
    ends = writes.rows(select(func.min(moment).label("first"), func.max(moment).label("last")))[0]
    runs = writes.rows(select(func.max(schema.run.c.number).label("last")))[0]["last"] or 0
    newest = select(schema.checkpoint).order_by(schema.checkpoint.c.number.desc()).limit(1)
    last = next(iter(writes.rows(newest)), None)
    first, end = ends["first"], ends["last"] or 0
    if last is None:
        if end or runs:
            raise _broken(path, "it holds moments or runs, and no checkpoint")
        return Tip(Frontier(), None, 0, 0)
    try:
        signed = open_checkpoint(str(last["note"]), key)
        frontier = Frontier.from_text(signed.size, str(last["frontier"] or ""))
    except NoteRefused as error:
        raise _broken(path, f"its last checkpoint cannot be used: {error}") from None
    except ValueError:
        raise _broken(path, "its last checkpoint lacks what the next one builds on") from None
    if frontier.root() != signed.root or signed.size != last["size"]:
        raise _broken(path, "its last checkpoint was changed")
    if end != signed.size or (signed.size and first != 1):
        raise _broken(path, f"it ends at moment {end}; its last checkpoint signed {signed.size}")
    return Tip(frontier, signed.origin, runs, last["number"])


def _broken(path: Path, what: str) -> LedgerBroken:
    return LedgerBroken(
        f"the ledger {path} does not verify: {what}",
        "nothing was recorded; `upfront audit verify` tells what was changed",
    )
