"""The part of verifying that looks at runs, checkpoints and rulesets, not yet at moments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine.ledger.canonical import json_text, texts_digest
from engine.ledger.checkpoint import (
    Checkpoint,
    NoteRefused,
    open_checkpoint,
    open_note,
    read_checkpoint,
    statement,
)
from engine.ledger.findings import Findings, is_count
from engine.ledger.merkle import Frontier
from engine.ledger.run import run_digest

Row = Mapping[str, object]


@dataclass(frozen=True)
class Range:
    """The moments of one run, by `seq`, both ends included; `origin` signed for them."""

    run_id: str
    first: int
    last: int
    origin: str


def check_checkpoints(
    rows: Sequence[Row], key: Ed25519PublicKey, findings: Findings
) -> list[Checkpoint]:
    """Checks every checkpoint by itself and its order; returns those that are well signed."""
    signed: list[Checkpoint] = []
    origin = None
    size = 0
    for index, row in enumerate(rows, start=1):
        label = f"checkpoint {row.get('number')!s:.20}"
        if row.get("number") != index:
            findings.add("checkpoint-order", f"{label} stands where {index} should be")
        note = row.get("note")
        try:
            checkpoint = read_checkpoint(note if isinstance(note, str) else "")
            open_checkpoint(str(note), key)
        except NoteRefused as error:
            code = "checkpoint-forged" if error.forged else "checkpoint-unreadable"
            findings.add(code, f"{label} cannot be used: {error}")
            continue
        origin = origin or checkpoint.origin
        if checkpoint.origin != origin:
            findings.add("checkpoint-foreign", f"{label} is another ledger's")
            continue
        if (row.get("size"), row.get("root")) != (checkpoint.size, checkpoint.root.hex()):
            findings.add("checkpoint-changed", f"{label} differs from its signed text")
        if not _frontier_fits(row.get("frontier"), checkpoint):
            findings.add("checkpoint-changed", f"the subtrees kept with {label} are not its own")
        if checkpoint.size < size:
            findings.add("checkpoint-order", f"{label} is of a smaller ledger than the one before")
        size = max(size, checkpoint.size)
        signed.append(checkpoint)
    return signed


def check_runs(
    runs: Sequence[Row], checkpoints: Sequence[Row], key: Ed25519PublicKey, findings: Findings
) -> list[Range]:
    """Checks every run's row, its signature and its checkpoint; returns the ranges of moments."""
    by_run: dict[object, list[tuple[int, Row]]] = {}
    before = 0
    for row in checkpoints:
        by_run.setdefault(row.get("run_id"), []).append((before, row))
        size = row.get("size")
        before = size if is_count(size) else before
    ranges = []
    for index, run in enumerate(runs, start=1):
        label = f"run {run.get('run_id')!s:.100}"
        if run.get("number") != index:
            findings.add("run-order", f"{label} stands where run number {index} should be")
        _check_counts(run, label, findings)
        own = by_run.pop(run.get("run_id"), [])
        if len(own) != 1:
            findings.add(
                "run-range", f"{label} has {len(own)} checkpoints where it should have one"
            )
        for start, checkpoint in own[:1]:
            found = _check_run(run, label, start, checkpoint, key, findings)
            if found is not None:
                ranges.append(found)
    for run_id in by_run:
        if run_id is not None:
            findings.add(
                "run-missing", f"a checkpoint names run {run_id!s:.100}, which is not in the ledger"
            )
    return sorted(ranges, key=lambda r: (r.first, r.last))


def check_rulesets(runs: Sequence[Row], rulesets: Iterable[Row], findings: Findings) -> None:
    """Checks that every run's rules and configuration are there, to the letter."""
    present = set()
    for row in rulesets:
        digest = row.get("digest")
        present.add(digest)
        if _digest_of(row.get("texts")) != digest:
            findings.add(
                "ruleset-changed", f"the rules and configuration {digest!s:.12} were changed"
            )
    for run in runs:
        if run.get("texts_digest") not in present:
            findings.add(
                "ruleset-missing",
                f"the rules and configuration of run {run.get('run_id')!s:.100} are missing",
            )


def _check_run(
    run: Row,
    label: str,
    start: int,
    checkpoint: Row,
    key: Ed25519PublicKey,
    findings: Findings,
) -> Range | None:
    origin = _origin(checkpoint)
    if origin is None:
        return None  # the checkpoint has been reported; there is nothing to hold the run against
    note = run.get("note")
    try:
        signed = open_note(note if isinstance(note, str) else "", origin, key)
        if signed != statement("run", origin, run_digest(run)):
            raise NoteRefused("its signature is for other values")
    except (NoteRefused, KeyError, UnicodeEncodeError):
        findings.add("run-changed", f"{label} is not as it was signed")
    first, last = run.get("first_seq"), run.get("last_seq")
    expected = (start + 1, checkpoint.get("size"), checkpoint.get("root"))
    if (first, last, run.get("root")) != expected:
        findings.add("run-range", f"{label} and its checkpoint differ on which moments are its own")
    if not is_count(first) or not is_count(last):
        return None
    return Range(str(run.get("run_id")), first, last, origin)


def _check_counts(run: Row, label: str, findings: Findings) -> None:
    numbers = {name: run.get(name) for name in ("read", "allowed", "blocked")}
    if not all(is_count(n) for n in numbers.values()):
        findings.add("run-counts", f"{label} has counts that are not numbers")
        return
    read, allowed, blocked = (int(str(n)) for n in numbers.values())
    if read != allowed + blocked:
        findings.add(
            "run-counts", f"{label} read {read}, but allowed and blocked {allowed + blocked}"
        )
    counts = _json_object(run.get("counts"))
    if counts is None or any(counts.get(name) != n for name, n in numbers.items()):
        findings.add("run-counts", f"{label} tells its counts twice, and differently")


def _frontier_fits(text: object, checkpoint: Checkpoint) -> bool:
    try:
        frontier = Frontier.from_text(checkpoint.size, text if isinstance(text, str) else "?")
    except ValueError:
        return False
    return frontier.root() == checkpoint.root and frontier.to_text() == text


def _origin(checkpoint: Row) -> str | None:
    note = checkpoint.get("note")
    try:
        return read_checkpoint(note if isinstance(note, str) else "").origin
    except NoteRefused:
        return None


def _digest_of(texts: object) -> str | None:
    parsed = _json_object(texts)
    # One set of texts has one spelling: of a name that stands twice, readers show this or that.
    if parsed is None or not all(isinstance(v, str) for v in parsed.values()):
        return None
    try:
        if json_text(parsed) != texts:
            return None
        return texts_digest({name: str(text) for name, text in parsed.items()})
    except UnicodeEncodeError:
        return None


def _json_object(text: object) -> dict[str, object] | None:
    if not isinstance(text, str):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
