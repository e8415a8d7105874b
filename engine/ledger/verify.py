"""Recomputes everything a ledger claims, from its rows.

Trusts nothing but the public key: every leaf, every number, the tree's root at every checkpoint, every
signature, what every run says of itself. It never raises on bad data, whatever an editor of the
database may have left there; everything that does not fit becomes a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine.ledger.canonical import is_digest
from engine.ledger.checkpoint import Checkpoint
from engine.ledger.erasure import check_erasure
from engine.ledger.findings import Findings, Verification, is_count, plural
from engine.ledger.merkle import Frontier
from engine.ledger.moment import COLUMNS, PERSONAL, leaf_digest, personal_digest, row_digests
from engine.ledger.trusted import check_trusted, read_trusted
from engine.ledger.verify_runs import Range, check_checkpoints, check_rulesets, check_runs

Row = Mapping[str, object]
BLOCK = 10_000

_NULLABLE = {"offer_id", "channel", "contact_at", "stage", "moment", "pain", "salt", *PERSONAL}
_REQUIRED = tuple(n for n in COLUMNS[1:] if n not in _NULLABLE)
_NO_LEAF = bytes(32)
_SALT = COLUMNS.index("salt")


def verify(
    moments: Iterable[Sequence[object]],
    *,
    runs: Sequence[Row],
    checkpoints: Sequence[Row],
    rulesets: Sequence[Row],
    erasures: Mapping[int, Row],
    key: Ed25519PublicKey,
    trusted: str | None = None,
) -> Verification:
    """Everything that does not fit, and totals.

    `moments` are rows in the order of COLUMNS, by `seq`, read once; the others are whole tables as
    stored, runs and checkpoints by `number`. `erasures` is looked up row by row, so whoever streams
    the moments may fill it as they go. `trusted` is the text of a checkpoint kept outside.
    """
    findings = Findings()
    signed = check_checkpoints(checkpoints, key, findings)
    outside = read_trusted(trusted, key, checkpoints, findings)
    ranges = check_runs(runs, checkpoints, key, findings)
    check_rulesets(runs, rulesets, findings)
    last = max((c.size for c in signed), default=0)
    walk = _Walk(findings, ranges, erasures, key, last)
    watched = {c.size for c in signed} | ({outside.size} if outside else set())
    roots = walk.go(moments, sorted(watched))
    walk.check_runs_counts(runs)
    _check_roots(signed, roots, walk.rows, findings)
    if outside:
        check_trusted(outside, roots, walk.rows, findings)
    for seq in sorted(set(erasures) - walk.seen_erasures):
        findings.add("erasure-astray", f"an erasure speaks of moment {seq}, which is not there")
    return Verification(
        findings=tuple(findings.listed),
        counts=dict(findings.counts),
        moments=walk.rows,
        erased=walk.erased,
        runs=len(runs),
        checkpoints=len(checkpoints),
        size=walk.tree.size,
        root=walk.tree.root().hex(),
    )


class _Walk:
    """One pass over the moments, from the first to the last."""

    def __init__(
        self,
        findings: Findings,
        ranges: Sequence[Range],
        erasures: Mapping[int, Row],
        key: Ed25519PublicKey,
        last_signed: int,
    ) -> None:
        self.findings = findings
        self.ranges = list(ranges)
        self.erasures = erasures
        self.key = key
        self.last_signed = last_signed
        self.origins = {r.origin for r in ranges}
        self.tree = Frontier()
        self.rows = 0
        self.erased = 0
        self.seen_erasures: set[int] = set()
        self.tally: Counter[object] = Counter()
        self.previous = 0
        self.at = 0
        self.here: Range | None = None

    def go(self, moments: Iterable[Sequence[object]], sizes: Sequence[int]) -> dict[int, bytes]:
        """Walks; returns the tree's root at each of the sizes that is reached."""
        roots: dict[int, bytes] = {}
        waiting = list(reversed(sizes))
        leaves: list[bytes] = []
        for row in moments:
            self._note_root(roots, waiting, leaves)
            leaves.append(self._row(row))
            self.rows += 1
            if len(leaves) >= BLOCK:
                self.tree.extend(leaves)
                leaves.clear()
        self._note_root(roots, waiting, leaves)
        self.tree.extend(leaves)
        self._check_end()
        return roots

    def _note_root(self, roots: dict[int, bytes], waiting: list[int], leaves: list[bytes]) -> None:
        if not waiting or waiting[-1] != self.rows:
            return
        self.tree.extend(leaves)
        leaves.clear()
        roots[waiting.pop()] = self.tree.root()

    def _row(self, values: Sequence[object]) -> bytes:
        """Checks one row, and returns the leaf that stands in the tree for it."""
        if self._as_written(values):
            return bytes.fromhex(str(values[-1]))
        row = dict(zip(COLUMNS, values, strict=False))
        seq = row.pop("seq", None)
        if not is_count(seq):
            self.findings.add("moment-unreadable", f"a moment's number is not one: {seq!r:.40}")
            return _NO_LEAF
        self._check_order(seq)
        if _readable(row):
            self._check_run(seq, row)
            self._check_hashes(seq, row)
            self.tally[row["run_id"]] += 1
        else:
            self.findings.add(
                "moment-unreadable", f"moment {seq} holds something the ledger never writes", seq
            )
        return _stored_leaf(row)

    def _as_written(self, values: Sequence[object]) -> bool:
        """Whether a row is just as it should be: the one question asked of most, so asked quickly."""
        here = self.here
        seq = self.previous + 1
        if (
            here is None
            or len(values) != len(COLUMNS)
            or values[0] != seq
            or not here.first <= seq <= min(here.last, self.last_signed)
            or values[1] != here.run_id
            or values[_SALT] is None
            or seq in self.erasures
        ):
            return False
        try:
            digests = row_digests(values)
        except (TypeError, AttributeError, UnicodeEncodeError):
            return False
        if digests != (values[-2], values[-1]):
            return False
        self.previous = seq
        self.tally[here.run_id] += 1
        return True

    def _check_order(self, seq: int) -> None:
        expected = self.previous + 1
        if seq > expected:
            missing = (
                f"moment {expected}" if seq == expected + 1 else f"moments {expected} to {seq - 1}"
            )
            verb = "is" if seq == expected + 1 else "are"
            self.findings.add("moment-missing", f"{missing} {verb} missing", expected)
        elif seq < expected:
            self.findings.add(
                "moment-order", f"moment {seq} stands where {expected} should be", seq
            )
        if seq > self.last_signed >= self.previous:
            self.findings.add(
                "moment-unsigned",
                f"moment {seq} and those after it stand behind the last checkpoint: "
                "nobody signed them",
                seq,
            )
        self.previous = max(seq, self.previous)

    def _check_run(self, seq: int, row: Row) -> None:
        while self.at < len(self.ranges) and self.ranges[self.at].last < seq:
            self.at += 1
        here = self.here = self.ranges[self.at] if self.at < len(self.ranges) else None
        if here and here.first <= seq and row["run_id"] != here.run_id:
            self.findings.add(
                "moment-astray", f"moment {seq} stands among those of run {here.run_id}", seq
            )

    def _check_hashes(self, seq: int, row: dict[str, object]) -> None:
        texts: dict[str, str | None] = row  # type: ignore[assignment]  # _readable saw to it
        entry = self.erasures.get(seq)
        if entry is not None:
            self.seen_erasures.add(seq)
            check_erasure(seq, row, entry, self.origins, self.key, self.findings)
        if row["salt"] is None:
            self.erased += 1
            if entry is None:
                self.findings.add(
                    "erasure-unlogged",
                    f"the personal part of moment {seq} is gone and no erasure says so",
                    seq,
                )
        if row["salt"] is None or entry is not None:
            if any(row[name] is not None for name in ("salt", *PERSONAL)):
                self.findings.add("erasure-incomplete", f"moment {seq} is erased only in part", seq)
        elif personal_digest(texts) != row["personal"]:
            self.findings.add(
                "moment-changed",
                f"the personal part of moment {seq} was changed after it was written",
                seq,
            )
        if leaf_digest(texts) != row["leaf"]:
            self.findings.add(
                "moment-changed", f"moment {seq} was changed after it was written", seq
            )

    def _check_end(self) -> None:
        if self.previous < self.last_signed:
            self.findings.add(
                "history-truncated",
                f"the last checkpoint signed {plural(self.last_signed, 'moment')}; "
                f"the ledger ends after {self.previous}",
            )

    def check_runs_counts(self, runs: Sequence[Row]) -> None:
        """Holds each run's counts against the moments that were found."""
        for run in runs:
            found = self.tally.pop(run.get("run_id"), 0)
            if found != run.get("blocked"):
                self.findings.add(
                    "run-counts",
                    f"run {run.get('run_id')!s:.100} says it blocked {run.get('blocked')!s:.20}; "
                    f"the ledger has {plural(found, 'moment')} of it",
                )
        for run_id, found in self.tally.items():
            self.findings.add(
                "run-missing",
                f"{plural(found, 'moment')} name run {run_id!s:.100}, which is not in the ledger",
            )


def _readable(row: Mapping[str, object]) -> bool:
    """Whether a row has only what the ledger writes: texts that UTF-8 can carry, hashes in hex."""
    if len(row) != len(COLUMNS) - 1:
        return False
    for name, value in row.items():
        if value is None:
            if name not in _NULLABLE:
                return False
        elif not (isinstance(value, str) and (value.isascii() or _encodable(value))):
            return False
    return is_digest(row["leaf"]) and is_digest(row["personal"])


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _stored_leaf(row: Mapping[str, object]) -> bytes:
    leaf = row.get("leaf")
    return bytes.fromhex(leaf) if isinstance(leaf, str) and is_digest(leaf) else _NO_LEAF


def _check_roots(
    signed: Sequence[Checkpoint], roots: Mapping[int, bytes], rows: int, findings: Findings
) -> None:
    for checkpoint in signed:
        root = roots.get(checkpoint.size)
        if root is not None and root != checkpoint.root:
            findings.add(
                "root-differs",
                f"the first {plural(checkpoint.size, 'moment')} of {rows} are not those that were "
                "signed: some were changed, added, removed or put in another order",
            )
