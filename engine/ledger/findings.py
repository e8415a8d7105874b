"""What verifying a ledger may find, each in words for people who did not build it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TypeGuard

CODES = {
    "moment-changed": "a moment's stored hash does not fit its columns",
    "moment-unreadable": "a moment's row holds something the ledger never writes",
    "moment-missing": "numbers are missing between moments",
    "moment-order": "a moment's number does not follow the one before",
    "moment-unsigned": "moments stand after the last checkpoint",
    "moment-astray": "a moment stands among those of another run",
    "erasure-unlogged": "a moment's personal part is gone and no erasure says so",
    "erasure-incomplete": "an erased moment still has, or again has, some of its personal part",
    "erasure-forged": "an erasure's entry is not signed with the ledger's key",
    "erasure-astray": "an erasure speaks of a moment that is not there",
    "root-differs": "the moments up to a checkpoint are not those that were signed",
    "history-truncated": "moments that were signed are gone",
    "history-rewritten": "the history is not the one the checkpoint kept outside was made for",
    "checkpoint-unreadable": "a checkpoint is not one",
    "checkpoint-forged": "a checkpoint is not signed with the ledger's key",
    "checkpoint-changed": "a checkpoint's columns differ from its signed text",
    "checkpoint-order": "checkpoints are missing or out of order",
    "checkpoint-foreign": "a checkpoint is another ledger's",
    "run-changed": "a run's row is not the one that was signed",
    "run-missing": "a run is missing",
    "run-order": "runs are missing or out of order",
    "run-range": "a run's range of moments does not fit its checkpoint",
    "run-counts": "a run's counts do not fit its moments",
    "ruleset-missing": "the rules and configuration of a run are missing",
    "ruleset-changed": "stored rules or configuration were changed",
    "tables-changed": (
        "the tables are not those the program makes, an index does not fit them, or there is a trigger"
    ),
    "ledger-unreadable": "the database itself cannot be read",
}
"""Every code there is, and what it means; docs/ledger.md lists them."""

MOST_PER_CODE = 100


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit; `seq` is the moment it speaks of, if it speaks of one."""

    code: str
    seq: int | None
    message: str


@dataclass
class Findings:
    """Findings as they come up: the first hundred of each code in full, all of them counted."""

    listed: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, message: str, seq: int | None = None) -> None:
        """Takes one down; `code` is one of CODES."""
        self.counts[code] += 1
        if self.counts[code] <= MOST_PER_CODE:
            self.listed.append(Finding(code, seq, message))


@dataclass(frozen=True)
class Verification:
    """What came out: the ledger is whole when `counts` is empty.

    `findings` lists at most MOST_PER_CODE of each code; `counts` has them all, by code.
    """

    findings: tuple[Finding, ...]
    counts: dict[str, int]
    moments: int
    erased: int
    runs: int
    checkpoints: int
    size: int
    root: str

    @property
    def whole(self) -> bool:
        return not self.counts


def is_count(value: object) -> TypeGuard[int]:
    """Whether a stored value is a number from 0, as numbers of the ledger are."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def plural(count: int, noun: str) -> str:
    """`1 moment`, `2 moments`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
